"""JSON from outside, read as leniently as Orket's own writer and scripts read it."""

from __future__ import annotations

import json

import msgspec

_decode = msgspec.json.Decoder().decode


def decode_json(raw: bytes) -> object:
    """A JSON document; what msgspec refuses is tried as Python's json would read it.

    That is NaN, numbers out of range and lone surrogates. Raises `ValueError`.
    """
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return json.loads(raw.decode("utf-8"))
        except RecursionError as error:
            raise ValueError("nested too deep") from error
