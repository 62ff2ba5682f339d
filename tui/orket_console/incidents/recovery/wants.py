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
from orket_console.base.refs import ProbeRef, Ref, TurnRef
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.document import ref_document
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.diagnosis.rules import rule_named
from orket_console.incidents.diagnosis.words import RED
from orket_console.incidents.looking import Looked
from orket_console.runs.key import parse_key
from orket_console.runs.replay import replay_turn
from orket_console.target.target import Target
from orket_console.webhooks.queries.ask import ask_query, find_query

Proof = tuple[Mapping[str, Any], ...]
"""What closes a step, a document each; empty for nothing yet."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there to go by: a look, what ran, and since when it counts.

    `conditions` are those of the installation now; `signatures` all that count as the
    incident's own.
    """

    target: Target
    clock: Clock
    looked: Looked
    records: tuple[Record, ...]
    conditions: Conditions
    since: datetime
    signatures: frozenset[str]

    def reading(self, probe: str) -> Reading | None:
        """Of this look, if it came after the pass began."""
        if self.looked.done.at < self.since:
            return None
        return next((one for one in self.looked.done.readings if one.probe == probe), None)

    def findings(self) -> list[Finding]:
        """Those of the incident, with whatever evidence there is."""
        found = self.looked.diagnosis.findings
        return [one for one in found if one.signature in self.signatures]

    def present(self) -> list[Finding]:
        """Those of them that are there still.

        What a log told before the pass began stays in the log for ever, and says nothing of
        now; but a probe that is red for that reason does.
        """
        return [
            one
            for one in self.findings()
            if one.last is None or one.last >= self.since or is_red_by(one, self.looked)
        ]

    def last_run(self, action: str) -> Record | None:
        """The newest that was started after the pass began."""
        ran = (one for one in self.records if one.action == action and one.started >= self.since)
        return max(ran, key=lambda one: one.started, default=None)


def is_red_by(finding: Finding, looked: Looked) -> bool:
    """Whether a probe is red now whose reds the finding accounts for."""
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


_MOST: Final = 10


def _gone(scene: Scene, _subject: str) -> Proof:
    if scene.looked.done.at < scene.since or scene.present():
        return ()
    return (document("the failure is not found any more", scene.looked.done.at),)


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
}
