"""Evidence that was kept leads again to where it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.references import ref_of
from orket_console.base.refs import (
    ActionRef,
    DeliveryRef,
    IncidentRef,
    LogFilterRef,
    LogRef,
    OutputRef,
    ProbeRef,
    PullRef,
    Ref,
    SessionRef,
    TableRef,
    TurnRef,
)
from orket_console.incidents.diagnosis.document import ref_document

REFS: list[Ref] = [
    LogRef("/o/orket.log", 7, 1),
    LogRef("/o/orket.log", 7),
    LogFilterRef("level>=error"),
    SessionRef("34a2b001"),
    TurnRef("34a2b001", "ISS-1", 2, "coder"),
    TableRef("webhook.db", "pr_review_cycles", (1, 2)),
    PullRef("acme/shop#7"),
    DeliveryRef(LogRef("/o/orket.log", 9, 2)),
    ProbeRef("api"),
    ActionRef("restart-api"),
    OutputRef("20261123T050000-test-suite", "FAILED"),
    IncidentRef(3),
]


@pytest.mark.parametrize("ref", REFS, ids=lambda ref: type(ref).__name__)
def test_what_was_kept_as_a_document_is_had_back(ref: Ref) -> None:
    kept = json.loads(json.dumps({"what": "seen", "at": "now", **ref_document(ref)}))
    assert ref_of(kept) == ref


def test_a_run_leads_to_its_output() -> None:
    assert ref_of({"kind": "run", "record": "r1", "what": "passed"}) == OutputRef("r1")


@given(
    st.dictionaries(
        st.sampled_from(["kind", "path", "offset", "name", "session", "record", "rows", "line"]),
        st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers())),
    )
)
def test_what_leads_nowhere_is_told_as_that(document: dict[str, object]) -> None:
    found = ref_of(document)
    assert found is None or isinstance(found, Ref)


@pytest.mark.parametrize("kind", ["log", "table", "turn", "run", "incident", "nonsense", 7, None])
def test_a_document_without_its_parts_leads_nowhere(kind: object) -> None:
    assert ref_of({"kind": kind}) is None
