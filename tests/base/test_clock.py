"""Times from logs and databases become aware UTC; spans are short and true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.clock import FixedClock, ago, parse_time, since, size, stamp


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T05:17:37.485257+00:00", datetime(2026, 11, 23, 5, 17, 37, 485257, UTC)),
        ("2026-11-23T05:17:37+00:00", datetime(2026, 11, 23, 5, 17, 37, 0, UTC)),
        ("2026-11-23T05:17:37Z", datetime(2026, 11, 23, 5, 17, 37, 0, UTC)),
        ("2026-11-22T22:17:37-07:00", datetime(2026, 11, 23, 5, 17, 37, 0, UTC)),
        ("2026-11-23 05:18:59", datetime(2026, 11, 23, 5, 18, 59, 0, UTC)),
        (" 2026-11-23 05:18:59.5 ", datetime(2026, 11, 23, 5, 18, 59, 500000, UTC)),
    ],
)
def test_both_forms_and_naive_times_are_read_as_utc(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2026-13-01", None, 5, [], "0001-01-01T00:00:00+23:59", "\ud83d"]
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert parse_time(value) is None


@given(st.text(max_size=40) | st.datetimes().map(datetime.isoformat))
def test_parsing_never_raises_and_is_aware(text: str) -> None:
    moment = parse_time(text)
    assert moment is None or moment.utcoffset() == timedelta(0)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_stamp_reads_back(moment: datetime) -> None:
    moment = moment.replace(year=1000 + moment.year % 1000, day=min(moment.day, 28))
    assert parse_time(stamp(moment)) == moment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0s"), (9, "9s"), (252, "4m12s"), (7380, "2h03m"), (172_800, "2d")],
)
def test_ago(seconds: float, text: str) -> None:
    assert ago(seconds) == text


def test_since_says_what_is_still_to_come() -> None:
    now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert since(now - timedelta(seconds=9), now) == "9s"
    assert since(now + timedelta(minutes=2), now) == "in 2m00s"
    assert since(now + timedelta(milliseconds=300), now) == "0s"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1400, "1.4 KB"),
        (21_000, "21 KB"),
        (9_960, "10 KB"),
        (999_999, "1.0 MB"),
        (61_000_000_000, "61 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text


def test_a_fixed_clock_stands_still() -> None:
    clock = FixedClock(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.monotonic() == clock.monotonic()
