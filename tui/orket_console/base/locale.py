"""Whether the operator's terminal can show more than ASCII."""

from __future__ import annotations

from collections.abc import Mapping


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """By the locale that `environment` sets, as POSIX ranks its variables.

    An `LC_CTYPE` of C.UTF-8 beside a C locale is Python's own doing, not the operator's.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(name, "")
        if name == "LC_CTYPE" and value == "C.UTF-8" and not _is_utf8(environment.get("LANG", "")):
            continue
        if value:
            return _is_utf8(value)
    return False


def _is_utf8(locale: str) -> bool:
    return locale.upper().replace("-", "").endswith("UTF8")
