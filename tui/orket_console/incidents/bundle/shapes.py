"""A secret in the forms in which texts, JSON, code, URLs, headers and the report write it."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from orket_console.incidents.bundle.escaping import escaped

_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")
_NESTED: Final = 3
"""Levels of JSON in JSON: a payload, in a line of a log, in a column of the ledger."""


def shapes_of(value: str) -> set[str]:
    """Every form, the value's own among them."""
    packed = set(_in_base64(value))
    in_urls = {shape for each in (value, *packed) for shape in _in_urls(each)}
    found = {value, repr(value)[1:-1], *in_urls, *packed}
    found |= {shlex.quote(value)[1:-1]} if "'" in value else set()
    found |= {write(each) for each in _in_json(value) for write in (_as_go, _as_php)}
    level = found
    for _ in range(_NESTED):
        level = {shape for each in level for shape in _in_json(each)}
        found = found | level
    for each in list(found):
        found |= {escaped(each), html.escape(each), html.escape(each, quote=False)}
    return found


def _in_json(text: str) -> Iterator[str]:
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def _as_go(text: str) -> str:
    """As Go writes JSON, and so Gitea its deliveries."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _as_php(text: str) -> str:
    return text.replace("/", "\\/")


def _in_urls(value: str) -> Iterator[str]:
    raw = as_bytes(value)
    for shape in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield shape
        yield _PERCENT.sub(lambda found: found[0].lower(), shape)


def _in_base64(value: str) -> Iterator[str]:
    """As part of whatever was encoded: what goes before it shifts it by none, 8 or 16 bits."""
    raw = as_bytes(value)
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode()
        # Digits of 6 bits that are the secret's alone.
        shape = whole[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        yield shape
        yield shape.replace("+", "-").replace("/", "_")


def as_bytes(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
