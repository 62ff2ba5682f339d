"""What `key:value` asks of a line: a test on its head and its bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.base.moments import EXAMPLES, moment
from orket_console.base.severity import Severity, derive
from orket_console.logs.filter.data import data_test
from orket_console.logs.filter.tree import Field
from orket_console.logs.filter.values import (
    COMPARISONS,
    compared,
    is_presence,
    leaf_test,
    may_be_number,
    name_test,
    number_of,
    remember,
    text_test,
)
from orket_console.logs.filter.words import DATA, FilterError
from orket_console.logs.heads import MALFORMED, Head
from orket_console.logs.survey.template import template_of

Test = Callable[[Head, bytes], bool]

MALFORMED_EVENT: Final = "malformed"
"""The event that a line without one is found by, as it is shown."""
LEVELS: Final = {level.word: level for level in Severity} | {"warning": Severity.WARN}
_LONGEST_TURN: Final = 9


def field_test(field: Field, source: str, now: datetime, *, local: bool) -> Test | bool:
    """A test for lines of the log named `source`; a bool where that alone decides.

    Raises `FilterError`.
    """
    key = field.key
    if key == "level":
        return _level(field)
    if key in ("after", "before"):
        return _time(field, now, local=local)
    if key == "turn":
        return _turn(field)
    if field.operator in COMPARISONS:
        if not key.startswith(DATA):
            raise FilterError(f"{key} knows no {field.operator}", field.column, f"use {key}:")
        return data_test(key, compared(key, field.operator, field.values))
    if key.startswith(DATA):
        return data_test(key, leaf_test(field.values))
    around = "" if field.operator == "=" else "*"
    if key == "source":
        return name_test(field.values, before=around, after=around)(source)
    if key == "session":
        return _session(field, around)
    return _NAMES[key](field)


# -- names ----------------------------------------------------------------------------


def _event(field: Field) -> Test:
    fits = name_test(field.values)
    malformed = fits(MALFORMED_EVENT)
    return lambda head, raw: fits(head.event) or (malformed and head is MALFORMED)


def _role(field: Field) -> Test:
    fits = name_test(field.values)
    return lambda head, raw: fits(head.role)


def _issue(field: Field) -> Test:
    fits = name_test(field.values)
    return lambda head, raw: fits(head.issue)


def _model(field: Field) -> Test:
    fits = name_test(field.values)
    return lambda head, raw: fits(head.model)


def _pattern(field: Field) -> Test:
    """The line's template, which takes more to know than what the head holds."""
    fits = text_test(field.values)
    return lambda head, raw: fits(template_of(head, raw))


def _type(field: Field) -> Test:
    fits, other = name_test(field.values), _other(field)

    def test(head: Head, raw: bytes) -> bool:
        name = head.data.type
        return fits(name) if name is not None else other is not None and other(head, raw)

    return test


def _status(field: Field) -> Test:
    fits, other = name_test(field.values), _other(field)

    def test(head: Head, raw: bytes) -> bool:
        name = head.data.status
        return fits(name) if name is not None else other is not None and other(head, raw)

    return test


def _other(field: Field) -> Test | None:
    """A test for a value that is a number, true or false; None where no such can fit."""
    if not any(may_be_number(value) for value in field.values):
        return None
    fits = leaf_test(field.values)
    return data_test(f"data.{field.key}", lambda leaf: isinstance(leaf, int | float) and fits(leaf))


def _session(field: Field, after: str) -> Test:
    fits = name_test(field.values, after=after)

    def test(head: Head, raw: bytes) -> bool:
        data = head.data
        runtime = data.runtime_event
        return (
            (data.session_id is not None and fits(data.session_id))
            or (runtime.session_id is not None and fits(runtime.session_id))
            or (data.run_id is not None and fits(data.run_id))
            or (runtime.run_id is not None and fits(runtime.run_id))
        )

    return test


_NAMES: Final = {
    "event": _event,
    "role": _role,
    "issue": _issue,
    "type": _type,
    "status": _status,
    "model": _model,
    "pattern": _pattern,
}


# -- level, turn and time ---------------------------------------------------------------


def _level(field: Field) -> Test:
    levels = []
    for value in field.values:
        level = LEVELS.get(value.text.lower())
        if level is None:
            known = ", ".join(each.word for each in Severity)
            raise FilterError(f"unknown level {value.text}", value.column, f"use {known}")
        levels.append(level)
    if field.operator not in COMPARISONS:
        return _severity(frozenset(levels))
    if len(levels) > 1:
        raise FilterError("one level to compare with", field.values[1].column, "use level:a,b")
    compare = COMPARISONS[field.operator]
    return _severity(frozenset(each for each in Severity if compare(each, levels[0])))


def _severity(wanted: frozenset[Severity]) -> Test:
    """Most lines are told by their event: `Head.severity` is asked for the others.

    The first rules of `base.severity` are a level given on purpose and the event's name. What
    a name decides is remembered; where it decides nothing, the line's content does.
    """
    by_name: dict[str, bool | None] = {}
    info = Severity.INFO in wanted

    def learn(name: str) -> bool | None:
        severity = derive(None, "", name, None, broke=False, troubled=False)
        answer = None if severity is Severity.INFO else severity in wanted
        remember(by_name, name, answer)
        return answer

    def test(head: Head, raw: bytes) -> bool:
        data = head.data
        if data.level or head.level not in ("info", "") or not head.event:
            return head.severity in wanted
        name = head.event
        answer = by_name[name] if name in by_name else learn(name)
        if answer is not None:
            return answer
        told = data.status is not None or data.error or data.traceback
        if told or data.ok is False or data.degraded is True:
            return head.severity in wanted
        return info

    return test


def _turn(field: Field) -> Test:
    for value in field.values:
        if is_presence(value) and field.operator not in COMPARISONS:
            continue
        number = number_of(value)
        if not isinstance(number, int) or len(value.text) > _LONGEST_TURN:
            raise FilterError("turn wants a number", value.column, "such as turn:1 or turn>=3")
    if field.operator in COMPARISONS:
        fits = compared("turn", field.operator, field.values)
        return lambda head, raw: fits(head.turn)
    if any(is_presence(value) for value in field.values):
        return lambda head, raw: head.turn is not None
    numbers = frozenset(number_of(value) for value in field.values)
    return lambda head, raw: head.turn in numbers


def _time(field: Field, now: datetime, *, local: bool) -> Test:
    key = field.key
    if field.operator in COMPARISONS:
        raise FilterError(f"{key} knows no {field.operator}", field.column, f"use {key}:")
    if len(field.values) > 1:
        raise FilterError(f"{key} takes one time", field.values[1].column, "leave the others out")
    bound = moment(field.values[0].text, now, local=local)
    if bound is None:
        column = field.values[0].column
        raise FilterError(f"{field.values[0].text} is no time", column, f"such as {EXAMPLES}")
    if key == "after":
        return lambda head, raw: (at := _at(head.timestamp)) is not None and at >= bound
    return lambda head, raw: (at := _at(head.timestamp)) is not None and at < bound


def _at(timestamp: str) -> datetime | None:
    """As `Head.at`, quicker for what Orket writes: a moment of UTC, with its offset."""
    try:
        at = datetime.fromisoformat(timestamp)
    except ValueError:
        return parse_time(timestamp)
    return at if at.tzinfo is UTC else parse_time(timestamp)
