"""Names that are gone stay gone."""

from __future__ import annotations

import unittest
from pathlib import Path

SOURCES = [*Path("orket").glob("*.py"), *Path("scripts").glob("*.py")]


class OldNamespaces(unittest.TestCase):
    """Modules of before 0.3."""

    def test_no_llm_namespace(self) -> None:
        """It became the adapters."""
        self.assertFalse([file for file in SOURCES if "orket.llm" in file.read_text("utf-8")])

    def test_no_core_utils_namespace(self) -> None:
        """It was split up."""
        self.assertFalse(
            [file for file in SOURCES if "orket.core_utils" in file.read_text("utf-8")]
        )
