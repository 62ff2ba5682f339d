"""`orket-console incident timeline`: everything that happened, in one order."""

from __future__ import annotations

from datetime import datetime

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.cli.incident_doors import INCIDENT, ledger_of
from orket_console.cli.invocation import Invocation, target_command
from orket_console.incidents.diagnosis.document import ref_document
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.timeline.entry import Entry, Kind, Wanted, parse_words
from orket_console.incidents.timeline.span import beginning_of, end_of
from orket_console.incidents.timeline.timeline import Page, Timeline
from orket_console.logs.select import parse_moment


@click.command("timeline", help="Log, turns, deliveries, probes, actions and steps in one order.")
@INCIDENT
@click.option("--since", metavar="T", help="Not what is older.")
@click.option("--until", metavar="T", help="Not what is newer.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind]),
    help="Of this kind; may be repeated.",
)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help="In this state; may be repeated.",
)
@click.option("--filter", "words", metavar="WORDS", default="", help="With all of these words.")
@click.option("--all", "quiet", is_flag=True, help="Also turns and deliveries that went well.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    metavar="N",
    help="So many at most.",
)
@target_command
def timeline(
    invocation: Invocation,
    number: int | None,
    since: str | None,
    until: str | None,
    kinds: tuple[str, ...],
    states: tuple[str, ...],
    words: str,
    quiet: bool,
    limit: int,
) -> int:
    store = ledger_of(invocation)
    wanted = Wanted(
        frozenset(map(Kind, kinds)),
        frozenset(map(State, states)),
        parse_words(words),
        number,
        quiet,
    )
    start, end = _span(invocation, store, number, since, until)
    page = read_page(
        Timeline(invocation.target, invocation.clock, store), wanted, start, end, limit
    )
    data = {
        "entries": [entry_document(one) for one in page.entries],
        "more": page.more,
        "since": start,
        "until": end,
    }
    root = str(invocation.target.path)
    invocation.answer("incident-timeline", data, (entry_line(one, root) for one in page.entries))
    if page.more:
        invocation.narrate(f"the last {limit}; there is more before it: --limit")
    if not page.entries and not invocation.as_json:
        invocation.narrate("nothing happened then that is wanted; --all shows what went well, too")
    return ExitCode.OK


def read_page(
    timeline: Timeline,
    wanted: Wanted,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> Page:
    """The last `limit` entries of a span, oldest first."""
    walk = timeline.back(wanted, until)
    try:
        if since is None:
            return walk.take(limit, pauses=None)
        found: list[Entry] = []
        for one in walk.until(since):
            if len(found) == limit:
                return Page(tuple(reversed(found)), more=True)
            found.append(one)
        return Page(tuple(reversed(found)), more=False)
    finally:
        walk.close()


def entry_document(entry: Entry) -> dict[str, object]:
    return {
        "at": entry.at,
        "kind": entry.kind,
        "state": entry.state,
        "what": entry.what,
        "ref": ref_document(entry.ref) if entry.ref else None,
    }


def entry_line(entry: Entry, root: str) -> str:
    """One line; places in the installation at `root` are shown from there."""
    where = f"  [{entry.ref}]".replace(f"{root}/", "") if entry.ref else ""
    glyph = GLYPHS[entry.state]
    return f"{entry.at:%Y-%m-%d %H:%M:%S} {glyph} {entry.kind:<8} {entry.what}{where}"


def _span(
    invocation: Invocation, store: Store, number: int | None, since: str | None, until: str | None
) -> tuple[datetime | None, datetime | None]:
    """As it was asked for; else an incident's own, from before it began."""
    now = invocation.clock.now()
    local = invocation.target.settings.text("ui.time") == "local"
    start = parse_moment(since, now, "--since", local=local) if since is not None else None
    end = parse_moment(until, now, "--until", local=local) if until is not None else None
    if number is not None:
        one = find_incident(store, number)
        start = start or beginning_of(one)
        end = end or end_of(one)
    if start is not None and end is not None and start > end:
        raise ConsoleError("--since is after --until", exit_code=ExitCode.USAGE)
    return start, end
