"""From facts to findings: every rule looks, what follows from another folds under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from orket_console.base.refs import DeliveryRef, LogRef, ProbeRef
from orket_console.base.state import State, worst
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import (
    RED,
    Confidence,
    Evidence,
    FailureClass,
    Finding,
    Step,
)
from orket_console.incidents.diagnosis.looked import blind, looked_at, unread
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import RULES
from orket_console.incidents.diagnosis.rules.run_causes import cause_of
from orket_console.incidents.diagnosis.signature import signature_of

UNEXPLAINED: Final = "unexplained"
_RANK: Final = (State.FAILING, State.DEGRADED, State.UNKNOWN, State.INFO, State.OK)
_FAMILY: Final = {
    "api": FailureClass.API,
    "api-key": FailureClass.API,
    "webhook": FailureClass.WEBHOOK,
    "webhook-db": FailureClass.WEBHOOK,
    "gitea": FailureClass.WEBHOOK,
    "runtime-db": FailureClass.SCHEMA,
    "traces": FailureClass.RUN,
    "log-default": FailureClass.RUN,
    "log-others": FailureClass.RUN,
}


@dataclass(frozen=True, slots=True)
class SessionCause:
    """The rule that tells why a run did not go well, by its session."""

    session: str
    rule: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings, most urgent first; those that follow from another come right behind it.

    `looked` says what was looked at, a line each, `unread` what could not be or was not.
    `sessions` are the runs that did not go well. `blind` are the databases and logs among
    `unread` that are there and could not be read: what they would tell is not known.
    """

    findings: tuple[Finding, ...]
    looked: tuple[str, ...]
    unread: tuple[str, ...]
    sessions: tuple[SessionCause, ...]
    blind: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The worst of the findings; ok for none that matters."""
        found = worst(one.state for one in self.findings if not one.follows)
        return State.OK if found is State.INFO else found

    @property
    def leading(self) -> tuple[Finding, ...]:
        """Those that follow from no other."""
        return tuple(one for one in self.findings if not one.follows)


def diagnose(facts: Facts, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """The same facts give the same diagnosis, whatever the time and the machine."""
    safe = facts.redactor.redact
    found = [_finding(rule, case, safe) for rule in rules for case in rule.look(facts)]
    by_rule = {rule.id: rule for rule in rules}
    found = [_folded(one, found, by_rule[one.rule]) for one in found]
    found += _unexplained(facts, found, by_rule)
    causes = [SessionCause(one.run.session, cause_of(one)) for one in facts.runs.runs]
    return Diagnosis(
        findings=tuple(_ordered(found, [rule.id for rule in rules])),
        looked=tuple(map(safe, looked_at(facts))),
        unread=tuple(map(safe, unread(facts))),
        sessions=tuple(cause for cause in causes if cause.rule),
        blind=tuple(map(safe, blind(facts))),
    )


def _finding(rule: Rule, case: Case, safe: Callable[[str], str]) -> Finding:
    """What the rule found, with no secret in any of its texts, nor in what is signed."""
    evidence = [Evidence(safe(each.what), each.ref) for each in case.evidence]
    essence = tuple(map(safe, case.essence))
    return Finding(
        rule=rule.id,
        title=rule.title,
        failure=rule.failure,
        state=case.state,
        conclusion=safe(case.conclusion),
        confidence=case.confidence,
        since=case.since,
        last=case.last,
        count=case.count,
        evidence=tuple(dict.fromkeys(evidence)),
        next=tuple(Step(safe(step.text), step.ref) for step in case.next),
        wrong_if=case.wrong_if or rule.wrong_if,
        runbook=rule.failure.runbook,
        subjects=case.subjects,
        essence=essence,
        signature=signature_of(rule.failure, rule.id, essence),
        late=case.late,
    )


def _folded(one: Finding, found: Sequence[Finding], rule: Rule) -> Finding:
    """With the rule that explains it, where that was found, too."""
    for name in rule.under:
        for other in found:
            if other.rule != name or (rule.shares and not set(other.subjects) & set(one.subjects)):
                continue
            if other.state in RED:
                return replace(one, follows=name)
    return one


def _unexplained(facts: Facts, found: Sequence[Finding], rules: dict[str, Rule]) -> list[Finding]:
    """A finding for each red probe that no finding accounts for: nothing red is lost."""
    told = {probe for one in found for probe in (*rules[one.rule].probes, *_logs_of(one, facts))}
    return [
        _of_reading(reading)
        for reading in facts.readings
        if reading.state in RED and not reading.follows and reading.probe not in told
    ]


def _logs_of(one: Finding, facts: Facts) -> set[str]:
    """The probes of the logs that a finding shows lines of: it accounts for their errors."""
    refs = [each.ref for each in one.evidence]
    lines = [ref.line if isinstance(ref, DeliveryRef) else ref for ref in refs]
    paths = {line.path for line in lines if isinstance(line, LogRef)}
    return {log.probe for log in facts.log.logs if log.path in paths}


def _of_reading(reading: Reading) -> Finding:
    failure = _FAMILY.get(reading.probe, FailureClass.HOST)
    title = reading.title.partition(" :")[0]
    essence = (reading.probe, reading.word)
    return Finding(
        rule=UNEXPLAINED,
        title="A probe is red, and no rule knows why",
        failure=failure,
        state=reading.state,
        conclusion=f"The probe {title} says “{reading.word}”, and no rule knows the cause.",
        confidence=Confidence.POSSIBLE,
        since=None,
        last=None,
        count=1,
        evidence=(Evidence(f"probe {title}: {reading.word}", ProbeRef(reading.probe)),
                  *(Evidence(str(ref), ref) for ref in reading.evidence[:2])),
        next=(Step(reading.remedy),) if reading.remedy else (),
        wrong_if="the next rounds are well again",
        runbook=failure.runbook,
        subjects=(reading.probe,),
        essence=essence,
        signature=signature_of(failure, UNEXPLAINED, essence),
        late=reading.word == "timeout",
    )  # fmt: skip


def _ordered(found: list[Finding], rules: list[str]) -> list[Finding]:
    """By state, then class, then rule; those that follow from one right behind it."""
    classes = list(FailureClass)
    order = {name: at for at, name in enumerate(rules)}

    def rank(one: Finding) -> tuple[int, int, int, str]:
        at = order.get(one.rule, len(rules))
        return _RANK.index(one.state), classes.index(one.failure), at, one.signature

    leading = sorted((one for one in found if not one.follows), key=rank)
    following = sorted((one for one in found if one.follows), key=rank)
    placed: list[Finding] = []

    def place(one: Finding) -> None:
        placed.append(one)
        for other in following:
            if other.follows == one.rule and other not in placed:
                place(other)

    for one in leading:
        place(one)
    return placed + [one for one in following if one not in placed]
