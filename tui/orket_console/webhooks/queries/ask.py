"""Asking a query by name with the values that it takes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.target import Target
from orket_console.webhooks.queries.model import Query, QueryAnswer
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


def ask_query(target: Target, clock: Clock, query: Query, given: Mapping[str, str]) -> QueryAnswer:
    """Run it with what was given, and its defaults for the rest.

    Raises `ConsoleError` (exit 2) for a value that lacks or that it does not take, and
    `DatabaseError`.
    """
    takes = {parameter.name: parameter for parameter in query.parameters}
    for name in given:
        if name not in takes:
            raise ConsoleError(
                f"{query.name} takes no {name}",
                remedy=f"it takes {', '.join(takes) or 'nothing'}",
                exit_code=ExitCode.USAGE,
            )
    values = {name: given.get(name) or takes[name].default for name in takes}
    for name, value in values.items():
        if not value:
            raise ConsoleError(
                f"{query.name} needs {name}: {takes[name].help}",
                remedy=f"give {name}=…",
                exit_code=ExitCode.USAGE,
            )
    return query.run(target, clock, values)
