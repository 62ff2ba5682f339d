"""What may not depend on what."""

from __future__ import annotations

import ast
import unittest
from pathlib import Path

PACKAGE = Path("orket")


def imported(source: Path) -> set[str]:
    """The top-level names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


class Boundaries(unittest.TestCase):
    """The servers are at the edge."""

    def test_nothing_imports_the_webhook_server(self) -> None:
        """It is a program."""
        users = [file.name for file in PACKAGE.glob("*.py")
                 if "orket.webhook_server" in imported(file)]  # fmt: skip
        self.assertEqual(users, [])

    def test_storage_knows_no_http(self) -> None:
        """Databases can be used without a server."""
        self.assertNotIn("http.server", imported(PACKAGE / "store.py"))

    def test_the_clock_stands_alone(self) -> None:
        """Everything may ask it for the time."""
        self.assertFalse({name for name in imported(PACKAGE / "clock.py") if "orket" in name})
