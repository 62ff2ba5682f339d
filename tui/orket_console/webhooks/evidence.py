"""The detail of one row as lines of text: what it is, why, and where it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from orket_console.base.decoding import decode_json
from orket_console.base.refs import LogRef, Ref, SessionRef, TableRef
from orket_console.base.text import clean, clean_json
from orket_console.target.layout import Layout
from orket_console.webhooks.gaps import missing_between
from orket_console.webhooks.model import Cycle, Delivery, Gap, ReviewFailure

Moment = Callable[[datetime], str]
"""How a time is shown."""


def delivery_lines(delivery: Delivery, layout: Layout, moment: Moment) -> list[str]:
    """What is known of a delivery, its payload aside."""
    named = [delivery.event or "event not recorded", delivery.pr_key or "no pull request"]
    lines = [" · ".join([*named, delivery.label, _time(delivery.at, moment)])]
    lines.append(f"  {delivery.why}")
    if delivery.mark:
        before = "came before" if delivery.is_duplicate else "ended in an error"
        when = f"the same of {_time(delivery.repeats, moment)} {before}"
        lines.append(
            f"  {delivery.mark}: {when if delivery.repeats else 'the server had it already'}"
        )
    if delivery.reason and delivery.reason not in delivery.why:
        lines += _indented(delivery.reason)
    lines += [f"  {note}" for note in delivery.notes]
    lines.append(f"  seen in {seen_in(delivery.refs, layout)}")
    return lines


def cycle_lines(cycle: Cycle, layout: Layout, moment: Moment) -> list[str]:
    """A cycle, its failures first to last, and where they were read."""
    state = f"STUCK: {cycle.why}" if cycle.stuck else cycle.why
    head = [cycle.pr_key, cycle.label, cycle.status, state]
    lines = [" · ".join(dict.fromkeys(part for part in head if part))]
    before: ReviewFailure | None = None
    for failure in cycle.failures:
        if before is not None and (lost := missing_between(before, failure)):
            lines.append(f"   –  gap: {lost} left no trace")
        before = failure
        number = "?" if failure.cycle is None else failure.cycle
        first, *more = failure.reason.splitlines() or ["no reason given"]
        lines.append(f"  {number:>2}  {_time(failure.at, moment)}  {failure.reviewer}  {first}")
        lines += _indented("\n".join(more), "      ") if more else []
    lines.append(f"  seen in {seen_in(cycle.refs, layout)}")
    return lines


def gap_lines(gap: Gap, layout: Layout, moment: Moment) -> list[str]:
    named = ["gap", *([gap.pr_key] if gap.pr_key else []), *([moment(gap.at)] if gap.at else [])]
    return [" · ".join(named), f"  {gap.why}", f"  seen in {seen_in(gap.refs, layout)}"]


def failure_lines(failure: ReviewFailure, layout: Layout, moment: Moment) -> list[str]:
    number = "?" if failure.cycle is None else failure.cycle
    head = [failure.pr_key, f"cycle {number}", failure.reviewer, _time(failure.at, moment)]
    reason = _indented(failure.reason or "no reason given")
    return [" · ".join(head), *reason, f"  seen in {seen_in((failure.ref,), layout)}"]


def payload_text(payload: str) -> str:
    """A payload as indented JSON; as it stands where it is none."""
    try:
        document = clean_json(decode_json(payload.encode("utf-8", "replace")))
    except ValueError:
        return payload
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode("utf-8")


def seen_in(refs: Iterable[Ref], layout: Layout) -> str:
    """`root/orket.log:31–44, webhook.db review_failures:1–5, run 34a2b001`."""
    places: dict[str, list[int]] = {}
    for ref in refs:
        match ref:
            case LogRef(path, offset, line):
                name = clean(layout.shown(Path(path)))
                key = f"{name}:" if line else f"{name}@"
                places.setdefault(key, []).append(line or offset)
            case TableRef(database, table, rows):
                places.setdefault(f"{database} {table}:", []).extend(rows)
            case SessionRef():
                places.setdefault(str(ref), [])
    return ", ".join(key + spans(numbers) for key, numbers in places.items())


def spans(numbers: Sequence[int]) -> str:
    """`1–3,7` for 1, 2, 3 and 7."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("–".join(map(str, part)) for part in parts)


def _indented(text: str, by: str = "  ") -> list[str]:
    return [by + line for line in text.splitlines()]


def _time(at: datetime | None, moment: Moment) -> str:
    return moment(at) if at is not None else "time not known"
