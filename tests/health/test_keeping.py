"""The probes' history over two consoles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.state import State
from orket_console.health.history import History, Moment
from orket_console.health.keeping import load_history, save_history
from orket_console.health.reading import Reading

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def at(seconds: float, monotonic: float) -> Moment:
    return Moment(START + timedelta(seconds=seconds), monotonic)


def reading(state: State, word: str, pid: int = 0) -> Reading:
    return Reading(state, word, "seen", ms=3.0, probe="api", title="API :1", pid=pid)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """What a console kept that saw the API go down, by a monotonic clock of its own."""
    history = History.empty().add(reading(State.OK, "ok", 7), at(0, 9000.0))
    history = history.add(reading(State.FAILING, "refused"), at(60, 9060.0))
    save_history(tmp_path / "state" / "health.json", history)
    return tmp_path / "state" / "health.json"


def test_the_next_console_tells_when_it_was_ok_last(path: Path) -> None:
    history = load_history(path, at(3660, 5.0))
    assert history.past("api") is None
    assert history.readings() == ()
    past = history.add(reading(State.FAILING, "refused"), at(3660, 5.0)).past("api")
    assert past is not None
    assert past.since_ok(5.0) == 3660.0
    assert past.since_change(5.0) == 3600.0
    assert past.latencies == (3.0, 3.0, 3.0)
    assert past.gap is not None
    assert (past.gap.start, past.gap.end) == (at(60, 0).at, at(3660, 0).at)


def test_what_it_was_and_became_is_kept_with_each_change(path: Path) -> None:
    (change,) = load_history(path, at(70, 5.0)).earlier["api"].changes
    assert (change.was, change.was_word) == (State.OK, "ok")
    assert (change.state, change.word) == (State.FAILING, "refused")
    assert change.at == at(60, 0).at
    assert load_history(path, at(70, 5.0)).earlier["api"].reading.title == "API :1"


def test_a_restart_between_two_consoles_is_seen(path: Path) -> None:
    history = load_history(path, at(70, 5.0))
    past = history.add(reading(State.OK, "ok", 8), at(70, 5.0)).past("api")
    assert past is not None
    assert [restart.at for restart in past.restarts] == [at(70, 0).at]
    assert past.gap is None


def test_what_was_not_looked_at_again_is_kept_on(path: Path) -> None:
    history = load_history(path, at(70, 5.0))
    disk = Reading(State.OK, "ok", "", probe="disk")
    save_history(path, history.add(disk, at(70, 5.0)))
    again = load_history(path, at(80, 1.0))
    assert set(again.earlier) == {"api", "disk"}
    assert again.earlier["api"].last_ok == at(0, -79.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: "",
        lambda kept: "[]",
        lambda kept: kept[:-9],
        lambda kept: kept.replace('"form":2', '"form":1'),
        lambda kept: kept.replace('"was":"ok"', '"was":"purple"'),
        lambda kept: kept.replace('"state":"failing"', '"state":"purple"'),
        lambda kept: kept.replace("05:01:00Z", "05:01:00"),
        lambda kept: kept.replace("2026-11-23T05:01", "2027-11-23T05:01"),
        lambda kept: kept.replace("2026", "1999"),
    ],
)
def test_what_cannot_be_believed_is_not_recalled(path: Path, damage: object) -> None:
    kept = path.read_text()
    damaged = damage(kept)  # type: ignore[operator]
    assert damaged != kept
    path.write_text(damaged)
    assert load_history(path, at(70, 5.0)).earlier == {}


def test_a_folder_in_its_place_is_passed_over(tmp_path: Path) -> None:
    assert load_history(tmp_path, at(0, 0.0)) == History.empty()


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_content_raises(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({"form": 1, "probes": content}))
    load_history(path, at(0, 0.0))
