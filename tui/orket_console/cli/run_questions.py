"""`runs changes`, `runs preflight` and `runs export`: questions about one run."""

from __future__ import annotations

from collections.abc import Iterator

import click

from orket_console.base.errors import ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.cli.invocation import Invocation, target_command
from orket_console.runs.changes import PARTS, Change, find_changes, parse_field
from orket_console.runs.detail import open_run
from orket_console.runs.export import export_run, markdown
from orket_console.runs.ledger import Ledger
from orket_console.runs.preflight.judge import Preflight
from orket_console.runs.preflight.judge import preflight as look
from orket_console.runs.resolve import resolve_session

_CHANGES_HELP = f"""Each turn of a session at which a value was another than before.

FIELD is `status` (the issue's card), or a part of the turn and the way to the value, as in
checkpoint.state_delta.to or calls.0.args.path. Parts: {", ".join(PARTS)}.
"""


@click.command("changes", help=_CHANGES_HELP)
@click.argument("session")
@click.argument("field")
@click.option("--issue", default="", metavar="ISSUE", help="Of this issue alone.")
@target_command
def changes(invocation: Invocation, session: str, field: str, issue: str) -> ExitCode:
    wanted = parse_field(field)
    detail = open_run(invocation.target, invocation.clock, _resolved(invocation, session))
    found = find_changes(invocation.target, detail, wanted, issue)
    data = {
        "session": detail.run.session,
        "field": str(wanted),
        "changes": [_plain(c) for c in found],
    }
    invocation.answer("runs-changes", data, _change_lines(found))
    for problem in detail.problems:
        invocation.narrate(problem)
    return ExitCode.CANNOT_TELL if detail.problems else ExitCode.OK


@click.command(
    "preflight",
    help="What a rerun of an issue would meet: status, retries, dependencies, gates, guard and"
    " policy. Exit status 0 clear, 1 blocked, 3 can't tell.",
)
@click.argument("session")
@click.argument("issue")
@target_command
def preflight(invocation: Invocation, session: str, issue: str) -> ExitCode:
    found = look(invocation.target, invocation.clock, _resolved(invocation, session), issue)
    invocation.answer("runs-preflight", found, _preflight_lines(found))
    for problem in found.problems:
        invocation.narrate(problem)
    if found.state is State.FAILING:
        return ExitCode.WRONG
    return ExitCode.CANNOT_TELL if found.problems or found.state is State.UNKNOWN else ExitCode.OK


@click.command(
    "export",
    help="One session with all of its turns as one Markdown document (--json: one JSON document),"
    " secrets as dots.",
)
@click.argument("session")
@target_command
def export(invocation: Invocation, session: str) -> ExitCode:
    detail = open_run(invocation.target, invocation.clock, _resolved(invocation, session))
    document = export_run(invocation.target, detail)
    invocation.answer("runs-export", document, markdown(document))
    for problem in detail.problems:
        invocation.narrate(problem)
    return ExitCode.CANNOT_TELL if detail.problems else ExitCode.OK


def _resolved(invocation: Invocation, word: str) -> str:
    return resolve_session(invocation.target, Ledger(invocation.target.runtime_db), word)


def _plain(change: Change) -> dict[str, object]:
    return {
        "at": change.at,
        "issue": change.issue,
        "by": change.by,
        "before": change.before,
        "after": change.after,
    }


def _change_lines(found: tuple[Change, ...]) -> Iterator[str]:
    if not found:
        yield "nothing changed it"
    for change in found:
        at = f"{change.at:%H:%M:%S}" if change.at else "--:--:--"
        before = f"{change.before} → " if change.before else ""
        yield f"{at}  {change.issue}  {before}{change.after}  by {change.by}"


def _preflight_lines(found: Preflight) -> Iterator[str]:
    yield f"{found.session} {found.issue}: {GLYPHS[found.state]} {found.verdict}"
    for line in found.lines:
        yield f"  {GLYPHS[line.state]} {line.name:<13} {line.says}"
        yield f"    {'':<13} seen in {line.evidence}"
