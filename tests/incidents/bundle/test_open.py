"""A bundle opened elsewhere shows the same; one that was tampered with is told or refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.incidents.bundle.conftest import Export, rewritten
from tests.incidents.scene import ANN, Scene, at

from orket_console.actions.overview import overview
from orket_console.actions.trail import append
from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.references import ref_of
from orket_console.base.refs import LogRef, SessionRef, TurnRef
from orket_console.base.secret import Redactor
from orket_console.base.state import State
from orket_console.cli.open import target_of
from orket_console.incidents.bundle.names import is_bundle_name
from orket_console.incidents.bundle.opening import BundleClock, Opened, opened_bundle
from orket_console.incidents.bundle.unpack import Limits, unpack
from orket_console.incidents.following import Follower
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.passes import passes
from orket_console.incidents.ledger.store import Store, open_ledger
from orket_console.incidents.ledger.writings import add_note, notes
from orket_console.incidents.looking import Looker
from orket_console.incidents.timeline.entry import Entry, Wanted
from orket_console.incidents.timeline.timeline import Timeline
from orket_console.target.state import user_config_file
from orket_console.target.target import Target

Member = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def bundle(export: Export, tmp_path: Path, leaky: Scene) -> Path:
    for number in range(3):
        fields = {"kind": "ended", "at": at(40 + number).isoformat(), "id": f"r{number}"}
        append(leaky.target.state.audit, fields)
    path = tmp_path / "sent" / "x.tar.gz"
    export(path)
    return path


@contextmanager
def seen(path: Path) -> Iterator[tuple[Opened, Target]]:
    with opened_bundle(path) as opened:
        yield opened, target_of(opened)


def entries(target: Target, moment: FixedClock) -> list[Entry]:
    walk = Timeline(target, moment, open_ledger(target, moment)).back(Wanted(quiet=True))
    found = list(walk.take(1000, pauses=None).entries)
    walk.close()
    return found


def test_it_shows_the_same_without_the_installation(bundle: Path, leaky: Scene) -> None:
    before = entries(leaky.target, leaky.clock)
    leaky.target.path.rename(leaky.target.path.with_name("gone"))
    with seen(bundle) as (opened, target):
        assert (opened.whole, opened.problems) == (True, ())
        assert target.read_only
        after = entries(target, leaky.clock)
        assert [(one.at, one.kind, one.state) for one in after] == [
            (one.at, one.kind, one.state) for one in before
        ]
        store = open_ledger(target, leaky.clock)
        assert find_incident(store, 1).signature == "v1:run:turn-refused:1"
        assert [note.text for note in notes(store, 1)] == ["tried •••"]
        assert len(passes(store, 1)) == 1
        readings = Looker(target, leaky.clock).look().done.readings
        api = next(one for one in readings if one.probe == "api")
        assert (api.state, api.word) == (State.FAILING, "refused")
        assert api.details[0].startswith("from the bundle")
        log = LogRef(str(target.layout.server_log), 0, 1)
        assert api.evidence == (log, SessionRef("s1"))
        assert {one.word for one in readings} == {"refused", "not asked"}
        folder = opened.root
        modes = {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))}
        assert modes == {0}
    assert not folder.exists()
    assert list(folder.parent.parent.iterdir()) == []


def test_a_turn_is_as_old_as_its_newest_file(bundle: Path) -> None:
    with seen(bundle) as (_, target):
        turns = [*(target.path / "workspace/default/observability").glob("*/*/*")]
        assert turns
        for folder in turns:
            assert folder.stat().st_mtime == max(one.stat().st_mtime for one in folder.iterdir())


def test_what_is_set_here_is_not_for_what_is_in_it(bundle: Path) -> None:
    own = user_config_file()
    own.parent.mkdir(parents=True)
    own.write_text('[target]\ndurable_root = "/srv"\n[api]\nport = 9\n[webhook]\nport = 8\n')

    def change(name: str, content: bytes) -> bytes:
        if name != "MANIFEST.json":
            return content
        return content.replace(b'"api.port": 8082', b'"api.port": 7000').replace(b"8080", b'"x"')

    with seen(rewritten(bundle, change)) as (opened, target):
        assert target.layout.durable.is_relative_to(opened.root)
        assert target.settings.whole("api.port") == 7000
        assert opened.ports == {"api.port": 7000}


def test_nothing_of_it_is_run_or_written(bundle: Path) -> None:
    with seen(bundle) as (_, target):
        assert target.is_bundle
        with pytest.raises(ConsoleError, match="this is a bundle: what is in it is only looked at"):
            add_note(Follower(target, BundleClock(at(60))).store(), 1, at(60), ANN, "x")
        writing = [row for row in overview(target).rows if row.writes]
        assert writing
        assert {row.blocked.partition(":")[0] for row in writing} == {"this is a bundle"}


def test_what_a_killed_console_left_is_removed(bundle: Path, own_environment: Path) -> None:
    left = own_environment / "state" / "orket-console" / "bundles" / "4999999-aa"
    left.mkdir(parents=True)
    with seen(bundle):
        assert not left.exists()


def test_an_edited_member_a_missing_and_an_added_one_are_told(bundle: Path) -> None:
    def change(name: str, content: bytes) -> bytes | None:
        if name == "report.md":
            return content.replace(b"Pass 1", b"Pass 2")
        return None if name == "findings.json" else content

    with seen(rewritten(bundle, change)) as (opened, target):
        assert not opened.whole
        assert opened.contents.faults == (
            "report.md was changed: its SHA-256 is not the manifest's",
            "findings.json is missing",
        )
        assert target.distrust.startswith("CHANGED: report.md was changed")
        assert "not what was exported: CHANGED: report.md" in target.read_only_why


def test_rows_that_no_ledger_takes_are_told_and_the_rest_is_shown(bundle: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "ledger.json":
            return content
        tables = json.loads(content)
        tables["incidents"]["rows"] *= 2
        return json.dumps(tables).encode()

    with seen(rewritten(bundle, change)) as (opened, target):
        assert [each for each in opened.problems if "the ledger's rows can't be used" in each]
        assert entries(target, FixedClock(at(60)))


def test_nowhere_to_lay_it_out_is_said(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/x")
    with pytest.raises(ConsoleError, match="can't be laid out: Not a directory") as said:
        opened_bundle(bundle).__enter__()
    assert "XDG_STATE_HOME" in str(said.value)


def test_a_reference_out_of_the_bundle_leads_nowhere(bundle: Path) -> None:
    for name in ("../../etc/passwd", "root/../x.log", "root/no.log", "/etc/hosts"):
        to = name.encode()

        def change(member: str, content: bytes, to: bytes = to) -> bytes:
            return content.replace(b"root/orket.log", to) if "ledger" in member else content

        with seen(rewritten(bundle, change)) as (_, target):
            captured = find_incident(Store(target.state.ledger, Redactor(())), 1).captured
            line, turn = captured["diagnosis"]["findings"][0]["evidence"]
            assert line["path"] == name
            assert ref_of(line) is None
            assert isinstance(ref_of(turn), TurnRef)


def _resealed(change: Callable[[dict[str, Any]], None]) -> Callable[[str, bytes], bytes | None]:
    """Changes the audit slice, and the manifest so that it fits."""
    made: dict[str, bytes] = {}

    def changed(name: str, content: bytes) -> bytes | None:
        if name == "audit.json":
            document = json.loads(content)
            change(document)
            made[name] = json.dumps(document).encode()
            return made[name]
        if name == "MANIFEST.json":
            document = json.loads(content)
            for each, raw in made.items():
                told = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
                document["files"][each] = told
            return json.dumps(document).encode()
        return content

    return changed


def _swap(audit: dict[str, Any]) -> None:
    audit["records"][3], audit["records"][4] = audit["records"][4], audit["records"][3]


def _edit(audit: dict[str, Any]) -> None:
    record = audit["records"][4]
    record["line"] = record["line"].replace('"r1"', '"r9"')
    record["record"]["id"] = "r9"


_FORGERIES: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_edit, "record 5 was edited"),
    (_swap, "record 4 is not in its place"),
    (lambda a: a["records"][4]["record"].update(id="x"), "record 5 says something else"),
    (lambda a: a["records"][4].update(redacted=True, line="{}"), "record 5 can't be read"),
    (lambda a: a["records"][4].update(redacted=True), "record 5 is said to be redacted"),
    (lambda a: a["records"][4].update(fault="is\nlong " * 999), "record 5 is"),
    (lambda a: a["records"][5].update(hash="0" * 64), "record 6 is not the one"),
    (lambda a: a.update(head=[6, "0" * 64]), "record 6 is not the one that was written last"),
    (lambda a: a.update(head=[4, "0" * 64]), "record 6 is later than the head"),
    (lambda a: a["verification"].update(state="failing"), "the trail itself was at fault"),
]


def test_a_forged_audit_is_told(bundle: Path) -> None:
    with seen(bundle) as (opened, _):
        assert (opened.proof.state, opened.proof.records, opened.proof.proved) == (State.OK, 6, 3)
    for change, said in _FORGERIES:
        with seen(rewritten(bundle, _resealed(change))) as (opened, target):
            assert len(target.distrust.splitlines()) == 1
            assert len(target.distrust) <= 120
            assert target.distrust.startswith("FORGED: record " if "record" in said else "FORGED")
            assert opened.contents.faults == ()
            assert opened.proof.state is State.FAILING
            assert any(fault.startswith(said) for fault in opened.proof.faults), said
            assert opened.proof.what.startswith("FORGED")


def test_records_that_are_left_out_are_a_gap_and_no_fault(bundle: Path) -> None:
    for place, gap in ((1, (2, 2)), (5, (6, 6))):

        def without(audit: dict[str, Any], place: int = place) -> None:
            audit["records"].pop(place)

        with seen(rewritten(bundle, _resealed(without))) as (opened, _):
            assert (opened.proof.faults, opened.proof.gaps) == ((), (gap,))


def packed(path: Path, *members: Member) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            if info.isreg():
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def info(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, to
    return made


def refused(path: Path, folder: Path, limits: Limits | None = None) -> str:
    folder.mkdir(exist_ok=True)
    outside = sorted(folder.parent.rglob("*"))
    with pytest.raises(ConsoleError) as error:
        unpack(path, folder / "in", limits or Limits())
    assert [p for p in sorted(folder.parent.rglob("*")) if folder not in p.parents] == [
        p for p in outside if folder not in p.parents
    ]
    return str(error.value)


@pytest.mark.parametrize(
    "member",
    [
        info("../x.json"),
        info("/etc/x.json"),
        info("a/../../x.json"),
        info("a/./x.json"),
        info("a//x.json"),
        info("a/.git/x.json"),
        info("a/root/orket-console.toml"),
        info("a/root/main.py"),
        info("a/root/.env"),
        info("x.json"),
        info("a/b\\x.json"),
        info("a/\x1b]0;x.json"),
        info("a/" + "d/" * 30 + "x.json"),
        info("a/" + "n" * 300 + ".json"),
        info("a/x.json", tarfile.SYMTYPE, "/etc/passwd"),
        info("a/x.json", tarfile.LNKTYPE, "/etc/passwd"),
        info("a/x.json", tarfile.FIFOTYPE),
        info("a/x.json", tarfile.CHRTYPE),
        info("a/x.json", tarfile.BLKTYPE),
        info("a/x.json", tarfile.DIRTYPE),
        info("a/x.json", tarfile.GNUTYPE_SPARSE),
    ],
    ids=lambda member: f"{member.type!r} {member.name[:30]!r}",
)
def test_names_links_and_devices_are_refused(member: tarfile.TarInfo, tmp_path: Path) -> None:
    said = refused(packed(tmp_path / "x.tar.gz", (member, b"1")), tmp_path / "to")
    why = (
        "is no name, or of no kind, that" if member.type == tarfile.REGTYPE else "is no plain file"
    )
    assert why in said
    assert "\x1b" not in said


@pytest.mark.parametrize("names", [("a/x.json", "b/x.json"), ("a/x.json", "a/X.json")])
def test_a_name_that_is_there_twice_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar.gz", *((info(name), b"1") for name in names))
    assert "is there twice, or beside the others" in refused(path, tmp_path / "to")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(whole=1 << 20), "it unpacks to more than 1.0 MB"),
        (Limits(usual=1 << 20), "it unpacks to more than 1.0 MB"),
        (Limits(member=1 << 20), "is larger than 1.0 MB"),
        (Limits(members=0), "it has more than 0 files"),
        (Limits(packed=100), "it is larger than 100 B"),
    ],
)
def test_a_bomb_is_refused(limits: Limits, said: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar.gz", (info("a/x.json"), bytes(8 << 20)))
    assert said in refused(path, tmp_path / "to", limits)


def test_a_header_that_claims_much_is_refused(tmp_path: Path) -> None:
    header = info("a/x.json", tarfile.XHDTYPE)
    header.size = 2 << 20
    raw = header.tobuf(tarfile.USTAR_FORMAT) + bytes(2 << 20) + bytes(1024)
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(raw))
    assert "a header that is far too long" in refused(path, tmp_path / "to")


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", gzip.compress(b"no tar" * 500), gzip.compress(b"")[:-5], gzip.compress(b"")],
    # What is compressed has its time in it: an id made from it differs from worker to worker.
    ids=["empty", "no gzip", "no tar", "cut off", "nothing"],
)
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    assert "it is no whole tar.gz" in refused(path, tmp_path / "to")


def test_one_cut_off_or_with_something_behind_it_is_refused(bundle: Path, tmp_path: Path) -> None:
    raw = bundle.read_bytes()
    path = tmp_path / "y.tar.gz"
    for content, said in (
        (raw[: len(raw) // 2], "no whole tar.gz: it ends in the middle"),
        (raw[:-3], "no whole tar.gz: it ends in the middle"),
        (raw + raw, "something stands behind its end"),
        (raw + b"x", "something stands behind its end"),
    ):
        path.write_bytes(content)
        assert said in refused(path, tmp_path / "to")


def test_a_newer_form_and_a_fifo_are_refused(bundle: Path, tmp_path: Path) -> None:
    def newer(name: str, content: bytes) -> bytes:
        return content.replace(b'"form": 1', b'"form": 2') if name == "MANIFEST.json" else content

    assert "a newer console's" in refused(rewritten(bundle, newer), tmp_path / "to")
    os.mkfifo(tmp_path / "fifo")
    assert "not a regular file" in refused(tmp_path / "fifo", tmp_path / "to")


Documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["columns", "rows", "run_ledger", "incidents", "records", "readings", "at", "head"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=25)
@given(Documents)
def test_no_document_in_it_breaks_the_opening(
    tmp_path_factory: pytest.TempPathFactory, document: object
) -> None:
    manifest = {"schema": "orket-console/bundle/v1", "form": 1, "target": document}
    names = ("ledger", "run_rows", "webhook_rows", "audit", "probes", "logs", "redaction")
    text = json.dumps(document).encode()
    path = tmp_path_factory.getbasetemp() / "any.tar.gz"
    packed(
        path,
        *((info(f"a/{name}.json"), text) for name in names),
        (info("a/MANIFEST.json"), json.dumps(manifest).encode()),
    )
    with opened_bundle(path) as opened:
        target_of(opened)
        assert not opened.whole


@given(st.text(max_size=30))
@example("a/../b.json")
@example("..")
@example("a/x.json\n")
def test_a_name_that_is_taken_stays_in_its_folder(name: str) -> None:
    try:
        taken = is_bundle_name(name)
    except UnicodeEncodeError:
        taken = False
    if taken:
        place = os.path.normpath(f"/folder/{name}")
        assert place == f"/folder/{name}"
        assert name.isprintable() or " " in name
