"""Moments as operators write them, in both zones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.moments import moment

NOW = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("-10m", "2026-03-01T00:20"),
        ("-90s", "2026-03-01T00:28:30"),
        ("-1h30m", "2026-02-28T23:00"),
        ("-1.5H", "2026-02-28T23:00"),
        ("-2d", "2026-02-27T00:30"),
        ("-1w", "2026-02-22T00:30"),
        ("0:10", "2026-03-01T00:10"),
        ("00:30", "2026-03-01T00:30"),
        ("00:30:01", "2026-02-28T00:30:01"),
        ("23:50", "2026-02-28T23:50"),
        ("9:05:07.5", "2026-02-28T09:05:07.500000"),
        ("2026-02-27", "2026-02-27T00:00"),
        ("2026-02-27T10:00", "2026-02-27T10:00"),
        ("2026-02-27 10:00", "2026-02-27T10:00"),
        ("2026-02-27T10:00:00Z", "2026-02-27T10:00"),
        ("2026-02-27T10:00+01:00", "2026-02-27T09:00"),
    ],
)
def test_in_utc(text: str, at: str) -> None:
    assert moment(text, NOW, local=False) == utc(at)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("-10m", "2026-03-01T00:20"),
        ("01:20", "2026-03-01T00:20"),
        ("01:31", "2026-02-28T00:31"),
        ("2026-02-27", "2026-02-26T23:00"),
        ("2026-07-01T10:00", "2026-07-01T08:00"),
        ("2026-02-27T10:00Z", "2026-02-27T10:00"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_in_the_machines_zone(text: str, at: str) -> None:
    assert moment(text, NOW, local=True) == utc(at)


@pytest.mark.parametrize("text", ["", "then", "-", "-5", "-m", "25:00", "10:60", "2026-13-01", "9"])
def test_what_is_no_time(text: str) -> None:
    assert moment(text, NOW, local=False) is None


def test_a_span_that_goes_back_too_far_is_the_beginning_of_time() -> None:
    assert moment("-999999999w", NOW, local=False) == datetime.min.replace(tzinfo=UTC)


@given(st.text(alphabet="0123456789-:TZ+.smhdw ", max_size=20) | st.text(), st.booleans())
def test_any_text_is_a_time_or_none(text: str, local: bool) -> None:
    at = moment(text, NOW, local=local)
    assert at is None or at.utcoffset() is not None


@given(st.datetimes(), st.booleans())
def test_every_moment_can_be_written(at: datetime, local: bool) -> None:
    read = moment(at.isoformat(), NOW, local=local)
    assert local or read == at.replace(tzinfo=UTC)
