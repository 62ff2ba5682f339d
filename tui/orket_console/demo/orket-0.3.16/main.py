"""Command line of the demo installation: `python main.py --replay-turn SESSION:ISSUE:TURN[:ROLE]`.

Like the real one it exits 0 whatever happens; a failure is a traceback on stderr and a
`[FATAL] …` line at the end of stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path

from orket.log import log_event
from orket.replay import replay_turn


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Orket")
    parser.add_argument("--workspace", default="workspace/default")
    parser.add_argument("--replay-turn", default=None, metavar="SESSION:ISSUE:TURN[:ROLE]")
    return parser.parse_args()


def _driver_prompt() -> None:
    """Without a task the real command line becomes an interactive prompt; so does this."""
    print(f"\n{'=' * 60}\n ORKET DRIVER (Interactive)\n{'=' * 60}")
    while True:
        try:
            line = input("Driver> ")
        except EOFError:
            return
        if line.lower() in {"exit", "quit", "q"}:
            return


def main() -> None:
    """Replay one turn, or prompt."""
    arguments = _parse()
    workspace = Path(arguments.workspace).resolve()
    log_event("reconciler_start", {"root_path": str(Path.cwd() / "model")}, workspace)
    if not arguments.replay_turn:
        _driver_prompt()
        return
    parts = arguments.replay_turn.split(":")
    if len(parts) not in {3, 4}:
        raise ValueError("--replay-turn format must be <session_id>:<issue_id>:<turn_index>[:role]")
    role = parts[3] if len(parts) == 4 else None
    replay = replay_turn(workspace, parts[0], parts[1], int(parts[2]), role)
    print(json.dumps(replay, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, ValueError, OSError, TypeError) as error:
        traceback.print_exc()
        sys.stderr.flush()
        print(f"\n[FATAL] {error}")
