"""Replays one turn from its artifacts, with the traps of the real command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def _json_or_none(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def replay_turn(
    workspace: Path, session_id: str, issue_id: str, turn_index: int, role: str | None
) -> dict[str, Any]:
    """The turn's artifacts under `observability/<session>/<issue>/<NNN>_<role>/`.

    The issue is taken as it is written, so the upper-case id that the operator knows is not
    found; a role matches by the end of the folder's name.
    """
    folder = workspace / "observability" / session_id / issue_id
    if not folder.exists():
        raise FileNotFoundError(
            f"No observability artifacts found for run={session_id} issue={issue_id}"
        )
    turns = sorted(folder.glob(f"{turn_index:03d}_*"))
    if role:
        turns = [turn for turn in turns if turn.name.endswith(role.lower().replace(" ", "_"))]
    if not turns:
        raise FileNotFoundError(f"No turn artifacts found for turn_index={turn_index}")
    turn = turns[0]
    response = turn / "model_response.txt"
    return {
        "turn_dir": str(turn),
        "checkpoint": _json_or_none(turn / "checkpoint.json"),
        "messages": _json_or_none(turn / "messages.json"),
        "model_response": response.read_text(encoding="utf-8") if response.exists() else None,
        "parsed_tool_calls": _json_or_none(turn / "parsed_tool_calls.json"),
    }
