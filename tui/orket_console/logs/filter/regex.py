"""Regular expressions that can't block: RE2's, whose time is linear in the text's length.

No look-around and no back-references, which is what makes it so. It matches without Python's
lock, so that the keys stay live meanwhile.
"""

from __future__ import annotations

import re
from typing import Final

from orket_console.logs.filter.text import unescaped
from orket_console.logs.filter.words import FilterError

LARGEST: Final = 2_000
"""Steps of a compiled expression; that many on a line of 1 MB take seconds at worst."""
_NO_LETTER: Final = re.compile(r"\\(?:[pP](?:\{[^}]*\}|.)|.)|\(\?P?<[^>]*>", re.DOTALL)


class Regex:
    """One expression. Any case matches, unless it has a capital letter in it."""

    def __init__(self, source: str, column: int) -> None:
        """Raises `FilterError` for what the engine refuses."""
        # Not above: most filters have none, and commands start without it.
        import re2

        options = re2.Options()
        options.case_sensitive = has_capital(source)
        options.never_capture = True
        options.log_errors = False
        try:
            compiled = re2.compile(source.encode("utf-8", "replace"), options)
        except re2.error as error:
            raise _refused(error, column) from error
        if compiled.programsize > LARGEST:
            raise FilterError("the regular expression is too large", column, "repeat less in it")
        self._search = compiled.search

    def in_line(self, raw: bytes) -> bool:
        """Whether it is found in a line as it stands, or with its JSON escapes in force."""
        if self._search(raw) is not None:
            return True
        if b"\\" not in raw:
            return False
        return self.in_text(unescaped(raw.decode("utf-8", "replace")))

    def in_text(self, text: str) -> bool:
        return self._search(text.encode("utf-8", "replace")) is not None


def has_capital(source: str) -> bool:
    r"""Whether an expression has a capital letter; that of `\S` or `\p{Lu}` is none."""
    rest = _NO_LETTER.sub("", source)
    return rest != rest.lower()


def _refused(error: Exception, column: int) -> FilterError:
    said = error.args[0] if error.args else "not understood"
    what = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    looks = "(?" in what or "escape" in what
    remedy = "look-around and back-references are not known here" if looks else ""
    return FilterError(f"the regular expression is refused: {what}", column, remedy)
