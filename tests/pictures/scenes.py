"""What the pictures show: a scene a tab and more, in the order of the tour."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.pictures.earlier import lay_earlier
from tests.pictures.stage import Scene

FOLDER: Final = Path(__file__).parents[2] / "screenshots"
_SMALL: Final = ((80, 24),)
"""Boxes that look the same on a wider screen."""

_RECOVERY: Final = (
    "wait:REPEAT",
    "i",
    "wait:b begins",
    "b",
    "wait:waits for: probe API",
    "settle",
)
SCENES: Final = (
    Scene("health", "stalled-run", ("wait:Diagnosis: 6", "d", "down"), "model-timeout"),
    Scene(
        "log",
        "stalled-run",
        (
            "2",
            "wait:following",
            "f",
            "type:level>=warn",
            "enter",
            "wait:28 of",
            "settle",
            # All of it, so that the bar at the right says the same however fast it was read.
            "home",
            "settle",
            "G",
            "settle",
            # The newest error, the one before, and the one of a turn.
            "E",
            "E",
            "E",
            "wait:issue_id",
        ),
        # Its line is known once the log is counted.
        "604 workspace/",
    ),
    Scene(
        "patterns",
        "stalled-run",
        ("2", "wait:following", "p", "wait:only these", "wait:over time"),
        "first 521 ",
        _SMALL,
    ),
    Scene(
        "report", "stalled-run", ("2", "wait:following", "r", "wait:how bad"), "its lines", _SMALL
    ),
    Scene("webhooks", "stalled-run", ("3", "wait:Deliveries", "c", "wait:cycle"), "acme/"),
    Scene("runs", "stalled-run", ("4", "wait:not well"), "issues    "),
    Scene(
        "turn", "stalled-run", ("4", "wait:not well", "enter", "wait:outcome", "f"), "✖ no progress"
    ),
    Scene("divergence", "regression", ("4", "wait:not well", "d", "wait:≠"), "instead of", _SMALL),
    Scene(
        "compare",
        "regression",
        ("4", "wait:not well", "d", "wait:≠", "c", "wait:unfold"),
        "response",
        _SMALL,
    ),
    Scene("actions", "stalled-run", ("5", "wait:CLI smoke", "down", "down"), "run_migrations.py"),
    Scene("palette", "stalled-run", ("ctrl+p", "type:run"), "Run migrations", _SMALL),
    Scene(
        "keys",
        "stalled-run",
        ("2", "wait:following", "settle", "question_mark"),
        "Keys in Log",
        _SMALL,
    ),
    Scene("incident", "api-down", _RECOVERY, "lacking:", prepare=lay_earlier),
    Scene(
        "escalation",
        "api-down",
        (*_RECOVERY, "wait:lacking:", "E", "wait:drafted from"),
        "Repro command",
        _SMALL,
        lay_earlier,
    ),
    Scene(
        "timeline",
        "api-down",
        (*_RECOVERY, "wait:lacking:", "t"),
        "pass begun",
        _SMALL,
        lay_earlier,
    ),
)


def file_of(scene: Scene, size: tuple[int, int]) -> Path:
    return FOLDER / f"{scene.name}-{size[0]}x{size[1]}.svg"
