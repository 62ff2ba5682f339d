"""Single lines of pytest's output, and what each tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_COLOURS: Final = re.compile(r"[\x1b␛]\[[0-9;]*m")
_CLOSING: Final = re.compile(
    r"=*\s*((?:\d+ [a-z]+(?: [a-z]+)?(?:, )?)+|no tests ran) in [0-9.]+s(?: \([0-9:]+\))?\s*=*"
)
_COUNT: Final = re.compile(r"(\d+) (passed|failed|skipped|xfailed|xpassed|errors?)\b")
_AFTER: Final = r"(?:\s+\[ *(?:(?P<percent>\d+)%|(?P<done>\d+)/(?P<total>\d+)|[0-9.]+m?s)\])?"
_LETTERS: Final = re.compile(
    r"(?:(?P<file>\S[^:\n]*\.(?:py|txt|rst|md)) )?(?P<letters>[.FEsxXR]+)" + _AFTER
)
_WORDS: Final = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN"
_NAMED: Final = re.compile(
    rf"(?P<test>\S.*?) (?P<word>{_WORDS})(?: \(.*\))?"
    + _AFTER
    # As xdist has it.
    + rf"|\[gw\d+\] \[ *(?P<share>\d+)%\] (?P<what>{_WORDS}) (?P<which>\S.*)"
)
_PROBLEM: Final = re.compile(r"(?:FAILED|ERROR) (\S[^\[]*?(?:\[.*?\])?)(?: - (.*))?")
_BAD: Final = frozenset({"FAILED", "ERROR"})


@dataclass(frozen=True, slots=True)
class Tally:
    """What one line of results adds, or all of them together."""

    done: int = 0
    failed: int = 0
    percent: int | None = None
    total: int | None = None
    test: str = ""

    def plus(self, line: Tally) -> Tally:
        """With the results of a further line."""
        return Tally(
            self.done + line.done,
            self.failed + line.failed,
            line.percent if line.percent is not None else self.percent,
            line.total if line.total is not None else self.total,
        )


def plain(line: str) -> str:
    """A line without colours and trailing blanks, as it came or as it was made safe to show."""
    if "\x1b" in line or "␛" in line:
        line = _COLOURS.sub("", line)
    return line.rstrip()


def tally_of(raw: str) -> Tally | None:
    """The results on a line, whole or as far as it has come; None for one that has none."""
    line = plain(raw)
    if found := _LETTERS.fullmatch(line):
        letters = found["letters"]
        bad = letters.count("F") + letters.count("E")
        done = len(letters) - letters.count("R")
        return Tally(done, bad, _number(found["percent"]), _number(found["total"]))
    if "::" not in line or not (found := _NAMED.fullmatch(line)):
        return None
    word = found["word"] or found["what"]
    return Tally(
        done=int(word != "RERUN"),
        failed=int(word in _BAD),
        percent=_number(found["percent"] or found["share"]),
        total=_number(found["total"]),
        test=found["test"] or found["which"],
    )


def closing_of(raw: str) -> str | None:
    """pytest's last line without its frame; None for any other line."""
    # Most lines are none, and the search for it is dear.
    if " in " not in raw or not _CLOSING.fullmatch(line := plain(raw)):
        return None
    return line.strip("= ")


def total_of(closing: str) -> int:
    """How many tests a closing line tells of."""
    return sum(int(number) for number, _ in _COUNT.findall(closing))


def problem_of(raw: str) -> tuple[str, str] | None:
    """The test's id and the reason of a line of the short summary; None for any other line."""
    found = _PROBLEM.fullmatch(plain(raw))
    return (found[1], found[2] or "") if found else None


def _number(text: str | None) -> int | None:
    return int(text) if text else None
