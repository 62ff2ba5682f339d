"""Turn keys `SESSION:ISSUE:TURN[:ROLE]`, and the ids in them before they become paths."""

from __future__ import annotations

import re
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.base.text import shorten

FORM: Final = "SESSION:ISSUE:TURN[:ROLE], such as 34a2b001:ISS-02-0:1"
_LONGEST: Final = 128
_FIRST: Final = re.compile(r"\w")
_ID: Final = re.compile(r"\w[\w .#@+,=()-]*")
_INDEX: Final = re.compile(r"[0-9]{1,9}")


def parse_key(text: str) -> TurnRef:
    """The turn that a key names. Raises `ConsoleError` (exit 2) for what is no key."""
    parts = text.split(":")
    if len(parts) not in (3, 4):
        raise ConsoleError(
            f"{shorten(text, 60)!r} is no turn key",
            remedy=f"it looks like {FORM}",
            exit_code=ExitCode.USAGE,
        )
    session = check_id("session", parts[0])
    issue = check_id("issue", parts[1])
    if not _INDEX.fullmatch(parts[2]):
        raise ConsoleError(
            f"turn {shorten(parts[2], 40)!r} is not a number",
            remedy=f"a key looks like {FORM}",
            exit_code=ExitCode.USAGE,
        )
    role = check_id("role", parts[3]) if len(parts) == 4 else ""
    return TurnRef(session, issue, int(parts[2]), role)


def check_id(kind: str, text: str) -> str:
    """`text` if it may stand in a path: letters, digits and ` _.#@+,=()-`, not first.

    Raises `ConsoleError` (exit 2) with the reason.
    """
    reason = _objection(text)
    if reason:
        raise ConsoleError(
            f"{kind} {shorten(text, 40)!r} is refused, {reason}",
            remedy=f"{kind} ids are letters, digits and _.-#@+,=() ",
            exit_code=ExitCode.USAGE,
        )
    return text


def is_safe_id(text: str) -> bool:
    """Whether `check_id` would let it pass."""
    return not _objection(text)


def _objection(text: str) -> str:
    if not text:
        return "it is empty"
    if len(text) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if not _FIRST.match(text):
        return "it begins with no letter, digit or _"
    if not _ID.fullmatch(text):
        return "it has a character that does not belong into an id"
    return ""


def folder_name(name: str) -> str:
    """The folder that Orket gives an id or role: lower case, blanks as `_`."""
    return name.lower().replace(" ", "_").strip()
