"""`orket-console incident escalate`: the record that the runbook asks for, drafted and filed."""

from __future__ import annotations

from pathlib import Path

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.incident_doors import INCIDENT, chosen_incident, ledger_of
from orket_console.cli.invocation import Invocation, target_command
from orket_console.incidents.escalation import keeping
from orket_console.incidents.escalation.draft import Draft, draft
from orket_console.incidents.escalation.filing import file_in, place_of, write_file
from orket_console.incidents.escalation.markdown import as_markdown, from_markdown
from orket_console.incidents.ledger.model import Escalation, Incident
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.operator import operator
from orket_console.incidents.recovery.returning import note_look


@click.command("escalate", help="Draft the escalation record of an incident, edit it, file it.")
@click.option("--edit", is_flag=True, help="Edit it with $EDITOR.")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take it from an edited file.",
)
@click.option("--anew", is_flag=True, help="Draft it anew instead of taking the last draft.")
@click.option("--write", is_flag=True, help="Write it to a file, as Markdown and JSON.")
@click.option("--file-issue", "in_gitea", is_flag=True, help="File it as an issue in Gitea.")
@click.option("--yes", is_flag=True, help="File the issue without asking.")
@INCIDENT
@target_command
def escalate(
    invocation: Invocation,
    edit: bool,
    file: Path | None,
    anew: bool,
    write: bool,
    in_gitea: bool,
    yes: bool,
    number: int | None,
) -> int:
    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    made = _made(invocation, store, one, file, anew=anew)
    if edit:
        edited = click.edit(as_markdown(made), extension=".md")
        made = from_markdown(edited) if edited is not None else made
    kept = keeping.keep(store, one, made, invocation.clock.now(), operator())
    if in_gitea:
        kept = _file(invocation, store, kept, made, yes=yes)
    if write:
        path = write_file(invocation.target, made, one.name, invocation.clock)
        now = invocation.clock.now()
        kept = keeping.keep_path(store, kept, str(path), now, operator())
    data = {"incident": one.name, "fields": made.fields(), "escalation": kept}
    invocation.answer("incident-escalate", data, as_markdown(made).splitlines())
    for what in (kept.path, kept.url):
        if what:
            invocation.narrate(f"filed: {what}")
    return ExitCode.OK


def _made(
    invocation: Invocation, store: Store, one: Incident, file: Path | None, *, anew: bool
) -> Draft:
    if file is not None:
        try:
            return from_markdown(file.read_text("utf-8", "replace"))
        except OSError as error:
            raise ConsoleError(
                f"it can't be read: {error.strerror}", where=str(file), exit_code=ExitCode.USAGE
            ) from error
    if (last := keeping.last_draft(store, one)) is not None and not anew:
        return last[0]
    # Here, so that a draft that is there already need not wait for it.
    from orket_console.incidents.looking import Looker

    looked = Looker(invocation.target, invocation.clock).look()
    if not store.read_only:
        note_look(store, looked, invocation.clock.now(), operator())
    return draft(store, invocation.target, one, looked, invocation.clock)


def _file(
    invocation: Invocation, store: Store, kept: Escalation, made: Draft, *, yes: bool
) -> Escalation:
    place = place_of(invocation.target)
    if place is None:
        raise ConsoleError(
            "no repository is configured",
            remedy="set escalation.repository, or let --write put it into a file",
            exit_code=ExitCode.USAGE,
        )
    if invocation.target.settings.truth("ui.read_only"):
        raise ConsoleError("the console is read-only: nothing is sent", exit_code=ExitCode.USAGE)
    if not yes:
        click.echo(as_markdown(made), err=True)
        click.confirm(f"make this an issue in {place}?", abort=True, err=True)
    filed = file_in(place, made)
    now = invocation.clock.now()
    return keeping.keep_issue(store, kept, filed.url, filed.answer, now, operator())
