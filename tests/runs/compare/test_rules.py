"""What is taken out of two texts before they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.runs.compare.rules import NAMES, Names, check_rules, plain_by

IDS = Names("34a2b001", "build-incident_02", {"ISS-02-0": 1, "ISS-02-01": 2})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("run 34A2B001 of incident_02", "run ‹session› of ‹build›"),
        ("iss-02-0 and ISS-02-01", "‹issue 1› and ‹issue 2›"),
        ("xISS-02-0", "xISS-02-0"),
        ("at 2026-11-23T05:17:37.448+00:00, 05:17:37", "at ‹time›, ‹time›"),
        ("took 93.5 ms, 12 seconds, 5 items", "took ‹took› ms, ‹took› seconds, 5 items"),
        ("e1712b46eb143959 and decade and 12345678", "‹hash› and decade and 12345678"),
        ("b7e1d1c4-9a51-4a54-9b0e-6a6f5f1f2b3c", "‹hash›"),
        ("/srv/orket/workspace/a.txt", "‹folder›/a.txt"),
        ("agent_output/a.txt and http://x/y/z", "agent_output/a.txt and http://x/y/z"),
    ],
)
def test_each_rule_takes_out_what_it_names(text: str, plain: str) -> None:
    assert plain_by(IDS)(text) == plain


@pytest.mark.parametrize("name", [name for name in NAMES if name != "order"])
def test_a_rule_can_be_switched_off(name: str) -> None:
    text = "ISS-02-0 2026-11-23T05:17:37 12 ms e1712b46eb143959 /srv/orket/x"
    assert plain_by(IDS, NAMES)(text) == text
    assert plain_by(IDS, [name])(text) != plain_by(IDS)(text)


def test_a_rule_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConsoleError, match="times") as refusal:
        check_rules(["clocks"])
    assert refusal.value.exit_code is ExitCode.USAGE


@given(st.text())
def test_any_text_can_be_made_plain_and_stays_so(text: str) -> None:
    plain = plain_by(IDS)
    assert plain(plain(text)) == plain(text)
