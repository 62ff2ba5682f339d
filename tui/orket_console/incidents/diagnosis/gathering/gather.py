"""All facts of one installation, each part read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

from orket_console.actions.records import load
from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.health.history import Moment
from orket_console.health.keeping import load_history
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.facts import ActionSpan, Facts, WebhookFacts
from orket_console.incidents.diagnosis.gathering.databases import look_at_databases
from orket_console.incidents.diagnosis.gathering.log_pass import AT_ONCE, LogPass, own_logs
from orket_console.incidents.diagnosis.gathering.posture import look_at_posture
from orket_console.incidents.diagnosis.gathering.runs import RunLook
from orket_console.logs.scan.scan import ProgressOf, Stop
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.reviews import cycles

NOISY: Final = frozenset({"security-canary", "release-smoke", "test-suite", "cli-smoke"})
"""Actions that write lines, and runs, which look like trouble."""
_DELIVERIES: Final = 2_000
_RECORDS: Final = 20
Part = TypeVar("Part")


def _nothing() -> None:
    """Nobody is in a hurry."""


class Gatherer:
    """Gathers again and again, and reads what changed. For one thread at a time."""

    def __init__(self, target: Target, clock: Clock, most: int = AT_ONCE) -> None:
        self._target = target
        self._clock = clock
        self._log = LogPass(own_logs(target.layout), most)
        self._runs = RunLook(target, clock)

    def gather(
        self,
        done: Round,
        *,
        whole_log: bool = False,
        progress: ProgressOf | None = None,
        stop: Stop | None = None,
        between: Callable[[], None] = _nothing,
    ) -> Facts:
        """The facts beside `done`, a round of all probes.

        Reads the ends of the logs, or all of them with `whole_log`. Never raises for what it
        reads: each part says what it could not. Raises `StoppedError` when `stop` says so.
        `between` is called before each part, and may wait there for what is more urgent.
        """
        target = self._target

        def then(read: Callable[[], Part]) -> Part:
            between()
            return read()

        log = then(lambda: self._log.read(whole=whole_log, progress=progress, stop=stop))
        return Facts(
            generation=target.identity.generation,
            readings=done.readings,
            posture=then(lambda: look_at_posture(target, done.readings)),
            log=log,
            webhooks=then(lambda: _webhooks(target, self._clock)),
            runs=then(lambda: self._runs.read(log)),
            databases=then(lambda: look_at_databases(target)),
            redactor=target.redactor(),
            actions=then(lambda: _actions(target)),
            last_ok=then(lambda: _last_ok(target, self._clock)),
        )


def _webhooks(target: Target, clock: Clock) -> WebhookFacts:
    found = deliveries(target, clock, limit=_DELIVERIES)
    reviewed = cycles(target)
    return WebhookFacts(
        deliveries=tuple(reversed(found.rows)),
        older=found.older is not None,
        cycles=reviewed.rows,
        problems=tuple(dict.fromkeys((*found.problems, *reviewed.problems))),
    )


def _last_ok(target: Target, clock: Clock) -> Mapping[str, datetime]:
    """Source: `health.json` in the state folder, which the Health tab keeps."""
    history = load_history(target.state.health, Moment(clock.now(), clock.monotonic()))
    pasts = history.earlier.items()
    return {probe: past.last_ok.at for probe, past in pasts if past.last_ok is not None}


def _actions(target: Target) -> tuple[ActionSpan, ...]:
    """Source: the console's own records of actions, told by their ids; the newest of those."""
    try:
        names = sorted((path.name for path in target.state.actions.iterdir()), reverse=True)
    except OSError:
        return ()
    noisy = [name for name in names if any(f"-{action}-" in name for action in NOISY)]
    spans: list[ActionSpan] = []
    for name in noisy[:_RECORDS]:
        # One that can't be read can't excuse anything either.
        with suppress(ConsoleError):
            record = load(target, name)
            spans.append(ActionSpan(record.action, record.started, record.ended))
    return tuple(spans)
