"""What is kept of the rounds: last ok, last change, the last readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.state import State
from orket_console.health.history import KEPT, History, Moment, bars
from orket_console.health.probes import PROBES
from orket_console.health.reading import Reading, Round
from orket_console.health.rows import latency_line, past_lines, rows
from orket_console.target.target import Target

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def reading(state: State, word: str = "", ms: float | None = 1.0, probe: str = "api") -> Reading:
    return Reading(state, word or state.value, "seen", ms=ms, probe=probe, title="API :1")


def seen(*readings: Reading) -> History:
    """Each reading ten seconds after the one before."""
    history = History.empty()
    for index, one in enumerate(readings):
        moment = Moment(START + timedelta(seconds=10 * index), 10.0 * index)
        history = history.add(one, moment)
    return history


def test_a_first_reading_has_not_changed() -> None:
    past = seen(reading(State.OK)).past("api")
    assert past is not None
    assert past.changed is None
    assert past.last_ok == Moment(START, 0.0)
    assert past.since_change(5.0) is None
    assert past.since_ok(5.0) == 5.0


def test_changes_of_state_or_word_are_dated() -> None:
    history = seen(
        reading(State.OK),
        reading(State.FAILING, "refused"),
        reading(State.FAILING, "timeout"),
        reading(State.FAILING, "timeout"),
    )
    past = history.past("api")
    assert past is not None
    assert past.changed == Moment(START + timedelta(seconds=20), 20.0)
    assert past.last_ok == Moment(START, 0.0)
    assert past.since_change(65.0) == 45.0
    assert past.since_ok(65.0) == 65.0


def test_never_ok() -> None:
    past = seen(reading(State.UNKNOWN)).past("api")
    assert past is not None
    assert past.last_ok is None
    assert past.since_ok(9.0) is None


def test_a_round_is_added_whole() -> None:
    done = Round(START, 0.1, (reading(State.OK), reading(State.INFO, probe="disk")))
    history = History.empty().add_round(done, 3.0)
    assert [one.probe for one in history.readings()] == ["api", "disk"]
    assert history.past("nothing") is None


def test_an_earlier_history_stays_as_it_was() -> None:
    first = seen(reading(State.OK))
    first.add(reading(State.FAILING), Moment(START, 1.0))
    past = first.past("api")
    assert past is not None
    assert past.reading.state is State.OK


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=100))
def test_the_last_sixty_latencies_are_kept(latencies: list[float | None]) -> None:
    history = seen(*(reading(State.OK, ms=ms) for ms in latencies))
    past = history.past("api")
    kept = past.latencies if past else ()
    assert list(kept) == latencies[-KEPT:]
    assert len(bars(kept, 30)) == min(len(kept), 30)


def test_bars() -> None:
    assert bars([], 5) == ""
    assert bars([None, None], 5) == "  "
    assert bars([0.0, 0.0], 5) == "  "
    assert bars([1.0, None, 8.0], 5) == "▁ █"
    assert bars([8.0, 1.0, 8.0], 2) == "▁█"


@pytest.fixture
def target(bare_root: Path, target_of: object) -> Target:
    return target_of(bare_root, {"api.port": 8082})  # type: ignore[operator, no-any-return]


def test_a_row_before_the_first_reading(target: Target) -> None:
    first = rows(PROBES, History.empty(), target, 0.0)[0]
    assert (first.probe, first.title, first.state) == ("api", "API :8082", State.UNKNOWN)
    assert (first.word, first.ms, first.last_ok, first.change) == ("looking …", "–", "–", "–")


def test_a_row_tells_how_long_ago(target: Target) -> None:
    history = seen(reading(State.OK, ms=2.4), reading(State.FAILING, "refused", ms=None))
    row = rows(PROBES, history, target, 262.0)[0]
    assert (row.word, row.ms, row.last_ok, row.change) == ("refused", "–", "4m22s", "4m12s")
    row = rows(PROBES, seen(reading(State.OK, ms=2.4)), target, 99.0)[0]
    assert (row.ms, row.last_ok, row.change) == ("2", "now", "–")


def when(at: datetime) -> str:
    return f"{at:%H:%M:%S}"


def test_changes_restarts_and_gaps_are_told() -> None:
    history = seen(
        Reading(State.OK, "ok", "", probe="api", pid=7),
        Reading(State.FAILING, "refused", "", probe="api"),
        Reading(State.OK, "ok", "", probe="api", pid=8),
        Reading(State.OK, "ok", "", probe="api", pid=8),
    )
    past = history.past("api")
    assert past is not None
    assert past_lines(past, 35.0, when) == [
        "last ok 05:00:30, so since 05:00:20",
        "changed 2 times in the last hour",
        "seen to restart once, last 05:00:20",
    ]
    assert past.flaps(3615.0) == 1
    later = Moment(START + timedelta(hours=3), 10_800.0)
    past = history.add(Reading(State.FAILING, "timeout", "", probe="api"), later).past("api")
    assert past is not None
    assert past_lines(past, 10_800.0, when) == [
        "last ok 05:00:30, so since 08:00:00",
        "seen to restart once, last 05:00:20",
        "not watched from 05:00:30 to 08:00:00",
    ]


def test_the_latency_line() -> None:
    history = seen(reading(State.OK, ms=1.0), reading(State.OK, ms=8.0))
    past = history.past("api")
    assert past is not None
    assert latency_line(past) == "1 to 8 ms in the last 2 looks ▁█"
    past = seen(reading(State.OK, ms=None)).past("api")
    assert past is not None
    assert latency_line(past) == ""
