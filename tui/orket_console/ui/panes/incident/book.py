"""What the tab reads of the ledger, in a thread."""

from __future__ import annotations

from dataclasses import dataclass

from orket_console.base.errors import ConsoleError
from orket_console.incidents.following import Follower
from orket_console.incidents.ledger.incidents import incidents
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.overview import Overview, overview


@dataclass(frozen=True, slots=True)
class Book:
    """All incidents, open ones first, and the one that is wanted in full; `problem` says why
    there is less to see, `read_only` why nothing can be written."""

    incidents: tuple[Incident, ...] = ()
    overview: Overview | None = None
    problem: str = ""
    read_only: str = ""


def read_book(follower: Follower, wanted: int | None) -> Book:
    """The incident `wanted`, else the one that was opened last of those that are open. Never
    raises: a ledger that can't be read is a book that says so."""
    read_only = follower.target.read_only_why
    if not follower.has_ledger:
        return Book(read_only=read_only)
    try:
        store = follower.store()
        found = tuple(incidents(store))
        number = wanted or next((one.id for one in found if one.closed is None), None)
        known = number in {one.id for one in found}
        shown = overview(store, number) if number is not None and known else None
    except ConsoleError as error:
        return Book(problem=str(error), read_only=read_only)
    return Book(found, shown, "", store.read_only)
