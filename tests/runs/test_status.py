from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orket_console.base.state import State
from orket_console.runs.status import SILENT_AFTER, Seen, judge

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def seen(**values):
    given = {"ledger": "done", "table": "", "statuses": {}, "turns": 3, "last_activity": NOW}
    return Seen(**given | values)


def test_done_with_every_issue_done_is_ok():
    judgement = judge(seen(statuses={"done": 3}, table="done"), NOW)
    assert (judgement.status, judgement.state, judgement.seen) == ("done", State.OK, "")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"statuses": {"canceled": 3}, "turns": 0}, "3 issues canceled, no turn ran"),
        ({"statuses": {"done": 2, "canceled": 1}}, "1 issue canceled"),
        ({"statuses": {"done": 1}, "turns": 0}, "no turn ran"),
    ],
)
def test_done_with_nothing_done_is_a_false_success(values, words):
    judgement = judge(seen(**values), NOW)
    assert judgement.state is State.DEGRADED
    assert judgement.seen == f"false success: {words}"


def test_done_with_turns_that_can_t_be_counted_is_no_false_success():
    assert judge(seen(turns=None, statuses={"done": 1}), NOW).state is State.OK


def test_running_without_a_sign_of_life_is_stale():
    last = NOW - SILENT_AFTER - timedelta(seconds=1)
    judgement = judge(seen(ledger="running", table="Started", last_activity=last), NOW)
    assert judgement.state is State.DEGRADED
    assert judgement.seen == "stale: no activity for 10m01s"
    assert not judgement.active


def test_running_with_signs_of_life_is_running():
    judgement = judge(seen(ledger="running", table="Started"), NOW)
    assert (judgement.state, judgement.seen, judgement.active) == (State.INFO, "", True)


def test_running_that_nothing_dates_is_unknown():
    assert judge(seen(ledger="running", last_activity=None), NOW).state is State.UNKNOWN


def test_traces_alone_are_an_orphan():
    judgement = judge(seen(ledger=""), NOW)
    assert judgement.state is State.UNKNOWN
    assert judgement.seen.startswith("orphan")


def test_a_status_never_seen_is_shown_and_unknown():
    judgement = judge(seen(ledger="quarantined"), NOW)
    assert (judgement.status, judgement.state) == ("quarantined", State.UNKNOWN)
    assert judgement.seen == "a status not known here"


def test_tables_that_disagree_are_named():
    judgement = judge(seen(table="failed", statuses={"done": 1}), NOW)
    assert judgement.state is State.DEGRADED
    assert judgement.seen == "the sessions table says failed"


def test_terminal_failure_says_what_is_blocked():
    judgement = judge(seen(ledger="terminal_failure", statuses={"blocked": 2, "done": 1}), NOW)
    assert (judgement.state, judgement.seen) == (State.FAILING, "2 issues blocked")


def test_a_row_in_the_sessions_table_alone_says_so():
    judgement = judge(seen(ledger="", table="done", statuses={"done": 1}), NOW)
    assert (judgement.status, judgement.seen) == ("done", "only in the sessions table")
