"""The operator's own queries, from `[queries.NAME]` of a settings file."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.text import one_line
from orket_console.target.settings import Declared
from orket_console.target.target import Target
from orket_console.webhooks.queries.canned import CANNED
from orket_console.webhooks.queries.model import Query, QueryAnswer, QueryParameter, Run
from orket_console.webhooks.queries.sql import Base, named_parameters, run_sql, under

_KEYS: Final = ("sql", "title", "database", "defaults")
_EXAMPLE: Final = 'a query looks like: sql = "SELECT * FROM review_failures WHERE pr_key = :pr"'


@dataclass(frozen=True, slots=True)
class Queries:
    """All there are; `problems` name what is wrong with the operator's own."""

    all: tuple[Query, ...]
    problems: tuple[str, ...]

    def find(self, name: str) -> Query | None:
        return next((query for query in self.all if query.name == name), None)


def queries_of(target: Target) -> Queries:
    """The canned queries, and the operator's own; one of a canned one's name takes its place."""
    own: dict[str, Query] = {}
    problems: list[str] = []
    for name, declared in target.settings.queries.items():
        made = _query(name, declared)
        if isinstance(made, Query):
            own[name] = made
        else:
            problems.append(f"{declared.origin}, [queries.{name}]: {made}")
    canned = tuple(own.pop(query.name, query) for query in CANNED)
    return Queries((*canned, *own.values()), tuple(problems))


def _query(name: str, declared: Declared) -> Query | str:
    """The query, or what is wrong with it."""
    content = declared.content
    if not isinstance(content, dict):
        return f"it is no table; {_EXAMPLE}"
    unknown = [key for key in content if key not in _KEYS]
    if unknown:
        return f"unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}"
    sql, title = content.get("sql"), content.get("title", name)
    if not isinstance(sql, str) or not sql.strip():
        return f"no sql; {_EXAMPLE}"
    if not isinstance(title, str):
        return "its title is no text"
    try:
        base = Base(content.get("database", Base.WEBHOOK))
    except ValueError:
        return f"its database is none of {', '.join(Base)}"
    defaults = content.get("defaults", {})
    if not isinstance(defaults, dict):
        return 'its defaults are no table such as defaults = {pr = "acme/shop#7"}'
    return _made(name, one_line(title), sql, base, defaults, declared.origin)


def _made(
    name: str, title: str, sql: str, base: Base, defaults: Mapping[str, object], origin: str
) -> Query:
    parameters = tuple(
        QueryParameter(each, f"value of :{each}", str(defaults.get(each, "")))
        for each in named_parameters(sql)
    )
    purpose = f"your own, on {base}.db"
    return Query(name, title, purpose, _runs(name, sql, base), parameters, sql.strip(), origin)


def free_query(statement: str, base: Base) -> Query:
    """A statement as it was typed; its `:name`s are its parameters."""
    parameters = tuple(
        QueryParameter(each, f"value of :{each}") for each in named_parameters(statement)
    )
    run = _runs("sql", statement, base)
    return Query("sql", "SQL", f"on the {base} database", run, parameters, statement)


def _runs(name: str, sql: str, base: Base) -> Run:
    def run(
        target: Target, clock: Clock, values: Mapping[str, str], stop: threading.Event
    ) -> QueryAnswer:
        return under(run_sql(target, clock, base, sql, values, stop=stop), name)

    return run
