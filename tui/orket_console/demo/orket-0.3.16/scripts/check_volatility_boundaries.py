"""The volatility gate: dependency direction, then the boundary tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOUNDARY_TESTS = (
    "tests/platform/test_architecture_volatility_boundaries.py",
    "tests/platform/test_no_old_namespaces.py",
)


def run(command: list[str]) -> None:
    """Run one step from the root; a step that fails ends the gate."""
    print(f"+ {' '.join(command)}", flush=True)
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    run([sys.executable, "scripts/check_dependency_direction.py"])
    run([sys.executable, "-m", "pytest", *BOUNDARY_TESTS, "-q"])
