"""Putting the copies that an earlier run made back over the databases, declared."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from orket_console.actions import verdicts
from orket_console.actions.copies import copies_of, problem_of
from orket_console.actions.database_users import users_of
from orket_console.actions.definition import Action, Effect
from orket_console.actions.listening import UNSEEN, look
from orket_console.actions.parameters import Kind, Parameter
from orket_console.actions.preconditions import Circumstances, Finding
from orket_console.target.servers import API, WEBHOOK
from orket_console.target.target import Target

BOTH: Final = "both"
DATABASES: Final = (BOTH, "runtime", "webhook")


def chosen(target: Target, record_id: str, which: str) -> list[tuple[Path, Path]]:
    """What would be put back: each copy with the database that it goes over."""
    databases = {"runtime": target.runtime_db.path, "webhook": target.webhook_db.path}
    wanted = [path for name, path in databases.items() if which in (BOTH, name)]
    copies = {copy.name: copy for copy in copies_of(target, record_id)}
    return [(copies[path.name], path) for path in wanted if path.name in copies]


def has_copies(seen: Circumstances) -> Finding:
    """The run has copies, and they are whole."""
    record_id, which = seen.values["id"], seen.values["database"]
    if not record_id:
        return Finding("copies", met=True, text="`orket-console actions restore` lists the copies")
    pairs = chosen(seen.target, record_id, which)
    if not pairs:
        of = "" if which == BOTH else f" of the {which} database"
        return Finding("copies", met=False, text=f"{record_id} has no copy{of}")
    for copy, _ in pairs:
        if wrong := problem_of(copy):
            return Finding("copies", met=False, text=f"the copy {copy} is damaged: {wrong}")
    named = " and ".join(database.name for _, database in pairs)
    return Finding("copies", met=True, text=f"{named} as before {record_id}")


def nobody_has_it_open(seen: Circumstances) -> Finding:
    """No process has one of the databases open that would be replaced."""
    what = "databases not in use"
    if not seen.values["id"]:
        return Finding(what, met=True)
    for _, database in chosen(seen.target, seen.values["id"], seen.values["database"]):
        if users := users_of(database, seen.target.path):
            text = f"{database.name} is open in {'; '.join(users)}: stop that first"
            return Finding(what, met=False, text=text)
    return Finding(what, met=True)


def servers_run(seen: Circumstances) -> Finding:
    """A server opens the databases for each request, and keeps some of what it read."""
    said = []
    for server in (API, WEBHOOK) if seen.values["id"] else ():
        port = look(seen.target.path, server, server.port(seen.target))
        said += [
            f"the {server.title} (pid {process.pid}) will go on with what is restored: "
            "restart it afterwards"
            for process in port.own
        ]
        said += [
            f"whether {who}, on port {port.number}, has a database open can't be told"
            for who in port.strangers
            if who.endswith(UNSEEN)
        ]
    return Finding("servers", met=True, text="; ".join(said))


RESTORE: Final = Action(
    name="restore",
    title="Restore databases",
    purpose="puts the copies that an earlier run made back over the databases",
    runbook="4, schema or migration mismatch",
    effect=Effect.CHANGES_DATABASES,
    changes="replaces the databases by their copies; what was written since is then in the "
    "copies that this run makes first",
    verdict=verdicts.program,
    timeout=900,
    module="restore",
    parameters=(
        Parameter("id", Kind.RECORD, "", "the run whose copies are put back", required=True),
        Parameter(
            "database",
            Kind.CHOICE,
            "",
            "which database",
            default=BOTH,
            required=True,
            choices=DATABASES,
        ),
    ),
    needs=(has_copies, nobody_has_it_open, servers_run),
    undo="restore with the id of this very run, which has copies of what was there",
    mends=True,
)
