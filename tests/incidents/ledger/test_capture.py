"""What an incident is opened with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.incidents.findings import ANN, DOWN, RED, STALLED, START, looked_at

from orket_console.incidents.ledger.capture import opening_by_hand, opening_from, seen_in
from orket_console.target.target import Target

TAKEN = replace(DOWN, rule="api-port-taken", title="taken", signature="v1:api:taken:9")
FOLDED = replace(DOWN, follows=TAKEN.rule)


def test_what_follows_from_another_is_opened_and_counted_as_that(
    bare_root: Path, target_of: Callable[..., Target]
) -> None:
    target = target_of(bare_root)
    looked = looked_at(START, TAKEN, FOLDED, STALLED, readings=RED)
    context = (target, looked.done, looked.diagnosis, ANN)
    assert opening_from(FOLDED, *context).signature == TAKEN.signature
    assert opening_from(STALLED, *context).signature == STALLED.signature
    counted = [one.signature for one in seen_in(looked.diagnosis)]
    assert counted == [TAKEN.signature, STALLED.signature]


def test_what_was_seen_is_captured_whole(bare_root: Path, target_of: Callable[..., Target]) -> None:
    looked = looked_at(START, DOWN, readings=RED)
    target = target_of(bare_root)
    opened = opening_by_hand("slow", target, looked.done, looked.diagnosis, ANN)
    assert (opened.signature, opened.failure, opened.rule) == ("", "", "")
    captured = opened.captured
    assert set(captured) == {"at", "version", "conditions", "probes", "diagnosis"}
    assert [one["probe"] for one in captured["probes"]] == [one.probe for one in RED]
    (finding,) = captured["diagnosis"]["findings"]
    assert finding["signature"] == DOWN.signature
    assert finding["evidence"][1]["offset"] == 7
