"""What is concluded of runs that failed for one cause, in a sentence each."""

from __future__ import annotations

from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import Moment, RunSeen
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.run_case import names


def unreachable(runs: list[RunSeen], moments: list[Moment]) -> str:
    said = f" (“{moments[-1].words}”)" if moments and moments[-1].words else ""
    return (
        f"The model can't be reached{said}: {seen.plural(len(runs), 'run')} failed, {names(runs)}."
    )


def timed_out(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The model did not answer in time: {seen.plural(len(runs), 'run')} failed, {names(runs)}."
    )


def nowhere(runs: list[RunSeen], moments: list[Moment]) -> str:
    reasons = {part for moment in moments for part in moment.words.split(", ") if part}
    unmet = sorted(part.removesuffix("_contract_not_met").replace("_", " ") for part in reasons)
    contracts = f" ({seen.listed(unmet, 4)})" if unmet else ""
    return (
        f"The model does not do what its turns must, also when reprompted{contracts}: "
        f"{seen.plural(len(runs), 'run')} got nowhere, {names(runs)}."
    )


def garbled(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The model writes tool calls that can't be parsed: {seen.plural(len(runs), 'run')} got "
        f"nowhere, {names(runs)}."
    )


def governed(runs: list[RunSeen], moments: list[Moment]) -> str:
    times = sum(moment.count for moment in moments if moment.event == "tool_call_blocked")
    said = next((moment.words for moment in moments if moment.words), runs[0].run.failure_reason)
    often = f" {times} times" if times > 1 else ""
    return f"Governance refused what the model asked for{often}: {shorten(said, 140)}."


def rejected(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The guard rejected the work: {seen.plural(len(runs), 'run')} ended blocked, "
        f"{names(runs)}."
    )


def payload(runs: list[RunSeen], moments: list[Moment]) -> str:
    reason = next((moment.kind for moment in moments if moment.kind), "not as the contract has it")
    return f"The guard's rejection could not be used: its payload is invalid ({reason})."


def verified(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The runtime verifier refused what was written: {seen.plural(len(runs), 'run')} failed, "
        f"{names(runs)}."
    )


def unexplained(runs: list[RunSeen], moments: list[Moment]) -> str:
    reasons = sorted({one.run.failure_reason for one in runs if one.run.failure_reason})
    said = f": {shorten(reasons[0], 140)}" if reasons else ""
    return f"{seen.plural(len(runs), 'run')} failed for a reason that no rule knows{said}."
