"""What closes a step: machine evidence, looked for in what there is now.

A want is written into the step's key as `kind:subject`, so that a pass that was begun by one
console, or one operator, goes on in another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from orket_console.actions.records import Conditions, Record
from orket_console.actions.standing import stale
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import ProbeRef, Ref, SessionRef, TurnRef
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.document import ref_document
from orket_console.incidents.diagnosis.finding import RED, SETTLED, FailureClass, Finding
from orket_console.incidents.diagnosis.rules import rule_named
from orket_console.incidents.ledger.model import Mark
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.marks import is_later
from orket_console.runs.key import parse_key
from orket_console.runs.ledger import Ledger
from orket_console.runs.model import Run
from orket_console.runs.replay import replay_turn
from orket_console.runs.sessions import RunList
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.filters import Filter
from orket_console.webhooks.model import Outcome
from orket_console.webhooks.queries.ask import ask_query, find_query

_MOST: Final = 10
_RUNS: Final = 100
_DELIVERIES: Final = 50
_PAGES: Final = 4
_TAKEN: Final = Filter(outcomes=frozenset({Outcome.ACCEPTED, Outcome.COUNTED, Outcome.IGNORED}))
"""What became of deliveries whose signature and payload were accepted."""
_SHOWN_IN: Final[Mapping[FailureClass, tuple[str, ...]]] = {
    FailureClass.RUN: ("orket_persistence.db",),
    FailureClass.WEBHOOK: ("webhook.db", "root/orket.log"),
}
"""Where failures of a class show, by the names that a diagnosis has for what it could not read."""
_OUR_OWN: Final = "orket-console/"
"""The repository that test deliveries are from."""
Proof = tuple[Mapping[str, Any], ...]
"""What closes a step, a document each; empty for nothing yet."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there to go by: a look, what ran, and since when it counts.

    `conditions` are those of the installation now; `signatures` all that count as the
    incident's own. `mark` is what there was when it began to count, None where that was not
    marked.
    """

    target: Target
    clock: Clock
    looked: Looked
    records: tuple[Record, ...]
    conditions: Conditions
    since: datetime
    signatures: frozenset[str]
    mark: Mark | None = None

    def reading(self, probe: str) -> Reading | None:
        """Of this look, if it came after the pass began."""
        if self.is_before:
            return None
        return next((one for one in self.looked.done.readings if one.probe == probe), None)

    def findings(self) -> list[Finding]:
        """Those of the incident, with whatever evidence there is."""
        found = self.looked.diagnosis.findings
        return [one for one in found if one.signature in self.signatures]

    def present(self) -> list[Finding]:
        """Those of them that are there still."""
        since = (self.since, self.mark)
        return [one for one in self.findings() if is_there(one, self.looked, *since)]

    def unseen(self) -> str:
        """What can't be read in which the failure would show; empty where all can."""
        kinds = {kind for kind in _SHOWN_IN for name in self.signatures if f":{kind}:" in name}
        names = tuple(f"{name}: " for kind in kinds for name in _SHOWN_IN[kind])
        return next((one for one in self.looked.diagnosis.blind if one.startswith(names)), "")

    @property
    def is_before(self) -> bool:
        """Whether the look is from before the pass: the clock was set back, or it took long."""
        return self.looked.done.at < self.since

    def last_run(self, action: str) -> Record | None:
        """The newest that was started after the pass began."""
        ran = (one for one in self.records if one.action == action and one.started >= self.since)
        return max(ran, key=lambda one: one.started, default=None)


def is_there(finding: Finding, looked: Looked, since: datetime, mark: Mark | None = None) -> bool:
    """Whether a failure that a look found is one of after `since`, when `mark` was made.

    What a log told before stays in the log for ever, and says nothing of now; but a probe that
    is red for that reason does. A run that failed and went well later is settled.
    """
    if finding.state in SETTLED:
        return False
    return finding.last is None or is_red_by(finding, looked) or is_later(finding, since, mark)


def is_red_by(finding: Finding, looked: Looked) -> bool:
    """Whether a probe is red now whose reds the finding accounts for.

    Never for one about runs: its rows stay as they are, and keep their probe red for ever.
    """
    if finding.failure is FailureClass.RUN:
        return False
    rule = rule_named(finding.rule)
    readings = {one.probe: one.state for one in looked.done.readings}
    return rule is not None and any(readings.get(probe) in RED for probe in rule.probes)


def proof(scene: Scene, key: str) -> Proof:
    """What closes a step of that key now."""
    kind, _, subject = key.partition(":")
    return _KINDS[kind](scene, subject)


def document(what: str, at: datetime, ref: Ref | None = None) -> dict[str, Any]:
    """One piece of evidence: in words, when, and where it can be opened."""
    lead = ref_document(ref) if ref is not None else {}
    return {"what": what, "at": at.isoformat(), **lead}


def _seen(scene: Scene, probe: str) -> Proof:
    """Looked at, whatever it said."""
    reading = scene.reading(probe)
    return () if reading is None else (_of_reading(scene, reading),)


def _green(scene: Scene, probe: str) -> Proof:
    reading = scene.reading(probe)
    if reading is None or reading.state is not State.OK:
        return ()
    return (_of_reading(scene, reading),)


def _of_reading(scene: Scene, reading: Reading) -> Mapping[str, Any]:
    said = f"probe {reading.title}: {reading.word}{f', {reading.seen}' if reading.seen else ''}"
    return document(said, scene.looked.done.at, ProbeRef(reading.probe))


def _cause(scene: Scene, _subject: str) -> Proof:
    return cause_in(scene.findings(), scene.looked.done.at)


def cause_in(findings: Sequence[Finding], at: datetime) -> Proof:
    """Evidence of a failure that lies in a log, a table or a turn, and can be opened."""
    found = [
        document(each.what, at, each.ref)
        for finding in findings
        for each in finding.evidence
        if not isinstance(each.ref, ProbeRef)
    ]
    return tuple(found[:_MOST])


def _gone(scene: Scene, _subject: str) -> Proof:
    if scene.is_before or scene.present() or scene.unseen():
        return ()
    said = "the failure is not found any more"
    if last := max((one.last for one in scene.findings() if one.last), default=None):
        said = f"not found again since the pass began: the last was {last:%Y-%m-%d %H:%M:%S} UTC"
    return (document(said, scene.looked.done.at),)


def _passed(scene: Scene, action: str) -> Proof:
    run = scene.last_run(action)
    return () if run is None or run.verdict is not Verdict.PASSED else (_of_run(run),)


def _holds(scene: Scene, action: str) -> Proof:
    """A gate that passed, and whose verdict holds for the installation as it is now."""
    run = scene.last_run(action)
    if run is None or run.verdict is not Verdict.PASSED or stale(run, scene.conditions):
        return ()
    return (_of_run(run),)


def _of_run(run: Record) -> Mapping[str, Any]:
    said = f"{run.title} {run.word}{f': {run.evidence}' if run.evidence else ''}"
    return {**document(said, run.ended or run.started), "kind": "run", "record": run.id}


def _replayed(scene: Scene, key: str) -> Proof:
    """A turn whose artifacts could be replayed."""
    try:
        ref = parse_key(key)
        replayed = replay_turn(scene.target, ref)
    except ConsoleError:
        return ()
    said = f"turn {replayed.ref} replayed from {replayed.path}"
    turn = TurnRef(ref.session, ref.issue, ref.index, ref.role)
    return (document(said, scene.clock.now(), turn),)


def _ran_well(scene: Scene, session: str) -> Proof:
    """A run of that one's epic that was begun in the pass, and ended well."""
    failed = Ledger(scene.target.runtime_db).runs([session]).get(session)
    if failed is None or not failed.name:
        return ()
    for run in _runs(scene, lambda one: one.name == failed.name and _began_in(scene, one)):
        if run.state is State.OK and run.ended is not None:
            said = f"run {run.session} of {run.name} ended well"
            return (document(said, run.ended, SessionRef(run.session)),)
    return ()


def _began_in(scene: Scene, run: Run) -> bool:
    return run.started is not None and run.started >= scene.since


def _quiet(scene: Scene, session: str) -> Proof:
    """A run that says running, and that no process works on: its rows stay so for ever."""
    for run in _runs(scene, lambda one: one.session == session):
        if not run.active:
            said = f"run {session}: {run.seen or run.status}"
            return (document(said, scene.looked.done.at, SessionRef(session)),)
    return ()


def _runs(scene: Scene, wanted: Callable[[Run], bool]) -> list[Run]:
    """Some of the newest there are, looked at."""
    listed = RunList(scene.target, scene.clock)
    names = {run.session for run in listed.page(_RUNS).runs if wanted(run)}
    return [run for run in listed.look(names).runs if run.session in names and run.looked]


def _delivered(scene: Scene, _subject: str) -> Proof:
    """A delivery of somebody else's that was accepted in the pass."""
    found = search(scene.target, scene.clock, wanted=_TAKEN, limit=_DELIVERIES, pages=_PAGES)
    for one in found.rows:
        # A push has no pull request, and is what the console sends.
        other = one.pr_key and not one.pr_key.startswith(_OUR_OWN)
        if other and one.at is not None and one.at >= scene.since:
            return (document(f"{one.event} of {one.pr_key} {one.label}", one.at, one.refs[0]),)
    return ()


def _empty(scene: Scene, query: str) -> Proof:
    """A canned query without a row."""
    try:
        answer = ask_query(scene.target, scene.clock, find_query(scene.target, query), {})
    except ConsoleError:
        return ()
    if answer.rows or answer.cut or answer.problems:
        return ()
    return (document(f"query {query}: no row in {answer.source}", answer.at),)


_KINDS: Final[Mapping[str, Callable[[Scene, str], Proof]]] = {
    "seen": _seen,
    "probe": _green,
    "cause": _cause,
    "gone": _gone,
    "action": _passed,
    "gate": _holds,
    "turn": _replayed,
    "query": _empty,
    "ran": _ran_well,
    "quiet": _quiet,
    "delivered": _delivered,
}
