"""What was looked at, and what was not: “no failure found” means only the former."""

from __future__ import annotations

from typing import Final

from orket_console.base.clock import size
from orket_console.base.sqlite import Fault
from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Facts, LogSeen
from orket_console.incidents.diagnosis.rules.seen import plural

_NAMED_ALREADY: Final = frozenset({"runtime-db", "webhook-db", "log-root", "log-default"})


def looked_at(facts: Facts) -> tuple[str, ...]:
    """A line for each source, with how much of it."""
    lines = [f"{len(facts.readings)} probes"]
    lines += [_log(log) for log in facts.log.logs if not log.problem or log.lines]
    webhooks = facts.webhooks
    lines.append(
        f"{plural(len(webhooks.deliveries), 'webhook delivery')}, "
        f"{plural(len(webhooks.cycles), 'review cycle')}"
    )
    opened = sum(one.run.failed for one in facts.runs.runs)
    runs = plural(len(facts.runs.runs), "run")
    lines.append(f"{runs}, {opened} of them not well and looked into")
    lines += [f"{one.name}: {one.tables} tables" for one in facts.databases if not one.fault]
    lines.append(".env against the environments of the servers that may be seen")
    return tuple(lines)


def _log(log: LogSeen) -> str:
    return f"{log.name}: {plural(log.lines, 'line')} in {size(log.size - log.unread)}"


def blind(facts: Facts) -> tuple[str, ...]:
    """What is there and could not be read at all, a line each: `<name>: <why>`."""
    logs = [f"{log.name}: {log.problem}" for log in facts.log.logs if _is_shut(log)]
    faulty = [one for one in facts.databases if one.fault not in (None, Fault.MISSING)]
    return (*logs, *(f"{one.name}: {one.fault}" for one in faulty))


def _is_shut(log: LogSeen) -> bool:
    return bool(log.problem) and not log.missing and not log.lines


def unread(facts: Facts) -> tuple[str, ...]:
    """What was not read or could not be, a line each."""
    lines = [
        f"{log.name}: the older {size(log.unread)} were not read (--whole-log reads them)"
        for log in facts.log.logs
        if log.unread
    ]
    lines += [f"{log.name}: {log.problem}" for log in facts.log.logs if log.problem]
    if facts.webhooks.older:
        lines.append("webhook deliveries older than the end of the server log")
    if facts.runs.more:
        lines.append(f"runs older than the newest {len(facts.runs.runs)}")
    lines += [f"{one.name}: {one.fault}" for one in facts.databases if one.fault]
    # What these say of a file that was named above is no news.
    named = [log.name for log in facts.log.logs if log.problem]
    named += [one.name for one in facts.databases if one.fault]
    told = (*facts.webhooks.problems, *facts.runs.problems)
    lines += [line for line in told if not any(name in line for name in named)]
    lines += [
        f"probe {reading.title}: {reading.word}"
        for reading in facts.readings
        if reading.state is State.UNKNOWN
        and reading.probe not in _NAMED_ALREADY
        and reading.word != "not in use"
    ]
    return tuple(dict.fromkeys(lines))
