"""Which statuses an issue may take."""

from __future__ import annotations

import pytest

from orket_console.runs.preflight.transitions import allowed


def test_what_the_runbooks_failure_asked_for_is_not_allowed_in_either_version() -> None:
    assert "done" not in (allowed("old", "in_progress") or ())
    assert "done" not in (allowed("new", "in_progress") or ())


@pytest.mark.parametrize(
    ("status", "more"), [("ready", {"blocked"}), ("code_review", {"ready", "blocked"})]
)
def test_the_new_version_allows_more(status: str, more: set[str]) -> None:
    assert set(allowed("new", status) or ()) - set(allowed("old", status) or ()) == more


def test_every_status_leads_to_known_ones() -> None:
    seen, todo = set(), ["ready"]
    while todo:
        status = todo.pop()
        seen.add(status)
        todo += [each for each in allowed("new", status) or () if each not in seen]
    assert len(seen) == 13
    assert allowed("old", "archived") == ()
    assert allowed("old", "sleeping") is None
