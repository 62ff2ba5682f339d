"""`orket-console audit`: the record of every action, and whether it is as it was written."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from orket_console.actions.audit_document import Format, written
from orket_console.actions.audit_export import Chosen, Export, exported
from orket_console.actions.verification import Trail, Verification, trail, verify
from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError, is_inside, typed_path
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import clean
from orket_console.cli.invocation import Invocation, target_command
from orket_console.logs.select import parse_moment

_EXIT_CODES: Final = {State.OK: ExitCode.OK, State.FAILING: ExitCode.WRONG}
_TOLD: Final = ("confirmation", "verdict", "evidence", "reason", "ssh", "removed", "file", "sha256")


@click.group("audit", help="The record of every action: show it, verify it, export it.")
def command() -> None:
    """A group: its commands do the work."""


@command.command("show", help="What was started, how it ended and what was refused, newest first.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    metavar="N",
    help="So many at most.",
)
@target_command
def _show(invocation: Invocation, limit: int) -> ExitCode:
    path = invocation.target.state.audit
    try:
        found = trail(path, limit)
    except UnreadableError as error:
        raise _unreadable(error) from error
    invocation.answer("audit-show", found, _show_lines(found))
    if found.older:
        invocation.narrate(f"{found.older} older ones were left out: --limit {limit}")
    for number in found.unreadable:
        invocation.narrate(f"orket-console: line {number} of {path} is no record")
    return ExitCode.CANNOT_TELL if found.unreadable else ExitCode.OK


@command.command("verify", help="Follow the chain of records; name the first bad one (exit 1).")
@target_command
def _verify(invocation: Invocation) -> ExitCode:
    try:
        found = verify(invocation.target.state.audit)
    except UnreadableError as error:
        raise _unreadable(error) from error
    invocation.answer("audit-verify", found, _verify_lines(invocation, found))
    return _EXIT_CODES.get(found.state, ExitCode.CANNOT_TELL)


@command.command("export", help="Records with what proves them, as JSON or Markdown.")
@click.option("--id", "runs", metavar="ID", multiple=True, help="Only of that run (repeatable).")
@click.option("--since", metavar="T", help="Not what is older.")
@click.option("--until", metavar="T", help="Not what is newer.")
@click.option(
    "--format",
    "form",
    type=click.Choice([one.value for one in Format]),
    default="json",
    show_default=True,
    help="What the file is.",
)
@click.option("--out", metavar="PATH", help="The file, instead of one in the state folder.")
@target_command
def _export(
    invocation: Invocation,
    runs: tuple[str, ...],
    since: str | None,
    until: str | None,
    form: str,
    out: str | None,
) -> ExitCode:
    target, now = invocation.target, invocation.clock.now()
    local = target.settings.text("ui.time") == "local"
    chosen = Chosen(
        frozenset(runs),
        parse_moment(since, now, "--since", local=local) if since is not None else None,
        parse_moment(until, now, "--until", local=local) if until is not None else None,
    )
    path = _destination(invocation, Format(form), out)
    try:
        export = exported(target.state.audit, chosen, target.redactor())
    except UnreadableError as error:
        raise _unreadable(error) from error
    if not export.records and not export.unreadable:
        raise ConsoleError("the audit trail has no such record", exit_code=ExitCode.CANNOT_TELL)
    count = written(path, export, _envelope(invocation), Format(form))
    data = {
        "path": str(path),
        "records": len(export.records),
        "proved": count,
        "verification": export.verification,
    }
    invocation.answer("audit-export", data, _export_lines(export, path, count))
    return _EXIT_CODES.get(export.verification.state, ExitCode.CANNOT_TELL)


def _destination(invocation: Invocation, form: Format, out: str | None) -> Path:
    """Where the export goes. Raises `ConsoleError` for a place in the installation."""
    target = invocation.target
    if out is None:
        ending = "md" if form is Format.MARKDOWN else "json"
        name = f"audit-{invocation.clock.now():%Y%m%dT%H%M%S}.{ending}"
        return target.state.exports / name
    path = typed_path(out).absolute()
    if is_inside(path, target.path):
        raise ConsoleError(
            "the console writes nothing into the installation",
            where=str(path),
            remedy="name a file elsewhere with --out",
            exit_code=ExitCode.USAGE,
        )
    return path


def _envelope(invocation: Invocation) -> dict[str, object]:
    target = invocation.target
    return {
        "schema": "orket-console/audit-export/v1",
        "target": {
            "root": clean(str(target.path)),
            "version": target.identity.version,
            "commit": target.identity.commit,
        },
        "at": stamp(invocation.clock.now()),
    }


def _export_lines(export: Export, path: Path, count: int) -> Iterator[str]:
    found = export.verification
    yield f"{GLYPHS[found.state]} {len(export.records)} records, {count} proved by their lines"
    yield f"  trail     {found.what}"
    for first, last in export.gaps:
        yield f"  left out  records {first} to {last}"
    if export.left_out:
        yield f"  left out  {export.left_out} beyond the cap: narrow it by --since and --until"
    yield f"  kept in   {path}"


def _unreadable(error: UnreadableError) -> ConsoleError:
    return ConsoleError(f"the audit trail can't be read: {error}")


def _show_lines(found: Trail) -> Iterator[str]:
    if not found.records:
        yield "nothing was recorded yet on this installation by this user"
    for record in found.records:
        head = f"{record.get('seq')}  {record.get('at')}  {record.get('kind')}"
        who = f"{record['user']}@{record.get('host')}  " if "user" in record else ""
        what = "  ".join(f"{name}: {record[name]}" for name in _TOLD if record.get(name))
        yield f"{head}  {record.get('action')}  {who}{what}{_command(record)}".rstrip()


def _command(record: dict[str, object]) -> str:
    argv = record.get("argv")
    return f"  command: {shlex.join(map(str, argv))}" if isinstance(argv, list) else ""


def _verify_lines(invocation: Invocation, found: Verification) -> Iterator[str]:
    yield f"{GLYPHS[found.state]} {found.what}"
    yield f"  records   {found.whole} whole{' before it' if found.bad else ''}"
    yield f"  kept in   {invocation.target.state.audit}"
