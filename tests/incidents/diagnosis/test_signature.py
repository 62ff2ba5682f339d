"""Signatures: stable over what changes from time to time, different for different failures."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.incidents.diagnosis.signature import normalise, signature_of

WORDS = st.sampled_from(
    ["connection", "refused", "Gitea", "no", "such", "table", "run_flows", "the", "model", "can't"]
)
NAME = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
CHANGING = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.datetimes().map(datetime.isoformat),
    st.times().map(time.isoformat),
    st.uuids().map(UUID.__str__),
    st.uuids().map(lambda one: one.hex[:8] + "0"),
    st.lists(NAME, min_size=2).map("/".join),
    st.lists(NAME, min_size=1).map(lambda parts: "/" + "/".join(parts)),
    st.integers(0, 999).map(lambda n: f"acme/shop#{n}"),
    st.integers(0, 99).map(lambda n: f"ISS-{n:02d}-1"),
    st.integers(0, 0xFFFF).map(lambda n: f"127.0.0.1:{n}"),
)  # fmt: skip


@given(st.text())
def test_normalising_never_fails_and_is_done_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == " ".join(once.split())
    assert not any(char.isdigit() for char in once)


@given(st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_a_signature_is_made_of_anything(text: str) -> None:
    assert signature_of("run-stalls", "no-progress", [text]).startswith(
        "v1:run-stalls:no-progress:"
    )


@given(st.lists(WORDS, min_size=1), st.data())
def test_what_changes_from_time_to_time_makes_no_difference(
    words: list[str], data: st.DataObject
) -> None:
    def told() -> str:
        return " ".join(f"{word} {data.draw(CHANGING)}" for word in words)

    assert normalise(told()) == normalise(told()) == normalise(" ".join(words))


@given(st.lists(WORDS), st.lists(WORDS))
def test_what_is_said_makes_one(first: list[str], second: list[str]) -> None:
    same = [word.casefold() for word in first] == [word.casefold() for word in second]
    made = [signature_of("run-stalls", "x", [" ".join(words)]) for words in (first, second)]
    assert (made[0] == made[1]) is same


@given(st.lists(st.text(), unique=True), st.randoms())
def test_the_order_of_the_evidence_makes_no_difference(texts: list[str], random: object) -> None:
    shuffled = [*texts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert signature_of("a", "b", texts) == signature_of("a", "b", shuffled)


def test_class_and_rule_make_one() -> None:
    made = {signature_of(kind, rule, ["x"]) for kind in ("a", "b") for rule in ("c", "d")}
    assert len(made) == 4


# These must never change: ledgers of past incidents hold them.
@pytest.mark.parametrize(
    ("essence", "signature"),
    [
        ([], "v1:run-stalls:model-unreachable:5b9c0894002f"),
        (
            ["turn_failed RuntimeError [Errno 104] Connection reset by peer (10.0.0.7:11434)"],
            "v1:run-stalls:model-unreachable:dce01d165aaf",
        ),
        (["b", "a", "/srv/orket/x.log"], "v1:run-stalls:model-unreachable:bffa86dc62ec"),
    ],
)
def test_version_1_stays_what_it_is(essence: list[str], signature: str) -> None:
    assert signature_of("run-stalls", "model-unreachable", essence) == signature


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("[Errno 104] Connection reset by peer", "errno connection reset by peer"),
        ("Model qwen2.5-coder:14b timed out after 3 attempts.", "model timed out after attempts"),
        ("/srv/orket/workspace/default/orket.log: no such file", "no such file"),
        ("session 34a2b001 of acme/shop#7 at 05:17:37.485+00:00", "session of at"),
        ("in_progress -> done: “Invalid transition”", "in_progress done invalid transition"),
        ("deadbeefcafe is a hash, cafe is none", "is a hash cafe is none"),
        ("connection refused by provi…", "connection refused by"),
    ],
)
def test_what_stays_and_what_goes(text: str, normal: str) -> None:
    assert normalise(text) == normal
