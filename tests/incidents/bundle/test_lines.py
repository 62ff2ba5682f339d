"""Lines of the logs in a bundle, of rotated files too, each found by what refers to it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.incidents.bundle.conftest import CANARIES, Export, unpacked
from tests.incidents.scene import Scene, at

from orket_console.base.clock import parse_time
from orket_console.base.secret import Secret
from orket_console.cli.open import target_of
from orket_console.incidents.bundle.censor import Censor
from orket_console.incidents.bundle.lines import LinePlaces
from orket_console.incidents.bundle.opening import opened_bundle
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.timeline.entry import Kind, Wanted
from orket_console.incidents.timeline.timeline import Timeline

LOG = "root/workspace/default/orket.log"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "x.tar.gz"


def _record(seconds: float, error: str) -> bytes:
    line = {"timestamp": at(seconds).isoformat(), "role": "r", "event": "turn_failed"}
    return json.dumps({**line, "data": {"error": error}}).encode() + b"\n"


def _of_log(members: dict[str, bytes]) -> list[dict[str, Any]]:
    entries = json.loads(members["timeline.json"])
    return [entry for entry in entries if entry["kind"] == "log"]


def _line_of(members: dict[str, bytes], ref: dict[str, Any]) -> dict[str, Any]:
    """The very line that a reference leads to; its number has to fit."""
    content = members[ref["path"]]
    before, line = content[: ref["offset"]], content[ref["offset"] :].partition(b"\n")[0]
    assert before.count(b"\n") + 1 == ref["line"]
    found: dict[str, Any] = json.loads(line)
    return found


def test_references_open_the_very_record_behind_secrets_and_cuts(
    export: Export, out: Path, leaky: Scene
) -> None:
    log = leaky.orket.workspace / "orket.log"
    early = _record(-4000, "long before" + "." * 9_000) * 3
    log.write_bytes(early + log.read_bytes())
    export(out)
    members = unpacked(out)
    entries = _of_log(members)
    assert len(entries) == 3
    assert members[LOG].count(b"long before") == 2
    for entry in entries:
        found = _line_of(members, entry["ref"])
        assert parse_time(found["timestamp"]) == parse_time(entry["at"])
        assert "•••" in found["data"]["error"]
    assert entries[0]["ref"]["shown"] == f"{LOG}:3"


def test_what_was_captured_opens_its_record_where_the_bundle_is_opened(
    export: Export, out: Path, leaky: Scene
) -> None:
    log = leaky.target.path / "orket.log"
    log.write_bytes(_record(1, CANARIES["ORKET_API_KEY"]) + log.read_bytes())
    export(out)
    with opened_bundle(out) as opened:
        target = target_of(opened)
        captured = find_incident(open_ledger(target, leaky.clock), 1).captured
        line, turn = captured["diagnosis"]["findings"][0]["evidence"]
        assert line["path"] == str(opened.root / "orket.log")
        assert (line["offset"], line["line"], line["what"]) == (0, 1, "the line")
        assert turn["session"] == "s1"


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [(".1", ""), (".1", ".gz"), (".2026-11-22", ""), ("-20261122-1763856000", ".gz")],
)
def test_records_of_rotated_files_are_there_and_are_found(
    export: Export, out: Path, leaky: Scene, suffix: str, packed: str
) -> None:
    log = leaky.orket.workspace / "orket.log"
    old = log.with_name(f"{log.name}{suffix}{packed}")
    content = _record(5, f"with {CANARIES['ORKET_API_KEY']}") + _record(6, "the older one")
    old.write_bytes(gzip.compress(content) if packed else content)
    os.utime(old, (at(7).timestamp(), at(7).timestamp()))
    export(out)
    members = unpacked(out)
    told = [_line_of(members, entry["ref"]) for entry in _of_log(members)]
    assert [one["data"]["error"] for one in told][:2] == ["with •••", "the older one"]
    assert members[f"{LOG}{suffix}"].count(b"turn_failed") == 2
    with opened_bundle(out) as opened:
        assert opened.whole
        target = target_of(opened)
        walk = Timeline(target, leaky.clock, None).back(Wanted(kinds=frozenset({Kind.LOG})))
        entries = walk.take(100, pauses=None).entries
        walk.close()
        assert "the older one" in entries[1].what
        assert len(entries) == 5


def test_a_log_that_is_empty_since_it_was_rotated_is_there_for_the_older_one(
    export: Export, out: Path, leaky: Scene
) -> None:
    log = leaky.orket.workspace / "orket.log"
    log.rename(log.with_name("orket.log.1"))
    log.touch()
    export(out)
    members = unpacked(out)
    assert members[LOG] == b""
    assert members[f"{LOG}.1"].count(b"turn_failed") == 3


def test_files_that_are_wholly_older_are_not_read(export: Export, out: Path, leaky: Scene) -> None:
    log = leaky.orket.workspace / "orket.log"
    log.write_bytes(_record(-4000, "before") + log.read_bytes())
    log.with_name("orket.log.1").write_bytes(_record(-5000, "long before"))
    export(out)
    assert f"{LOG}.1" not in unpacked(out)


def test_of_too_much_every_line_that_is_named_is_there(
    export: Export, out: Path, leaky: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.incidents.bundle.slices.WHOLE", 1 << 16)
    calm = json.dumps({"timestamp": at(3).isoformat(), "event": "x", "data": {"x": "y" * 3_000}})
    lines = [f"{calm}\n".encode() + _record(3, f"no {number}") for number in range(60)]
    (leaky.orket.workspace / "orket.log").write_bytes(b"".join(lines))
    export(out)
    members = unpacked(out)
    told = [_line_of(members, entry["ref"])["data"]["error"] for entry in _of_log(members)]
    assert told == [f"no {number}" for number in range(60)]
    assert len(members[LOG]) <= 1 << 16
    (about,) = [one for one in json.loads(members["logs.json"]) if one["file"] == LOG]
    assert about["whole"] is False


def test_a_rotated_file_for_which_there_is_no_room_is_told(
    export: Export, out: Path, leaky: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = leaky.orket.workspace / "orket.log"
    monkeypatch.setattr("orket_console.incidents.bundle.slices.WHOLE", log.stat().st_size)
    log.with_name("orket.log.1").write_bytes(_record(3, "the first"))
    made = export(out)
    members = unpacked(out)
    assert members[LOG].count(b"turn_failed") == 3
    assert f"{LOG}.1" not in members
    assert f"{LOG}: lines; logs.json says which are there" in made.left_out


Named = st.lists(
    st.sampled_from(["secret", "a\nsecret\n", "xy", "\n", "sec", "ret\n", "ü"]), max_size=30
)


@given(Named, st.integers(1, 7))
def test_lines_keep_their_numbers_whatever_is_removed(parts: list[str], width: int) -> None:
    raw = "".join(parts).encode()
    starts = [0, *(place + 1 for place, byte in enumerate(raw) if byte == 10)]
    named = [start for start in starts if start < len(raw)]
    lines = LinePlaces(named)
    censor = Censor([("A_KEY", Secret("secret")), ("B_KEY", Secret("a\nsecret\nxy"))])
    chunks = [raw[place : place + width] for place in range(0, len(raw), width)]
    out = b""
    for piece in censor.pieces(lines.read(chunks), {}):
        out += piece
        lines.written(piece)
    assert out.count(b"\n") == raw.count(b"\n")
    begins = [0, *(place + 1 for place, byte in enumerate(out) if byte == 10)]
    assert lines.places == {
        start: (begins[number], number + 1) for number, start in enumerate(named)
    }
