"""References to lines of logs in documents, wherever they stand in these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from orket_console.base.references import ref_of
from orket_console.base.refs import DeliveryRef, LogRef
from orket_console.incidents.diagnosis.document import ref_document

_NOWHERE: Final = "nowhere"
"""The kind of a reference that can't be opened: it shows what it was."""
Move = Callable[[LogRef], LogRef | None]


def led(value: Any, move: Move) -> Any:  # noqa: ANN401  any JSON value
    """The same document with each line's reference as `move` has it, nowhere where that is None.

    Text that is a JSON document itself, as in columns of the ledger, is gone through as well.
    """
    if isinstance(value, list | tuple):
        return [led(each, move) for each in value]
    if isinstance(value, str):
        return _led_text(value, move) if value.startswith(("{", "[")) else value
    if not isinstance(value, dict):
        return value
    ref = ref_of(value)
    line = ref.line if isinstance(ref, DeliveryRef) else ref
    if not isinstance(line, LogRef):
        return {key: led(each, move) for key, each in value.items()}
    new = move(line)
    if new is None:
        return {**value, "kind": _NOWHERE}
    return {**value, **ref_document(DeliveryRef(new) if isinstance(ref, DeliveryRef) else new)}


def lines_in(document: object) -> dict[str, set[int]]:
    """The lines that a document refers to: offsets by the paths of their logs."""
    found: dict[str, set[int]] = {}

    def note(line: LogRef) -> LogRef:
        found.setdefault(line.path, set()).add(line.offset)
        return line

    led(document, note)
    return found


def _led_text(text: str, move: Move) -> str:
    try:
        before = msgspec.json.decode(text)
        after = led(before, move)
        # As it was written, where nothing of it leads elsewhere.
        return text if after == before else msgspec.json.encode(after).decode()
    except (ValueError, RecursionError):
        return text
