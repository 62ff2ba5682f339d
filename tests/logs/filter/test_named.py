"""Filters kept under a name: those built in find what they are for, in both versions' words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.logs.filter import FilterError, Surroundings, parse_filter, surroundings_of
from orket_console.logs.filter.named import BUILT_IN
from orket_console.logs.records import Record

RecordOf = Callable[..., Record]
NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)


def kept(**named: str) -> Surroundings:
    return Surroundings(NOW, named=named)


@pytest.mark.parametrize(
    ("name", "event", "data"),
    [
        ("failures", "turn_failed", {"type": "tool_violation"}),
        ("failures", "turn_non_progress", {}),
        ("failures", "webhook", {"level": "error"}),
        ("failures", "session_halted", {}),
        ("guard", "guard_rejected", {}),
        ("guard", "policy_violation_report_saved", {}),
        ("guard", "tool_call_blocked", {}),
        ("guard", "turn_failed", {"type": "governance_violation"}),
        ("webhook", "webhook", {"level": "error"}),
        ("webhook", "webhook_server", {}),
        ("webhook", "pr_merge_failed", {}),
        ("model", "model_connection_retry", {}),
        ("model", "conversation_model_error", {}),
        ("model", "turn_failed", {"type": "ModelTimeoutError"}),
        ("api-auth", "api_auth_rejected", {}),
        ("api-auth", "api_security_posture", {}),
        ("api-auth", "security_compat_fallback_used", {}),
    ],
)
def test_what_is_built_in(record_of: RecordOf, name: str, event: str, data: dict[str, Any]) -> None:
    assert parse_filter(f"@{name}").wants(record_of(event, **data))
    assert not parse_filter(f"@{name}").wants(record_of("turn_start"))


def test_one_may_stand_in_another(record_of: RecordOf) -> None:
    around = kept(a="@b role:coder", b="event:x or event:y")
    assert parse_filter("@A", around).wants(record_of("y", 0.0, "coder"))
    assert not parse_filter("@a", around).wants(record_of("y", 0.0, "guard"))
    assert not parse_filter("-@b", around).wants(record_of("x"))


def test_one_that_refers_to_itself_is_told() -> None:
    with pytest.raises(FilterError, match="refers to itself") as raised:
        parse_filter("x @a", kept(a="@b", b="@a"))
    assert raised.value.column == 3


def test_what_is_wrong_in_one_is_told_where_it_is_used() -> None:
    with pytest.raises(
        FilterError, match=r"@a is wrong: unknown key evnt .*it says: evnt:x"
    ) as raised:
        parse_filter("x @a", kept(a="evnt:x"))
    assert raised.value.column == 3


def test_what_multiplies_is_bounded() -> None:
    around = kept(**{f"a{n}": f"@a{n + 1} @a{n + 1}" for n in range(40)}, a40="x")
    with pytest.raises(FilterError, match="terms"):
        parse_filter("@a0", around)


def test_the_configuration_adds_to_them(bare_root: Path, target_of: Any) -> None:
    (bare_root / "orket-console.toml").write_text(
        '[ui]\ntime = "local"\n[log.filters]\nMine = "event:a"\nguard = "event:b"\n'
    )
    around = surroundings_of(target_of(bare_root).settings, FixedClock(NOW))
    assert around.named == BUILT_IN | {"mine": "event:a", "guard": "event:b"}
    assert (around.local, around.now) == (True, NOW)


@pytest.mark.parametrize(
    "text",
    [
        '[log]\nfilters = "x"',
        "[log.filters]\nmine = 1",
        '[log.filters]\n"a b" = "x"',
        "[log]\nx = 1",
    ],
)
def test_a_bad_table_is_told(bare_root: Path, target_of: Any, text: str) -> None:
    (bare_root / "orket-console.toml").write_text(text)
    with pytest.raises(ConsoleError, match=r"filter|unknown setting"):
        target_of(bare_root)
