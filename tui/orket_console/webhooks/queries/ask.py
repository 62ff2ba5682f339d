"""Asking a query by name with the values that it takes."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping
from dataclasses import replace

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.moments import EXAMPLES, moment
from orket_console.target.target import Target
from orket_console.webhooks.queries.model import Kind, Query, QueryAnswer, QueryParameter
from orket_console.webhooks.queries.own import queries_of


def find_query(target: Target, name: str) -> Query:
    """Raises `ConsoleError` (exit 2) that names those there are."""
    known = queries_of(target)
    if found := known.find(name):
        return found
    if wrong := [one for one in known.problems if f"[queries.{name}]" in one]:
        raise ConsoleError(wrong[0], exit_code=ExitCode.USAGE)
    names = [query.name for query in known.all]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    raise ConsoleError(f"no query {name!r}", remedy=hint, exit_code=ExitCode.USAGE)


def ask_query(
    target: Target,
    clock: Clock,
    query: Query,
    given: Mapping[str, str],
    stop: threading.Event | None = None,
) -> QueryAnswer:
    """Run it with what was given, and its defaults for the rest; `stop` ends it.

    Raises `ConsoleError` (exit 2) for a value that lacks or that it does not take, and
    `DatabaseError`.
    """
    takes = [parameter.name for parameter in query.parameters]
    for name in given:
        if name not in takes:
            raise ConsoleError(
                f"{query.name} takes no {name}",
                remedy=f"it takes {', '.join(takes) or 'nothing'}",
                exit_code=ExitCode.USAGE,
            )
    for parameter in query.parameters:
        if wrong := wrong_value(parameter, given.get(parameter.name, ""), clock):
            raise ConsoleError(
                f"{query.name}, {parameter.name}: {wrong}",
                remedy=f"give {parameter.name}=…",
                exit_code=ExitCode.USAGE,
            )
    values = {each.name: given.get(each.name) or each.default for each in query.parameters}
    return replace(query.run(target, clock, values, stop or threading.Event()), given=values)


def wrong_value(parameter: QueryParameter, given: str, clock: Clock) -> str:
    """What is wrong with a value, empty when nothing is; no value stands for the default."""
    value = given or parameter.default
    if not value:
        return f"it needs a value: {parameter.help}"
    if parameter.kind is Kind.MOMENT and moment(value, clock.now(), local=False) is None:
        return f"{value!r} is no time, such as {EXAMPLES}"
    return ""
