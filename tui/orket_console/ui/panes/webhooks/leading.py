"""Where refs lead within the tab, and where its rows lead to elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from orket_console.base.refs import DeliveryRef, LogRef, PullRef, Ref, SessionRef, TableRef
from orket_console.ui.widgets.webhook_views import Item, View
from orket_console.webhooks.model import EVENTS_TABLE, Cycle, Delivery, Gap, ReviewFailure
from orket_console.webhooks.reviews import CYCLES, FAILURES

if TYPE_CHECKING:
    from orket_console.ui.panes.webhooks.pane import WebhooksPane

Fits = Callable[[Item], bool]


class Leading:
    """Remembers which row someone was led to, until its list has been read."""

    def __init__(self, pane: WebhooksPane) -> None:
        self._pane = pane
        self._led: Fits | None = None
        self._quietly = False

    def open(self, ref: Ref) -> bool:
        """Lead to what `ref` names; False when it is none of this tab's."""
        match ref:
            case PullRef(key):
                self._lead("cycles", lambda item: isinstance(item, Cycle) and item.pr_key == key)
                return True
            case TableRef(database, table, rows) if (
                database == self._pane.context.target.webhook_db.path.name
            ):
                name = {
                    EVENTS_TABLE: "deliveries",
                    CYCLES.name: "cycles",
                    FAILURES.name: "failures",
                }.get(table)
                if name is not None:
                    self._lead(name, lambda item: not rows or _row(item) in rows)
                    return True
            case DeliveryRef(line):
                self._lead("deliveries", lambda item: _holds(item, line))
                return True
            case LogRef():
                # The way back to a delivery: other log lines are the Log tab's.
                self._lead(
                    "deliveries", lambda item: isinstance(item, Delivery) and ref in item.refs
                )
                return True
        return False

    def to_moment(self, at: datetime) -> None:
        """To the last delivery that had come in by then; nowhere before the first."""
        self._lead("deliveries", lambda item: _is_by(item, at))
        self._quietly = True

    def _lead(self, name: str, fits: Fits) -> None:
        lists = self._pane.lists
        if not any(fits(item) for item in lists.all[name].items.values()):
            lists.drop_filter()
        self._led, self._quietly = fits, False
        self._pane.action_view(name)

    def arrive(self, view: View) -> None:
        """Select the row that someone was led to, now that the list has been read."""
        if self._led is None or view is not self._pane.lists.chosen:
            return
        fits, self._led = self._led, None
        key = next((key for key, item in view.items.items() if fits(item)), None)
        if key is None and self._quietly:
            return
        if key is None:
            self._pane.tell(f"it is not among the {view.count} {view.name} here")
        else:
            self._pane.lists.listing(view).select(key)


def place_of(item: Item | None) -> Ref | None:
    """Where a row is, so that `-` leads back to it."""
    match item:
        case Cycle(pr_key=key):
            return PullRef(key)
        case ReviewFailure(ref=ref):
            return ref
        case Delivery(refs=refs) | Gap(refs=refs):
            return refs[0]
    return None


def refs_of(item: Item | None) -> tuple[Ref, ...]:
    match item:
        case Delivery(refs=refs) | Cycle(refs=refs) | Gap(refs=refs):
            return refs
    return ()


def newest_line(refs: Iterable[Ref]) -> LogRef | None:
    """The last log line about a row: where its outcome stands."""
    return next((ref for ref in reversed(tuple(refs)) if isinstance(ref, LogRef)), None)


def run_of(refs: Iterable[Ref]) -> SessionRef | None:
    """The run that a delivery started."""
    return next((ref for ref in refs if isinstance(ref, SessionRef)), None)


def _holds(item: Item, line: LogRef) -> bool:
    """Whether a log line is one of those that tell of a delivery, its number known or not."""
    return isinstance(item, Delivery) and any(
        isinstance(ref, LogRef) and (ref.path, ref.offset) == (line.path, line.offset)
        for ref in item.refs
    )


def _is_by(item: Item, at: datetime) -> bool:
    return isinstance(item, Delivery) and item.at is not None and item.at <= at


def _row(item: Item) -> int | None:
    match item:
        case Delivery(table_row=row) | Cycle(row=row) | ReviewFailure(row=row):
            return row
    return None
