"""Counts the failure modes in a log: five keys, as the real report has them.

A log that is missing gives an empty report; a line that is JSON but no object is a crash.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

GUARD_OUTCOMES = {"guard_approved", "guard_rejected", "guard_requested_changes"}


def count(log: Path) -> dict[str, Any]:
    """The report on `log`."""
    events: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    non_progress: Counter[str] = Counter()
    guards: Counter[str] = Counter()
    for line in log.open(encoding="utf-8") if log.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        event = record.get("event", "")
        events[event] += 1
        if event == "turn_failed":
            failures[(record.get("data") or {}).get("type", "unknown")] += 1
        elif event == "turn_non_progress":
            non_progress[record.get("role", "system")] += 1
        elif event in GUARD_OUTCOMES:
            guards[event] += 1
    return {
        "events": dict(events),
        "failure_by_type": dict(failures),
        "non_progress_by_role": dict(non_progress),
        "guard_outcomes": dict(guards),
        "retry_triggered": events["retry_triggered"],
    }


def main() -> None:
    """Print the report, and write it to `--out`."""
    parser = argparse.ArgumentParser(description="Summarize failure modes from a log.")
    parser.add_argument("--log", default="workspace/default/orket.log")
    parser.add_argument("--out", default="")
    arguments = parser.parse_args()
    report = json.dumps(count(Path(arguments.log)), indent=2, ensure_ascii=False)
    print(report)
    if arguments.out:
        out = Path(arguments.out)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
