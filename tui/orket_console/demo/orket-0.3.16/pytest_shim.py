"""`python -m pytest` for an interpreter that has none: unittest cases, told in pytest's words.

Laid down as `pytest.py` in the root, where it comes before any installed pytest: the demo's
test suite is the same whatever interpreter runs it. Understands paths and `-q`.
"""

from __future__ import annotations

import sys
import time
import unittest
from pathlib import Path
from types import TracebackType

OutcomeError = tuple[type[BaseException], BaseException, TracebackType]
LINE_WIDTH = 72


class Outcomes(unittest.TestResult):
    """A dot or an F a test, as it ends."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total
        self.told = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Tell a pass."""
        super().addSuccess(test)
        self._tell(".")

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        """Tell a failed assertion."""
        super().addFailure(test, err)  # type: ignore[arg-type]
        self._tell("F")

    def addError(self, test: unittest.TestCase, err: object) -> None:
        """Tell any other exception."""
        super().addError(test, err)  # type: ignore[arg-type]
        self._tell("F")

    def _tell(self, mark: str) -> None:
        self.told += 1
        print(mark, end="", flush=True)
        if self.told % LINE_WIDTH == 0 or self.told == self.total:
            print(" " * (-self.told % LINE_WIDTH) + f" [{100 * self.told // self.total:3d}%]")


def collect(paths: list[str]) -> unittest.TestSuite:
    """The cases in the files and folders named, or in `tests`."""
    suite = unittest.TestSuite()
    for path in map(Path, paths or ["tests"]):
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            module = ".".join(file.with_suffix("").parts)
            suite.addTest(unittest.defaultTestLoader.loadTestsFromName(module))
    return suite


def node_id(test: unittest.TestCase) -> str:
    """`tests/test_x.py::Class::test_y`."""
    case = type(test)
    return (
        f"{case.__module__.replace('.', '/')}.py::{case.__qualname__}::{test.id().split('.')[-1]}"
    )


def main(arguments: list[str]) -> int:
    """Run, and end with pytest's closing line; 1 when a test failed, 5 when there is none."""
    started = time.perf_counter()
    sys.path.insert(0, str(Path.cwd()))
    suite = collect([argument for argument in arguments if not argument.startswith("-")])
    outcomes = Outcomes(suite.countTestCases())
    suite.run(outcomes)
    failed = outcomes.failures + outcomes.errors
    if failed:
        print("=================================== FAILURES ===================================")
        for _, told in failed:
            print(told)
        print("=========================== short test summary info ============================")
        for test, told in failed:
            print(f"FAILED {node_id(test)} - {told.strip().splitlines()[-1]}")
    took = time.perf_counter() - started
    passed = f"{outcomes.told - len(failed)} passed" if outcomes.told > len(failed) else ""
    counts = ", ".join(part for part in (f"{len(failed)} failed" if failed else "", passed) if part)
    print(f"{counts or 'no tests ran'} in {took:.2f}s")
    if not outcomes.told:
        return 5
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
