"""What the runbook has no section for: the host that Orket runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from orket_console.base.refs import LogFilterRef, SessionRef, TableRef
from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Facts, LogSeen
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import seen

_NO_SPACE: Final = re.compile(
    r"no space left on device|errno 28\b|disk is full|disk quota exceeded", re.IGNORECASE
)
_SLACK: Final = timedelta(minutes=2)
"""The new version writes its log from a queue, which lags and may lose the last lines."""


def _disk_full(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("disk")
    said = [moment for moment in facts.log.moments if _NO_SPACE.search(moment.words)]
    full = reading is not None and reading.word == "full"
    if not full and not said:
        return
    what = "is full" if full else "was full"
    last = seen.latest(moment.last_at for moment in said)
    # What the logs say is over where the probe finds room again, and runs go well.
    over = State.INFO if seen.ran_well_since(facts, last) else State.DEGRADED
    yield Case(
        f"The disk {what}: Orket loses log lines, and its databases can't be written.",
        (*((seen.reading(reading),) if reading else ()), *seen.lines(said)),
        (
            Step("make room: old logs and traces under workspace/, .smoke/, backups"),
            Step("then look for what was torn meanwhile: PRAGMA integrity_check of both databases"),
        ),
        state=State.FAILING if full else over,
        confidence=Confidence.CERTAIN if full else Confidence.LIKELY,
        since=seen.earliest(moment.first_at for moment in said),
        last=last,
        count=sum(moment.count for moment in said) or 1,
        subjects=("disk",),
        essence=("full",),
    )


def _disk_low(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("disk")
    if reading is not None and reading.word == "low":
        yield Case(
            "The disk is nearly full.",
            (seen.reading(reading),),
            (Step("make room before it is full: old logs and traces under workspace/"),),
            state=State.DEGRADED,
            subjects=("disk",),
            essence=("low",),
        )


def _log_silent(facts: Facts) -> Iterator[Case]:
    log = facts.log.log("workspace/default/orket.log")
    if log is None:
        return
    newest = _newest_run(facts)
    if log.missing:
        if newest is not None:
            yield _silent(facts, log, "is not there, though runs are in the ledger", newest)
    elif log.problem and not log.lines:
        yield _silent(facts, log, f"can't be read: {log.problem}", newest)
    elif log.last_at is not None and newest is not None and newest.at - log.last_at > _SLACK:
        yield _silent(facts, log, "ends before the newest runs of the ledger", newest)


class _Newest:
    """The newest run that the ledger dates, and when that was."""

    def __init__(self, facts: Facts) -> None:
        dated = [
            (at, one.run.session)
            for one in facts.runs.runs
            if "ledger" in " ".join(one.run.sources)
            for at in (one.run.ended, one.run.started)
            if at is not None
        ]
        self.at, self.session = max(dated)


def _newest_run(facts: Facts) -> _Newest | None:
    try:
        return _Newest(facts)
    except ValueError:
        return None


def _silent(facts: Facts, log: LogSeen, what: str, newest: _Newest | None) -> Case:
    last = log.last_at
    return Case(
        f"Runs leave no lines in {log.name}: it {what}.",
        (
            Evidence(f"{log.name}: {what}", LogFilterRef(f"source:{log.name}")),
            *((Evidence("the newest run", SessionRef(newest.session)),
               Evidence("run_ledger", TableRef("orket_persistence.db", "run_ledger")))
              if newest else ()),
        ),
        (
            Step("look at the log's path, its owner and mode, and the room on its disk"),
            Step("go by the traces and the ledger meanwhile: they tell what the log does not"),
        ),
        state=State.DEGRADED,
        confidence=Confidence.LIKELY,
        since=last,
        subjects=("log-default",),
        essence=("run log", what),
    )  # fmt: skip


def _log_damaged(facts: Facts) -> Iterator[Case]:
    for log in facts.log.logs:
        if not log.malformed:
            continue
        name = log.probe
        # Of late it is whole: what is damaged lies further back.
        over = facts.word(name) == "ok"
        yield Case(
            f"{log.name} holds lines that are no records{', none of late' if over else ''}.",
            (seen.probe(name, f"{seen.plural(log.malformed, 'line')} of {log.lines}"),),
            (Step("something else writes into this log, or it was damaged: open them in the log"),),
            state=State.INFO if over else State.DEGRADED,
            count=log.malformed,
            subjects=(name,),
            essence=("malformed", name),
        )


ENVIRONMENT_RULES: Final = (
    Rule(
        "disk-full",
        "The disk is full",
        FailureClass.HOST,
        "room on the disks of the root, the databases and the state folder, and “no space left”",
        "df shows room on the disk of workspace/ and of the databases",
        _disk_full,
        probes=("disk",),
    ),
    Rule(
        "disk-low",
        "The disk is nearly full",
        FailureClass.HOST,
        "room on the disks of the root, the databases and the state folder",
        "what is left lasts: nothing grows",
        _disk_low,
        probes=("disk",),
    ),
    Rule(
        "log-not-written",
        "Runs leave no lines in the log",
        FailureClass.HOST,
        "the run log's newest record against the ledger's newest run",
        "the runs log elsewhere: ORKET_WORKSPACE, or another workspace",
        _log_silent,
        under=("disk-full",),
        probes=("log-default",),
    ),
    Rule(
        "log-damaged",
        "A log holds what is no record",
        FailureClass.HOST,
        "lines of the run log and the server log that are no JSON objects",
        "those lines are a program's that is meant to write there",
        _log_damaged,
        under=("disk-full",),
        probes=("log-root", "log-default"),
    ),
)
