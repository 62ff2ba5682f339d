"""`orket-console webhooks query` and `sql`: canned questions, and the operator's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.sqlite import Caps
from orket_console.cli.invocation import Invocation, target_command
from orket_console.webhooks.queries.ask import ask_query, find_query
from orket_console.webhooks.queries.export import as_csv, as_lines
from orket_console.webhooks.queries.model import Query, QueryAnswer
from orket_console.webhooks.queries.own import queries_of
from orket_console.webhooks.queries.sql import FREE, Base, named_parameters, run_sql

_PARAMETER = click.option(
    "--param", "-p", "given", multiple=True, metavar="NAME=VALUE", help="A value that it takes."
)
_CSV = click.option("--csv", "as_text", flag_value=as_csv, help="Print CSV instead of columns.")
AsText = Callable[[QueryAnswer], str]


@click.command("query", help="Ask a canned query, or one of your own; without NAME list them.")
@click.argument("name", required=False)
@_PARAMETER
@_CSV
@target_command
def query(
    invocation: Invocation, name: str | None, given: tuple[str, ...], as_text: AsText | None
) -> int:
    if name is None:
        return _list(invocation)
    found = find_query(invocation.target, name)
    answer = ask_query(invocation.target, invocation.clock, found, _values(given))
    return _show(invocation, answer, as_text)


@click.command("sql", help="One reading statement on a database; :name takes a --param.")
@click.argument("statement")
@click.option(
    "--database",
    "base",
    type=click.Choice([each.value for each in Base]),
    default=Base.WEBHOOK.value,
    help="Which to ask.",
    show_default=True,
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=FREE.rows,
    show_default=True,
    help="Rows at which it is cut.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 600),
    default=FREE.seconds,
    show_default=True,
    help="Time after which it is stopped: a writer may have to wait as long.",
)
@_PARAMETER
@_CSV
@target_command
def sql(
    invocation: Invocation,
    statement: str,
    base: str,
    limit: int,
    seconds: float,
    given: tuple[str, ...],
    as_text: AsText | None,
) -> int:
    caps = Caps(rows=limit, bytes=max(FREE.bytes, limit << 10), seconds=seconds)
    values = _values(given)
    known = named_parameters(statement)
    if unknown := [name for name in values if name not in known]:
        raise ConsoleError(f"the statement has no :{unknown[0]}", exit_code=ExitCode.USAGE)
    target, clock = invocation.target, invocation.clock
    answer = run_sql(target, clock, Base(base), statement, values, caps)
    return _show(invocation, answer, as_text)


def _list(invocation: Invocation) -> int:
    known = queries_of(invocation.target)
    data = {"queries": [_entry(each) for each in known.all], "problems": known.problems}
    invocation.answer("webhooks-queries", data, _query_lines(known.all))
    for problem in known.problems:
        invocation.narrate(problem)
    return ExitCode.CANNOT_TELL if known.problems else ExitCode.OK


def _entry(query: Query) -> dict[str, object]:
    return {
        "name": query.name,
        "title": query.title,
        "purpose": query.purpose,
        "parameters": query.parameters,
        "statement": query.statement,
        "origin": query.origin,
    }


def _query_lines(queries: tuple[Query, ...]) -> Iterator[str]:
    width = max(len(each.name) for each in queries)
    for each in queries:
        takes = ", ".join(f"{p.name}={p.default or '…'}" for p in each.parameters)
        yield f"{each.name:<{width}}  {each.title}: {each.purpose}{f' ({takes})' if takes else ''}"


def _show(invocation: Invocation, answer: QueryAnswer, as_text: AsText | None) -> int:
    if as_text is not None and not invocation.as_json:
        click.echo(as_text(answer), nl=False)
    else:
        invocation.answer("webhooks-query", answer, as_lines(answer))
    if not answer.rows:
        asked = f" for {answer.values}" if answer.values else ""
        invocation.narrate(f"no row in {answer.source}{asked}")
    for note in (answer.cut, *answer.notes):
        if note:
            invocation.narrate(note)
    for problem in answer.problems:
        invocation.narrate(f"not read: {problem}")
    return ExitCode.CANNOT_TELL if answer.problems else ExitCode.OK


def _values(given: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise ConsoleError(f"{each!r} is no NAME=VALUE", exit_code=ExitCode.USAGE)
        values[name] = value
    return values
