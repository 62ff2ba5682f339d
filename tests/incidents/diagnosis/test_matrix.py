"""Every cause is found where it is, and not where something only looks like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from tests.incidents.diagnosis.cases import CASES, Case
from tests.incidents.diagnosis.site import Site

from orket_console.actions.catalogue import CATALOGUE
from orket_console.base.refs import ActionRef
from orket_console.base.state import State
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.rules import RULES

Diagnosed = Callable[[Site], Diagnosis]
ACTIONS = {action.name for action in CATALOGUE}
COUNTS: Counter[tuple[str, str]] = Counter()
"""How often a case of a cause was true or false, positive or negative."""


@pytest.fixture(scope="module", autouse=True)
def matrix(request: pytest.FixtureRequest) -> object:
    """Prints what came of all cases, once they ran."""
    COUNTS.clear()
    yield
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{'':28}{'found':>14}{'not found':>12}")
        for cause in dict.fromkeys(case.cause for case in CASES):
            told = [COUNTS[cause, kind] for kind in ("hit", "miss", "false alarm", "quiet")]
            print(f"{cause:28}has it{told[0]:>8}{told[1]:>12}")
            print(f"{'':28}looks like{told[2]:>4}{told[3]:>12}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}: {case.what}")
def test_a_cause_is_found_where_it_is(case: Case, site: Site, diagnosed: Diagnosed) -> None:
    case.build(site)
    diagnosis = diagnosed(site)
    found = case.cause in {one.rule for one in diagnosis.findings}
    kind = ("hit" if found else "miss") if case.has else ("false alarm" if found else "quiet")
    COUNTS[case.cause, kind] += 1
    told = [f"{one.state} {one.rule}: {one.conclusion}" for one in diagnosis.findings]
    assert found is case.has, told
    for one in diagnosis.findings:
        assert one.evidence and one.next, one.rule
        assert one.conclusion.endswith("."), one.conclusion
        actions = {step.ref.name for step in one.next if isinstance(step.ref, ActionRef)}
        assert actions <= ACTIONS, one.rule


def test_each_rule_has_a_case_and_one_that_only_looks_like_it() -> None:
    assert {case.cause for case in CASES} == {rule.id for rule in RULES}
    for cause in {case.cause for case in CASES}:
        assert {case.has for case in CASES if case.cause == cause} == {True, False}, cause


def test_an_installation_that_is_well_has_no_finding(site: Site, diagnosed: Diagnosed) -> None:
    diagnosis = diagnosed(site)
    assert [one.conclusion for one in diagnosis.findings] == []
    assert diagnosis.state is State.OK
    assert "workspace/default/orket.log: 1 line in 140 B" in diagnosis.looked
