"""Records tell what ran and how it ended, also when the console that ran it did not see it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psutil
import pytest

from orket_console.actions.catalogue import find
from orket_console.actions.left_over import left_alive
from orket_console.actions.origin import origin_of
from orket_console.actions.plan import plan
from orket_console.actions.processes import MARK
from orket_console.actions.records import (
    Record,
    close_folder,
    folder_of,
    history,
    load,
    new_record,
    open_folder,
    save,
    unfinished,
)
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.secret import DOTS
from orket_console.target.target import Target

AT = datetime(2026, 11, 23, 5, 18, 59, tzinfo=UTC)


@pytest.fixture
def kept(target: Target) -> Iterator[Callable[..., Record]]:
    """A record on disk, with these of its fields, its supervisor alive or gone."""
    held = []

    def made(
        name: str = "security-canary", after: int = 0, supervised: bool = True, **fields: object
    ) -> Record:
        made = plan(target, find(name), {})
        record = new_record(target, made, AT + timedelta(seconds=after))
        record = msgspec.structs.replace(record, **fields)
        lock = open_folder(target, record)
        held.append(lock) if supervised else lock.close()
        return record

    yield made
    for lock in held:
        lock.close()


def gone() -> int:
    """The id of a process that was there and is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_the_newest_comes_first_and_the_last_of_each_is_found(
    target: Target, kept: Callable[..., Record]
) -> None:
    first = kept(after=0)
    other = kept("migrations", after=1)
    last = kept(after=2)
    found = history(target)
    assert [record.id for record in found.records] == [last.id, other.id, first.id]
    assert found.last() == {"security-canary": last, "migrations": other}
    limited = history(target, limit=2)
    assert [record.id for record in limited.records] == [last.id, other.id]
    assert limited.older == 1


def test_no_records_yet(target: Target) -> None:
    assert history(target).records == ()


def test_running_is_what_a_supervisor_still_watches(
    target: Target, kept: Callable[..., Record]
) -> None:
    assert load(target, kept().id).running


def test_left_running_by_a_supervisor_that_is_gone_it_is_interrupted(
    target: Target, kept: Callable[..., Record]
) -> None:
    record = load(target, kept(supervised=False, pid=gone()).id)
    assert record.verdict is Verdict.INTERRUPTED
    assert record.evidence == "its supervisor went away before it ended"
    assert not record.running


def test_an_end_that_was_written_stands_when_the_supervisor_is_gone(
    target: Target, kept: Callable[..., Record]
) -> None:
    ended = kept(supervised=False, verdict=Verdict.PASSED, evidence="well")
    assert load(target, ended.id) == ended


def test_a_process_that_outlived_its_supervisor_is_named(
    target: Target, kept: Callable[..., Record]
) -> None:
    own = psutil.Process()
    born = datetime.fromtimestamp(own.create_time(), UTC)
    record = load(target, kept(supervised=False, pid=own.pid, started=born).id)
    assert record.verdict is Verdict.INTERRUPTED
    assert f"its process {own.pid} is still alive" in record.evidence
    earlier = born - timedelta(hours=1)
    later = load(target, kept(supervised=False, pid=own.pid, started=earlier).id)
    assert "alive" not in later.evidence


def test_a_folder_that_is_still_being_made_is_no_record(
    target: Target, kept: Callable[..., Record]
) -> None:
    record = kept()
    (target.state.actions / ".20260101T000000.000000-half").mkdir()
    assert [found.id for found in history(target).records] == [record.id]
    assert history(target).unreadable == ()


@pytest.mark.parametrize("content", [b"", b"half {", b"[]", b'{"id": 1}', b"[" * 100_000, b"\xff"])
def test_what_cant_be_read_is_named_and_hides_nothing_else(
    target: Target, kept: Callable[..., Record], content: bytes
) -> None:
    broken, good = kept(after=1), kept(after=2)
    (folder_of(target, broken.id) / "result.json").write_bytes(content)
    found = history(target)
    assert [record.id for record in found.records] == [good.id]
    assert found.unreadable == (broken.id,)


def test_a_folder_with_no_record_is_named(target: Target, kept: Callable[..., Record]) -> None:
    kept()
    (target.state.actions / "20260101T000000.000000-\x1b[2J").mkdir()
    assert history(target).unreadable == ("20260101T000000.000000-␛[2J",)


@pytest.mark.parametrize("name", ["", ".", "..", "../..", "a/b", "nope"])
def test_an_id_is_no_path(target: Target, name: str) -> None:
    with pytest.raises(ConsoleError, match="no readable record"):
        load(target, name)


def test_what_is_read_is_made_safe(target: Target, kept: Callable[..., Record]) -> None:
    record = kept(evidence="\x1b[2J", verdict=Verdict.FAILED)
    assert load(target, record.id).evidence == "␛[2J"


def test_secrets_are_dots_and_names_of_variables_are_all_that_is_kept(
    root: Path, target_of: Callable[..., Target]
) -> None:
    (root / ".env").write_text("SESSION_TOKEN=tests/secret-suite\n")
    (root / "tests" / "secret-suite").mkdir()
    target = target_of(root, {"target.python": sys.executable})
    record = new_record(
        target, plan(target, find("test-suite"), {"path": "tests/secret-suite"}), AT
    )
    assert record.argv[-1] == DOTS
    assert record.parameters == {"path": DOTS}
    assert "PATH" in record.environment
    assert os.environ["PATH"] not in msgspec.json.encode(record).decode()


def test_who_and_from_where(
    root: Path, target_of: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CLIENT", "192.0.2.7 50022 22")
    target = target_of(root, {"target.python": sys.executable})
    origin = new_record(target, plan(target, find("migrations"), {}), AT).origin
    assert origin.ssh == "192.0.2.7"
    assert origin_of({"SSH_CONNECTION": "2001:db8::7 5 192.0.2.1 22"}).ssh == "2001:db8::7"
    assert origin_of({}).ssh == ""
    assert origin.console == os.getpid()


def test_a_record_is_replaced_whole(target: Target, kept: Callable[..., Record]) -> None:
    record = kept()
    changed = msgspec.structs.replace(record, verdict=Verdict.PASSED, evidence="x" * 5000)
    save(folder_of(target, record.id), changed)
    assert load(target, record.id) == changed
    others = [path.name for path in folder_of(target, record.id).glob(".*")]
    assert others == []


def test_only_what_has_no_end_is_looked_for_among_many(
    target: Target, kept: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, running, ended_too = kept(), kept(), kept()
    for record in (ended, ended_too):
        close_folder(
            folder_of(target, record.id), msgspec.structs.replace(record, verdict=Verdict.PASSED)
        )
    assert [record.id for record in unfinished(target)] == [running.id]
    assert len(history(target).records) == 3
    assert load(target, ended.id).verdict is Verdict.PASSED


def test_a_process_is_the_actions_by_its_mark_whatever_the_clock_did(
    target: Target, kept: Callable[..., Record]
) -> None:
    record = msgspec.structs.replace(kept(), started=AT - timedelta(days=3))
    other = msgspec.structs.replace(record, id="another", started=datetime.now(UTC))
    # What its environment is shows only once its program was loaded.
    waits = [sys.executable, "-c", "print(flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    environment = {**os.environ, MARK: record.id}
    with subprocess.Popen(waits, env=environment, **pipes) as process:
        assert process.stdout.readline()
        assert left_alive(msgspec.structs.replace(record, pid=process.pid))
        assert not left_alive(msgspec.structs.replace(other, pid=process.pid))
        process.communicate(b"\n")
    assert not left_alive(msgspec.structs.replace(record, pid=process.pid))
