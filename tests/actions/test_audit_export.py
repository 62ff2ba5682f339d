"""An export holds the records to the letter, proves what it can, and says what it can't."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions import audit_document
from orket_console.actions.audit_document import Format, written
from orket_console.actions.audit_export import Chosen, exported, provable, proved
from orket_console.actions.trail import append
from orket_console.base.errors import ConsoleError
from orket_console.base.secret import Redactor, Secret
from orket_console.base.state import State

ENVELOPE = {"schema": "s", "target": {"root": "/srv/`orket`"}, "at": "2026-11-23T06:00:00Z"}
OPEN = Redactor(())


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Five records of two runs, an hour apart."""
    path = tmp_path / "audit.jsonl"
    for hour, run in enumerate(("r1", "r1", "r2", "r1", "r2")):
        append(
            path,
            {
                "kind": "started",
                "at": f"2026-11-23T0{hour}:00:00.000000Z",
                "id": run,
                "action": "security-canary",
                "user": "ann",
                "host": "web1",
                "argv": ["python", "~~~~~~~~", "`x`\u202e", "secret-value"],
                "evidence": "ü # not a heading",
            },
        )
    return path


def proves(line: str, hashed: str) -> bool:
    """As the export says that it is checked."""
    body = line.rpartition(',"hash":"')[0] + "}"
    return hashlib.sha256(body.encode()).hexdigest() == hashed


@pytest.mark.parametrize("form", list(Format))
def test_the_file_proves_every_record(trail: Path, tmp_path: Path, form: Format) -> None:
    export = exported(trail, Chosen(), OPEN)
    path = tmp_path / "out"
    assert written(path, export, ENVELOPE, form) == 5
    assert export.verification.state is State.OK
    assert not export.gaps
    assert export.head[0] == 5
    lines = trail.read_text().splitlines()
    assert [record.line for record in export.records] == lines
    text = path.read_text()
    if form is Format.MARKDOWN:
        assert text.endswith("~~~~~~~~jsonl\n" + "\n".join(lines) + "\n~~~~~~~~\n")
        assert "root: `/srv/'orket'`" in text
        assert "the whole trail: ok, every record is as it was written" in text
    else:
        document = json.loads(text)
        assert [record["line"] for record in document["data"]["records"]] == lines
        assert document["schema"] == "s"
    for record in export.records:
        assert proves(record.line, record.hash)


@pytest.mark.parametrize(
    ("chosen", "numbers", "gaps"),
    [
        (Chosen(frozenset({"r2"})), [3, 5], ((1, 2), (4, 4))),
        (Chosen(since=datetime(2026, 11, 23, 3, tzinfo=UTC)), [4, 5], ((1, 3),)),
        (Chosen(until=datetime(2026, 11, 23, 1, 30, tzinfo=UTC)), [1, 2], ()),
        (
            Chosen(frozenset({"r1"}), since=datetime(2026, 11, 23, 1, tzinfo=UTC)),
            [2, 4],
            ((1, 1), (3, 3)),
        ),
        (Chosen(frozenset({"no such run"})), [], ()),
    ],
)
def test_a_part_names_its_gaps(
    trail: Path, chosen: Chosen, numbers: list[int], gaps: tuple[tuple[int, int], ...]
) -> None:
    export = exported(trail, chosen, OPEN)
    assert [record.seq for record in export.records] == numbers
    assert export.gaps == gaps
    assert provable(export) == len(numbers)


def test_an_edited_record_is_exported_with_its_fault(trail: Path, tmp_path: Path) -> None:
    lines = trail.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"r1"', b'"r9"')
    lines[3] = b"not json"
    trail.write_bytes(b"\n".join(lines))
    export = exported(trail, Chosen(), OPEN)
    assert [record.fault for record in export.records][:3] == ["", "was edited", ""]
    assert export.unreadable == (4,)
    assert export.verification.bad == 2
    assert written(tmp_path / "out", export, ENVELOPE, Format.MARKDOWN) == provable(export) == 3
    text = (tmp_path / "out").read_text()
    assert "**record 2 was edited**" in text
    assert "lines that are no records: 4" in text


def test_a_secret_that_came_to_be_known_is_not_exported(trail: Path, tmp_path: Path) -> None:
    export = exported(trail, Chosen(), Redactor([Secret("secret-value")]))
    for form in Format:
        assert written(tmp_path / "out", export, ENVELOPE, form) == 0
        assert "secret-value" not in (tmp_path / "out").read_text()
    assert all(record.redacted for record in export.records)


def test_an_export_that_is_not_what_was_written_is_refused(
    trail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exported(trail, Chosen(), OPEN)

    def meddled(path: Path, content: bytes) -> None:
        path.write_bytes(content.replace(b"ann", b"bob"))

    monkeypatch.setattr(audit_document, "write_whole", meddled)
    with pytest.raises(ConsoleError, match="not what was written"):
        written(tmp_path / "out", export, ENVELOPE, Format.MARKDOWN)


def test_a_place_that_can_not_be_written_is_named(trail: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConsoleError, match="can't be written"):
        written(tmp_path / "file" / "out", exported(trail, Chosen(), OPEN), ENVELOPE, Format.JSON)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_whatever_a_record_says_it_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, said: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for text in said:
        append(folder / "audit.jsonl", {"kind": "refused", "action": "x", "reason": text})
    export = exported(folder / "audit.jsonl", Chosen(), OPEN)
    for form in Format:
        assert written(folder / "out", export, ENVELOPE, form) == len(said)
    assert proved([record.line + " " for record in export.records], export) == 0
