"""How the output of an operator's own command becomes a verdict: status, and what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from orket_console.actions.outcome import Output, lines_of
from orket_console.actions.pytest_lines import plain
from orket_console.actions.verdicts import Judgement, Verdict

if TYPE_CHECKING:
    import re2

MARK: Final = "own:"
"""What the name of such a rule begins with, as a supervisor is told it."""
_LARGEST: Final = 2_000
"""Steps of a compiled expression: that many on a line of 1 MB take seconds at worst."""


class OwnRule(msgspec.Struct, frozen=True):
    """Passed is an exit status of `statuses`, `must` in some line, and `must_not` in none.

    Both are RE2 expressions, empty for none, looked for in the ends of both streams that a
    verdict is made of. The line that decided is the evidence.
    """

    statuses: tuple[int, ...] = (0,)
    must: str = ""
    must_not: str = ""

    def __call__(self, output: Output) -> Judgement:
        if self.must_not and (line := _first(self.must_not, output)) is not None:
            return Judgement(Verdict.FAILED, line)
        ended = f"exit status {output.exit_status}"
        if output.exit_status not in self.statuses:
            return Judgement(Verdict.FAILED, output.last_line() or f"{ended}, and no word")
        if not self.must:
            said = output.last_line()
            return Judgement(Verdict.PASSED, f"{ended}: {said}" if said else ended)
        line = _first(self.must, output)
        if line is None:
            return Judgement(Verdict.UNKNOWN, f"{ended}, but no line matches {self.must!r}")
        return Judgement(Verdict.PASSED, line)

    @property
    def encoded(self) -> str:
        return MARK + msgspec.json.encode(self).decode()


def decoded(name: str) -> OwnRule:
    """The rule of that name. Raises `msgspec.DecodeError`."""
    return msgspec.json.decode(name.removeprefix(MARK), type=OwnRule)


def compiled(source: str) -> re2._Regexp[bytes]:
    """RE2's, whose time is linear in the text's length. Raises `ValueError` with the reason."""
    # Not above: most installations have no command of their own, and this takes a while to load.
    import re2

    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    try:
        found = re2.compile(source.encode("utf-8", "replace"), options)
    except re2.error as error:
        said = error.args[0] if error.args else "not understood"
        what = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(what) from error
    if found.programsize > _LARGEST:
        raise ValueError("it is too large: repeat less in it")
    return found


def _first(source: str, output: Output) -> str | None:
    search = compiled(source).search
    return next((line for line in _lines(output) if search(line.encode("utf-8", "replace"))), None)


def _lines(output: Output) -> Iterator[str]:
    for text in (output.stdout, output.stderr):
        for line in lines_of(text):
            yield plain(line).strip()
