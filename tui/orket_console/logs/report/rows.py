"""Rows of the report's tables out of what was found in one or more logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.logs.filter.tree import term
from orket_console.logs.report.found import MOST_UNITS, Found, Turn
from orket_console.logs.report.groups import EXAMPLES, OTHERS, Alike, Timed
from orket_console.logs.report.kinds import NON_PROGRESS, Section
from orket_console.logs.report.model import Example, Group

SHOWN: Final = 200
"""Rows of one table; one more says how much there is beyond."""
_FAILING: Final = f"(level>=error or event:{NON_PROGRESS})"


@dataclass(frozen=True, slots=True)
class Named:
    """What was found in the log of that name."""

    log: str
    found: Found


def section_rows(logs: Sequence[Named], section: Section) -> tuple[Group, ...]:
    """The table of a section over all logs, largest groups first."""
    gathered = [
        (what, log.log, alike)
        for log in logs
        for what, alike in log.found.sections.get(section, {}).items()
    ]
    return _rows(gathered, _FILTERS.get(section, _by_pattern))


def unannounced_rows(logs: Sequence[Named]) -> tuple[Group, ...]:
    """Failures, by event, of turns and sessions that have no `turn_failed` in any of the logs.

    One row that says so where too many failed for that to be told.
    """
    if any(log.found.is_cut for log in logs):
        said = f"can't be told: more than {MOST_UNITS:,} turns and sessions failed"
        return (Group(said, 0, (), None, None, ""),)
    announced = {unit for log in logs for unit in log.found.failed_units}
    gathered = [
        (event, log.log, alike)
        for log in logs
        for (event, unit), alike in log.found.unit_failures.items()
        if unit not in announced
    ]
    return _rows(gathered, _by_event)


def unended_rows(logs: Sequence[Named]) -> tuple[Group, ...]:
    """Turns that began and neither completed nor failed, the latest first."""
    turns = [(turn, log.log) for log in logs for turn in log.found.open_turns.values()]
    turns.sort(key=lambda found: found[0].time, reverse=True)
    return tuple(_unended(turn, log) for turn, log in turns[:SHOWN])


def _unended(turn: Turn, log: str) -> Group:
    names = (turn.session, turn.issue, f"#{turn.index}", turn.role, turn.model)
    at = parse_time(turn.time)
    keys = (("session", turn.session), ("issue", turn.issue), ("turn", str(turn.index)))
    return Group(
        " ".join(name for name in names if name),
        1,
        (Example(log, turn.line + 1, turn.offset),),
        at,
        at,
        " ".join(term(key, value) for key, value in keys if value),
    )


def _rows(
    gathered: Iterable[tuple[str, str, Alike]], filter_of: Callable[[str], str]
) -> tuple[Group, ...]:
    by_what: dict[str, list[tuple[str, Alike]]] = {}
    for what, log, alike in gathered:
        by_what.setdefault(what, []).append((log, alike))
    rows = [
        _group(what, found, "" if what == OTHERS else filter_of(what))
        for what, found in by_what.items()
    ]
    rows.sort(key=lambda row: (-row.count, row.what))
    beyond = rows[SHOWN:]
    if beyond:
        count = sum(row.count for row in beyond)
        return (*rows[:SHOWN], Group(f"({len(beyond)} more rows)", count, (), None, None, ""))
    return tuple(rows)


def _group(what: str, found: list[tuple[str, Alike]], expression: str) -> Group:
    examples = [
        Example(log, line + 1, offset) for log, alike in found for line, offset in alike.lines
    ]
    first = [at for _, alike in found if (at := _time(alike.first))]
    last = [at for _, alike in found if (at := _time(alike.last))]
    return Group(
        what,
        sum(alike.count for _, alike in found),
        tuple(examples[:EXAMPLES]),
        min(first, default=None),
        max(last, default=None),
        expression,
    )


def _time(seen: Timed | None) -> datetime | None:
    return parse_time(seen[1]) if seen else None


def _by_event(event: str) -> str:
    return term("event", event)


def _by_pattern(template: str) -> str:
    return term("pattern", template)


def _by_role(role: str) -> str:
    own = term("role", role)
    if not role.replace("_", "").isalnum():
        return f"{own} {_FAILING}"
    told = f"{own} or {term('data.role', role)} or data.turn_trace_id:*:{role}:*"
    return f"({told}) {_FAILING}"


def _failing(key: str) -> Callable[[str], str]:
    return lambda name: f"{term(key, name)} {_FAILING}"


_FILTERS: Final[dict[Section, Callable[[str], str]]] = {
    Section.FAILURES: lambda event: f"{_by_event(event)} {_FAILING}",
    Section.WARNINGS: lambda event: f"{_by_event(event)} level:warn",
    Section.RETRIES: _by_event,
    Section.SESSION: _failing("session"),
    Section.ISSUE: _failing("issue"),
    Section.ROLE: _by_role,
    # Most lines of a failed turn name no model: its session and turn say which it was.
    Section.MODEL: lambda model: term("model", model),
}
