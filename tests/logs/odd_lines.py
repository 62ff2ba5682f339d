"""Lines that no well kept log has, by what is odd about them."""

from __future__ import annotations

ODD = {
    "invalid UTF-8": b'{"event": "\xff\xfe"}',
    "binary": bytes(range(14)).replace(b"\n", b""),
    "NUL": b'{"event": "a\x00b"}',
    "nested too deep": b"[" * 100_000,
    "objects nested too deep": b'{"a":' * 50_000,
    "a number of 5,000 digits": b'{"n": ' + b"1" * 5000 + b"}",
    "a byte order mark": b'\xef\xbb\xbf{"event": "x"}',
    "no object": b'["turn_failed"]',
    "a bare NaN": b"NaN",
    "a bad escape": rb'{"event": "\x"}',
    "two objects": b'{"event": "x"} {"event": "y"}',
    "a traceback": b'  File "x.py", line 1, in <module>',
    "half an object": b'{"event": "turn_failed", "da',
    "nothing": b"",
}
"""Lines that are no event: each is one malformed record."""
FINE = {
    "line separators": '{"event": "a\u2028b\u2029c\u0085d"}'.encode(),
    "a lone surrogate": rb'{"event": "\ud83d"}',
    "NaN as a value": b'{"event": "x", "data": {"n": NaN}}',
    "markup": b'{"event": "[/bold][@click=app.quit]x[/]"}',
    "no data": b'{"event": "x"}',
    "data that is text": b'{"event": "x", "data": "text"}',
    "a role that is a number": b'{"event": "x", "role": 7}',
    "a key twice": b'{"event": "x", "event": "y"}',
    "a carriage return": b'{"event": "x"}\r',
}
"""Odd lines that are events all the same: Python's own reader takes them."""
