"""Everything in one order, page by page, and what is filtered."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.incidents.scene import ANN, Scene, at

from orket_console.base.refs import DeliveryRef, IncidentRef, LogRef, ProbeRef, TurnRef
from orket_console.base.state import State
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.ledger.writings import add_note
from orket_console.incidents.timeline.entry import Entry, Kind, Wanted, parse_words
from orket_console.incidents.timeline.span import end_of
from orket_console.incidents.timeline.timeline import Timeline


@pytest.fixture
def full(scene: Scene) -> Timeline:
    scene.record(10, "turn_start")
    scene.record(20, "turn_failed", error="no", issue_id="I-1")
    scene.turn(21, "I-1", failed=True)
    scene.turn(15, "I-2", failed=False)
    scene.refused(30)
    scene.accepted(31)
    scene.probed((5, State.OK, "ok"), (40, State.FAILING, "refused"))
    scene.incident(50, "it is down", "who was it")
    return timeline(scene)


def timeline(scene: Scene) -> Timeline:
    return Timeline(scene.target, scene.clock, open_ledger(scene.target, scene.clock))


def back(one: Timeline, wanted: Wanted = Wanted(), until: datetime | None = None) -> list[Entry]:  # noqa: B008  frozen
    walk = one.back(wanted, until)
    try:
        return list(walk.take(10_000, pauses=None).entries)
    finally:
        walk.close()


def test_everything_stands_in_one_order_with_where_it_can_be_opened(full: Timeline) -> None:
    found = back(full)
    assert [(one.at, one.kind) for one in found] == [
        (at(20), Kind.LOG),
        (at(21), Kind.TURN),
        (at(30), Kind.DELIVERY),
        (at(40), Kind.PROBE),
        (at(50), Kind.INCIDENT),
        (at(51), Kind.NOTE),
    ]
    assert [type(one.ref) for one in found] == [
        LogRef,
        TurnRef,
        DeliveryRef,
        ProbeRef,
        IncidentRef,
        IncidentRef,
    ]
    assert found[3].what == "API :8082 ok → refused"
    assert found[3].state is State.FAILING


def test_what_has_the_same_time_stands_in_the_order_in_which_it_was_written(scene: Scene) -> None:
    one = timeline(scene)
    store = open_ledger(scene.target, scene.clock)
    number = scene.incident(50, "it is down")
    for text in ("first", "second", "third"):
        add_note(store, number, at(50), ANN, text)
    found = [entry.what.rpartition(": ")[2] for entry in back(one)]
    assert found[-3:] == ["first", "second", "third"]
    assert back(one)[-4].kind is Kind.INCIDENT


def test_what_went_well_is_there_when_it_is_asked_for(full: Timeline) -> None:
    quiet = [one for one in back(full, Wanted(quiet=True)) if one.quiet]
    assert [(one.at, one.kind, one.state) for one in quiet] == [
        (at(15), Kind.TURN, State.OK),
        (at(31), Kind.DELIVERY, State.OK),
    ]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (Wanted(kinds=frozenset({Kind.PROBE, Kind.NOTE})), [Kind.PROBE, Kind.NOTE]),
        (Wanted(states=frozenset({State.INFO})), [Kind.INCIDENT, Kind.NOTE]),
        (Wanted(words=parse_words("REFUSED api")), [Kind.PROBE]),
        (Wanted(words=parse_words("refused signature")), [Kind.DELIVERY]),
        (Wanted(words=parse_words("nowhere")), []),
        (Wanted(incident=9), [Kind.LOG, Kind.TURN, Kind.DELIVERY, Kind.PROBE]),
    ],
)
def test_filters(full: Timeline, wanted: Wanted, kinds: list[Kind]) -> None:
    assert [one.kind for one in back(full, wanted)] == kinds


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_have_each_entry_once(full: Timeline, size: int) -> None:
    whole = back(full, Wanted(quiet=True))
    walk = full.back(Wanted(quiet=True))
    pages: list[Entry] = []
    more = True
    while more:
        page = walk.take(size)
        assert len(page.entries) <= size
        pages = [*page.entries, *pages]
        more = page.more
    walk.close()
    assert pages == whole


@pytest.mark.parametrize("seconds", [0, 20, 25, 30, 45, 50, 60])
def test_a_walk_begins_at_any_moment(full: Timeline, seconds: float) -> None:
    whole = back(full)
    assert back(full, until=at(seconds)) == [one for one in whole if one.at <= at(seconds)]


def test_what_was_written_before_a_clock_was_set_back_is_not_missed(scene: Scene) -> None:
    scene.record(20, "turn_failed")
    for seconds in range(10):
        scene.record(seconds - 7200, "turn_failed")
    walk = timeline(scene).back(Wanted())
    assert [one.at for one in walk.until(at(0)) if one.kind is Kind.LOG] == [at(20)]
    walk.close()


def test_an_incident_ends_no_earlier_than_it_began() -> None:
    one = Incident(1, "x", "", "", "", at(0), ANN, ANN, {})
    assert end_of(one) is None
    assert end_of(replace(one, closed=at(-9000))) == at(0)
    assert end_of(replace(one, closed=at(9))) == at(9)


def test_turns_that_were_copied_without_their_times_stand_where_they_were(scene: Scene) -> None:
    for seconds in (5, 1, 9, 3, 7):
        scene.turn(seconds, f"I-{seconds}", failed=True, copied=True)
    found = back(timeline(scene))
    assert [one.at for one in found] == [at(seconds) for seconds in (1, 3, 5, 7, 9)]
    assert [one.at for one in back(timeline(scene), until=at(4))] == [at(1), at(3)]


def test_turns_of_one_issue_follow_their_numbers_past_the_thousandth(scene: Scene) -> None:
    results: list[object] = [{"ok": False, "error": "no"}]
    for place, index in enumerate((998, 999, 1000, 1001)):
        scene.orket.turn("s1", "I-1", index, at=at(place).isoformat(), results=results)
    found = back(timeline(scene))
    assert [one.ref.index for one in found if isinstance(one.ref, TurnRef)] == [
        *(998, 999, 1000, 1001),
    ]


def _cut_off(scene: Scene, seconds: float) -> None:
    """A turn that was asked at a moment, and has no answer."""
    folder = scene.orket.folder("s1", "i-1", "001_lead_architect")
    scene.orket.write(folder, "messages.json", [])
    stamp = at(seconds).timestamp()
    for path in (folder / "messages.json", folder, *list(folder.parents)[:2]):
        os.utime(path, (stamp, stamp))


@pytest.mark.parametrize(
    ("status", "seconds", "said", "state"),
    [
        ("running", 3599, "running: the model is asked", State.INFO),
        ("running", 2400, "unfinished: no answer, and nothing says why: see its log", None),
        ("failed", 3599, "unfinished: no answer, and nothing says why: see its log", None),
    ],
)
def test_a_turn_at_work_is_told_from_one_that_was_cut_off(
    scene: Scene, status: str, seconds: float, said: str, state: State | None
) -> None:
    began = at(seconds).isoformat()
    scene.orket.run("s1", status, started_at=began, ended_at=began if status == "failed" else None)
    _cut_off(scene, seconds)
    (entry,) = back(timeline(scene), Wanted(quiet=True))
    assert said in entry.what
    assert (entry.state, entry.quiet) == (state or State.DEGRADED, state is not None)
    assert len(back(timeline(scene))) == (state is None)


def test_what_came_after_the_last_look_is_seen_by_the_next(scene: Scene) -> None:
    _cut_off(scene, 20)
    one = timeline(scene)
    assert "unfinished" in back(one)[0].what
    scene.orket.report("s1", "i-1", "No way: it is refused")
    assert "it is refused" in back(one)[0].what


def test_a_filter_that_takes_nothing_gives_the_page_back_soon(scene: Scene) -> None:
    for number in range(3000):
        scene.record(number / 10, "turn_failed")
    walk = timeline(scene).back(Wanted(words=("nowhere",)))
    page = walk.take(10)
    assert (page.entries, page.more) == ((), True)
    assert page.reached is not None
    assert at(0) < page.reached < at(300)
    assert walk.take(10, pauses=None).more is False
    walk.close()


def test_reading_pauses_where_there_is_little_and_goes_on(scene: Scene) -> None:
    scene.record(1, "turn_failed")
    lines = (scene.orket.workspace / "orket.log").read_text()
    calm = lines.replace("turn_failed", "turn_start").replace(at(1).isoformat(), at(2).isoformat())
    with (scene.orket.workspace / "orket.log").open("a") as log:
        log.write(calm * 45_000)
    walk = timeline(scene).back(Wanted())
    page = walk.take(10, pauses=1)
    assert (page.entries, page.more, page.reached) == ((), True, at(2))
    page = walk.take(10, pauses=1)
    assert (page.entries, page.more) == ((), True)
    page = walk.take(10, pauses=1)
    assert ([one.at for one in page.entries], page.more) == ([at(1)], False)
    walk.close()


@pytest.mark.parametrize("middle", [0, 1, 250, 499, 500])
def test_rows_of_the_table_are_found_by_halving(scene: Scene, middle: int) -> None:
    rows = [(f"{at(number):%Y-%m-%d %H:%M:%S}",) for number in range(500)]
    with closing(sqlite3.connect(scene.site.database)) as connection, connection:
        connection.executemany(
            "INSERT INTO webhook_events (event_type, result, created_at)"
            " VALUES ('push', 'error', ?)",
            rows,
        )
    scene.site.execute("DELETE FROM webhook_events WHERE id % 7 = 3")
    found = back(timeline(scene), until=at(middle) - timedelta(milliseconds=1))
    left = [at(number) for number in range(middle) if (number + 1) % 7 != 3]
    assert [one.at for one in found] == left


def test_nothing_there_is_an_empty_page(scene: Scene) -> None:
    assert back(timeline(scene)) == []


def test_hostile_text_is_shown_and_does_nothing(scene: Scene) -> None:
    scene.record(5, "turn_failed", error="\x1b]52;c;eA==\x07[/bold]\u202e", issue_id="I\x9b1")
    (entry,) = back(timeline(scene))
    assert not set(entry.what) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "[/bold]" in entry.what or "I" in entry.what
