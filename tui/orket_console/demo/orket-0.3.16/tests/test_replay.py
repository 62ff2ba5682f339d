"""Replaying a turn from its artifacts."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from orket.replay import replay_turn


class Replay(unittest.TestCase):
    """One turn on disk."""

    def setUp(self) -> None:
        """A turn with a response and nothing else."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.workspace = Path(scratch.name)
        turn = self.workspace / "observability" / "34a2b001" / "shop-1" / "001_coder"
        turn.mkdir(parents=True)
        (turn / "model_response.txt").write_text("ok", encoding="utf-8")

    def test_finds_the_turn(self) -> None:
        """By its folder's name."""
        self.assertEqual(
            replay_turn(self.workspace, "34a2b001", "shop-1", 1, None)["model_response"], "ok"
        )

    def test_a_missing_artifact_is_null(self) -> None:
        """A checkpoint that was never written."""
        self.assertIsNone(
            replay_turn(self.workspace, "34a2b001", "shop-1", 1, "coder")["checkpoint"]
        )

    def test_another_role_is_not_found(self) -> None:
        """The role has to be the turn's."""
        with self.assertRaises(FileNotFoundError):
            replay_turn(self.workspace, "34a2b001", "shop-1", 1, "integrity_guard")
