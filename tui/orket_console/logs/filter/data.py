"""Any value of a line's `data` by its path; a line is decoded only if it may have the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from orket_console.base.events import Malformed, decode_object
from orket_console.logs.heads import Head


def data_test(key: str, fits: Callable[[object], bool]) -> Callable[[Head, bytes], bool]:
    """A test for lines of which a value at `data.a.b` fits.

    On the way a list is each of its elements, or one of them by its number.
    """
    path = tuple(key.split(".")[1:])
    # A bare runtime event goes without that key.
    keys = [f'"{s}"'.encode() for s in path if not s.isdecimal() and s != "runtime_event"]
    # The longest is the rarest; without a key every line is decoded.
    key_bytes = max(keys, key=len, default=b"")

    def test(head: Head, raw: bytes) -> bool:
        # A key may be written with escapes; that is rare.
        if key_bytes not in raw and not (b"\\" in raw and b"\\u" in raw):
            return False
        return any(fits(leaf) for leaf in leaves(data_of(raw), path))

    return test


@lru_cache(maxsize=2)
def data_of(raw: bytes) -> dict[str, Any]:
    """The `data` of a line; `{}` where it has none.

    A line of `runtime_events.jsonl` is a bare runtime event, and is its own data.
    """
    value = decode_object(raw)
    if isinstance(value, Malformed):
        return {}
    data = value.get("data")
    if "data" not in value and "schema_version" in value:
        return {**value, "runtime_event": value}
    return data if isinstance(data, dict) else {}


def leaves(value: object, path: tuple[str, ...]) -> Iterator[object]:
    """What stands at the end of `path`; the elements of a list one by one."""
    if not path:
        if isinstance(value, list):
            yield from value
        else:
            yield value
    elif isinstance(value, dict):
        if path[0] in value:
            yield from leaves(value[path[0]], path[1:])
    elif isinstance(value, list):
        if path[0].isdecimal() and len(path[0]) < 10:
            if int(path[0]) < len(value):
                yield from leaves(value[int(path[0])], path[1:])
        else:
            for element in value:
                yield from leaves(element, path)
