"""`python -m pytest` for an interpreter that has none: unittest cases, told in pytest's words.

Laid down as `pytest.py` in the root, where it comes before any installed pytest: the demo's
test suite is the same whatever interpreter runs it. Understands paths and `-q`.
"""

from __future__ import annotations

import sys
import time
import traceback
import unittest
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
DOTS_A_LINE = 72


@dataclass(frozen=True, slots=True)
class Failed:
    """A test that failed: which, why in one line, and where."""

    node: str
    reason: str
    trace: str


class Outcomes(unittest.TestResult):
    """A dot or an F a test, as it ends."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total
        self.told = 0
        self.failed: list[Failed] = []

    def addSuccess(self, test: unittest.TestCase) -> None:
        """Tell a pass."""
        self._tell(".")

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Tell a failed assertion."""
        error = err[1]
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        trace = "".join(traceback.format_exception(error)) if error else ""
        self.failed.append(Failed(node_id(test), reason, trace))
        self._tell("F")

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        """Tell any other exception."""
        self.addFailure(test, err)

    def _tell(self, mark: str) -> None:
        self.told += 1
        print(mark, end="", flush=True)
        if self.told % DOTS_A_LINE == 0 or self.told == self.total:
            print(" " * (-self.told % DOTS_A_LINE) + f" [{100 * self.told // self.total:3d}%]")


def node_id(test: unittest.TestCase) -> str:
    """`tests/test_x.py::Class::test_y`."""
    file = type(test).__module__.replace(".", "/")
    return f"{file}.py::{type(test).__qualname__}::{test.id().rpartition('.')[2]}"


def collect(paths: list[str]) -> unittest.TestSuite:
    """The cases in the files and folders named, or in `tests`."""
    suite = unittest.TestSuite()
    for path in map(Path, paths or ["tests"]):
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            module = ".".join(file.with_suffix("").parts)
            suite.addTest(unittest.defaultTestLoader.loadTestsFromName(module))
    return suite


def heading(text: str) -> str:
    """A line with the text in its middle."""
    return f" {text} ".center(80, "=")


def main(arguments: list[str]) -> int:
    """Run, and end with pytest's closing line; 1 when a test failed, 5 when there is none."""
    started = time.perf_counter()
    sys.path.insert(0, str(Path.cwd()))
    suite = collect([argument for argument in arguments if not argument.startswith("-")])
    outcomes = Outcomes(suite.countTestCases())
    suite.run(outcomes)
    failed, passed = len(outcomes.failed), outcomes.told - len(outcomes.failed)
    if failed:
        print(heading("FAILURES"))
        for failure in outcomes.failed:
            print(failure.trace)
        print(heading("short test summary info"))
        for failure in outcomes.failed:
            print(f"FAILED {failure.node} - {failure.reason}")
    counted = [
        f"{count} {word}" for count, word in ((failed, "failed"), (passed, "passed")) if count
    ]
    took = time.perf_counter() - started
    print(f"{', '.join(counted) or 'no tests ran'} in {took:.2f}s")
    if not outcomes.told:
        return 5
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
