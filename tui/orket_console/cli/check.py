"""`orket-console check`: every probe once, and the diagnosis.

Exit status by the worst finding: 0 only when all is well; 1 when something fails or is
degraded, 3 when what matters can't be told, 4 when what is wrong has merely timed out.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import click
import msgspec

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import one_line
from orket_console.cli.incident_lines import repeat_documents, repeat_lines
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.log_follow import reader_left
from orket_console.health.pace import pause
from orket_console.health.probes import CHOSEN, PROBES
from orket_console.health.reading import Reading, Round
from orket_console.health.verdict import summary
from orket_console.incidents.diagnosis import words
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.document import as_document, ref_document
from orket_console.incidents.diagnosis.rule import Rule
from orket_console.incidents.diagnosis.rules import RULES, rule_named
from orket_console.incidents.diagnosis.signature import explain
from orket_console.incidents.looking import Looker
from orket_console.incidents.operator import operator
from orket_console.incidents.recovery.returning import Repeat, look_quietly

_HELP = """Probe everything once, and say what is wrong, why, and what to do next.

Exit status by the worst finding: 0 all well, 1 something fails or is degraded, 3 what matters
can't be told, 4 what is wrong has timed out. With --explain by what that rule found.
"""


@dataclass(frozen=True, slots=True)
class _Check:
    """One look at everything; `notice` is what should be known of the ledger."""

    done: Round
    diagnosis: Diagnosis
    repeats: tuple[Repeat, ...]
    notice: str

    def exit_code(self, rule: Rule | None) -> ExitCode:
        """Of everything, or of what one rule found."""
        if rule is None:
            return words.exit_code(self.done.readings, self.diagnosis)
        return words.exit_code_of(rule, self.diagnosis)

    @property
    def told(self) -> object:
        """What is another where something changed that matters."""
        probes = [(one.probe, one.state, one.word) for one in self.done.readings]
        findings = [(one.state, one.conclusion, one.follows) for one in self.diagnosis.findings]
        return probes, findings, [(one.incident.id, one.clean.id) for one in self.repeats]


@click.command("check", help=_HELP)
@click.option("--explain", "rule_name", metavar="RULE", help="One rule, and what it found here.")
@click.option("--whole-log", is_flag=True, help="Read the logs from their beginnings on.")
@click.option(
    "--with",
    "chosen",
    multiple=True,
    type=click.Choice([probe.name for probe in CHOSEN]),
    help=f"Check this too: {'; '.join(f'{one.name} {one.costs}' for one in CHOSEN)}.",
)
@click.option("--watch", is_flag=True, help="Go on, and answer again when something changed.")
@target_command
def command(
    invocation: Invocation,
    rule_name: str | None,
    whole_log: bool,
    chosen: tuple[str, ...],
    watch: bool,
) -> ExitCode:
    rule = _rule(rule_name) if rule_name else None
    probes = (*PROBES, *(probe for probe in CHOSEN if probe.name in chosen))
    looker = Looker(invocation.target, invocation.clock, probes, whole_log=whole_log)
    check = _look(invocation, looker, "")
    _answer(invocation, check, rule)
    return _watch(invocation, looker, check, rule) if watch else check.exit_code(rule)


def _answer(invocation: Invocation, check: _Check, rule: Rule | None) -> None:
    if rule is None:
        invocation.answer("check", _data(check), _lines(check))
    else:
        lines = words.explained(rule, check.diagnosis)
        invocation.answer("check-explain", _explained(rule, check.diagnosis), lines)
    sys.stdout.flush()


def _watch(invocation: Invocation, looker: Looker, check: _Check, rule: Rule | None) -> ExitCode:
    """Look again and again, until interrupted or until nobody reads any more."""
    interval = invocation.target.settings.seconds("health.interval")
    while not reader_left():
        time.sleep(pause(interval, check.diagnosis.state, random.uniform))
        before, check = check, _look(invocation, looker, check.notice)
        if check.told != before.told:
            if not invocation.as_json:
                click.echo(f"\n{stamp(check.done.at)}")
            _answer(invocation, check, rule)
    return check.exit_code(rule)


def _rule(name: str) -> Rule:
    rule = rule_named(name)
    if rule is None:
        known = ", ".join(sorted(rule.id for rule in RULES))
        raise ConsoleError(
            f"no rule is named {one_line(name)}",
            where="--explain",
            remedy=f"one of {known}",
            exit_code=ExitCode.USAGE,
        )
    return rule


def _look(invocation: Invocation, looker: Looker, told: str) -> _Check:
    """A look; a notice that was `told` before is not told again."""
    looked = looker.look()
    found, notice = look_quietly(invocation.target, invocation.clock, looked, operator())
    if notice and notice != told:
        invocation.narrate(notice)
    return _Check(looked.done, looked.diagnosis, tuple(found), notice)


def _data(check: _Check) -> dict[str, object]:
    state, line = summary(check.done.readings)
    return {
        "state": state,
        "summary": line,
        "exit": check.exit_code(None),
        "seconds": round(check.done.seconds, 3),
        "readings": [_reading(reading) for reading in check.done.readings],
        "diagnosis": as_document(check.diagnosis),
        "repeats": repeat_documents(check.repeats),
        "ledger": check.notice,
    }


def _reading(reading: Reading) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(reading)
    return {**plain, "evidence": [ref_document(ref) for ref in reading.evidence]}


def _explained(rule: Rule, diagnosis: Diagnosis) -> dict[str, object]:
    found = [one for one in diagnosis.findings if one.rule == rule.id]
    return {
        "rule": rule.id,
        "title": rule.title,
        "class": rule.failure,
        "runbook": rule.failure.runbook,
        "wants": rule.wants,
        "wrong_if": rule.wrong_if,
        "under": list(rule.under),
        "found": [
            {"conclusion": one.conclusion, **msgspec.to_builtins(explain(one))} for one in found
        ],
    }


def _lines(check: _Check) -> Iterator[str]:
    readings = check.done.readings
    titles = max((len(reading.title) for reading in readings), default=0)
    longest = max((len(reading.word) for reading in readings), default=0)
    for reading in readings:
        ms = f"  {reading.ms:g} ms" if reading.ms is not None else ""
        seen = one_line(reading.seen)
        line = f"{GLYPHS[reading.state]} {reading.title:<{titles}}  {reading.word:<{longest}}"
        yield f"{line}  {seen}{ms}".rstrip()
    yield ""
    yield summary(readings)[1]
    for reading in readings:
        if reading.remedy and reading.state is State.UNKNOWN:
            yield f"  {reading.title}: {reading.remedy}"
    yield ""
    yield from _diagnosis(check.diagnosis)
    yield from repeat_lines(check.repeats)


def _diagnosis(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"Diagnosis: {words.headline(diagnosis)}"
    for one in diagnosis.findings:
        indent = f"  {words.FOLDED} " if one.follows else ""
        yield f"{indent}{words.glyph(one)} {one.rule}: {one.conclusion}"
        for label, text in words.told(one):
            yield f"{' ' * len(indent)}    {label:<9}  {one_line(text)}"
    yield "looked at"
    yield from (f"  {line}" for line in diagnosis.looked)
    if diagnosis.unread:
        yield "not read"
        yield from (f"  {one_line(line)}" for line in diagnosis.unread)
