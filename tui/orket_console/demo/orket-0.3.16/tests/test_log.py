"""What a log line looks like."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from orket.log import log_event, runtime_event


class LogLine(unittest.TestCase):
    """One event, one line."""

    def setUp(self) -> None:
        """A workspace to write in."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.workspace = Path(scratch.name)

    def _written(self) -> list[str]:
        return (self.workspace / "orket.log").read_text(encoding="utf-8").splitlines()

    def test_one_object_a_line(self) -> None:
        """Two events are two lines."""
        log_event("turn_start", {"issue_id": "SHOP-1"}, self.workspace)
        log_event("turn_complete", {"issue_id": "SHOP-1"}, self.workspace)
        events = [json.loads(line)["event"] for line in self._written()]
        self.assertEqual(events, ["turn_start", "turn_complete"])

    def test_newlines_stay_inside(self) -> None:
        """A newline in a value does not end the line."""
        log_event("turn_failed", {"error": "a\nb"}, self.workspace)
        self.assertEqual(len(self._written()), 1)

    def test_runtime_event_repeats_the_ids(self) -> None:
        """The ids are found under data.runtime_event too."""
        block = runtime_event("turn_start", "coder", {"session_id": "34a2b001", "turn_index": 4})
        self.assertEqual((block["session_id"], block["turn_index"]), ("34a2b001", 4))

    def test_runtime_event_has_no_holes(self) -> None:
        """What an event has not is empty, not absent."""
        self.assertEqual(runtime_event("x", "system", {})["issue_id"], "")
