"""The archive: what is in it, and that no secret ever is."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import os
import re
import sqlite3
import tracemalloc
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.incidents.bundle.conftest import ACTION, CANARIES, Export, unpacked
from tests.incidents.scene import Scene, at

from orket_console.actions.trail import link_of
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.secret import Secret
from orket_console.incidents.bundle.archive import Archive
from orket_console.incidents.bundle.censor import Censor
from orket_console.incidents.bundle.escaping import escaped

_VOID = {"meta", "rect", "circle", "polyline"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "x.tar.gz"


def _traces(secret: str) -> set[str]:
    """What would betray it."""
    forms = {secret, json.dumps(secret)[1:-1], escape(secret), quote(secret, safe="")}
    forms |= {json.dumps(secret, ensure_ascii=False)[1:-1], escaped(secret), quote_plus(secret)}
    for before in range(3):
        forms.add(b64encode(f"{' ' * before}{secret}".encode()).decode()[4:-4])
    return forms


def test_no_secret_passes_in_any_form(export: Export, out: Path) -> None:
    made = export(out)
    whole = gzip.decompress(out.read_bytes())
    betrayed = {form for secret in CANARIES.values() for form in _traces(secret)}
    betrayed |= _traces("canary/url-5") | {"url-5", "canary"}
    assert not [form for form in betrayed if form.encode() in whole]
    members = unpacked(out)
    told = json.loads(members["redaction.json"])
    assert told["total"] == made.removed == sum(map(_total, told["removed"].values()))
    folder = "root/workspace/default/observability/s1/i-1/001_lead_architect"
    for name in (
        "root/workspace/default/orket.log",
        "audit.json",
        "webhook_rows.json",
        f"state/actions/{ACTION}/stdout",
    ):
        assert {*CANARIES} <= {*told["removed"][name]} <= {*CANARIES, "GITEA_URL"}, name
    assert told["removed"][f"state/actions/{ACTION}/stdout"]["GITEA_URL"] == 1
    assert told["removed"][f"{folder}/messages.json"] == {"GITEA_ADMIN_PASSWORD": 3, "GITEA_URL": 1}
    assert "ledger.json" not in told["removed"]  # They were dots in the ledger already.
    named = [name.removeprefix(f"{folder}/") for name in members if name.startswith(folder)]
    assert {"•••.json", "•••~2.json"} <= {*named}
    assert len({name.casefold() for name in named}) == len(named)


def _total(removed: dict[str, int]) -> int:
    return sum(removed.values())


def test_it_holds_what_concerns_the_incident(export: Export, out: Path) -> None:
    made = export(out)
    members = unpacked(out)
    folder = "root/workspace/default/observability/s1/"
    assert f"{folder}i-1/001_lead_architect/checkpoint.json" in members
    assert f"{folder}i-2/001_lead_architect/checkpoint.json" in members
    assert members["root/workspace/default/orket.log"].count(b"turn_failed") == 3
    assert members["root/orket.log"].count(b"Missing webhook signature") == 1
    rows = json.loads(members["run_rows.json"])
    assert [row[0] for row in rows["run_ledger"]["rows"]] == ["s1"]
    assert len(json.loads(members["webhook_rows.json"])["webhook_events"]["rows"]) == 3
    ledger = json.loads(members["ledger.json"])
    assert len(ledger["notes"]["rows"]) == len(ledger["passes"]["rows"]) == 1
    kinds = {entry["kind"] for entry in json.loads(members["timeline.json"])}
    assert {"log", "turn", "delivery", "probe", "incident", "note"} <= kinds
    manifest = json.loads(members.pop("MANIFEST.json"))
    assert {name: hashlib.sha256(raw).hexdigest() for name, raw in members.items()} == {
        name: told["sha256"] for name, told in manifest["files"].items()
    }
    assert (made.files, made.records) == (len(members) + 1, 3)
    assert out.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in out.parent.iterdir()] == [out.name]


def test_rows_of_the_time_are_there_however_many_came_later(
    export: Export, out: Path, leaky: Scene
) -> None:
    later = [(f"{at(7200 + number):%Y-%m-%d %H:%M:%S}",) for number in range(2100)]
    with closing(sqlite3.connect(leaky.site.database)) as connection, connection:
        connection.executemany(
            "INSERT INTO webhook_events (event_type, result, created_at) VALUES ('push', 'x', ?)",
            [*later, ("2026-11-23T05:00:41+00:00",), (None,)],
        )
    export(out)
    found = json.loads(unpacked(out)["webhook_rows.json"])["webhook_events"]
    assert [row[5] for row in found["rows"]] == [
        *(["2026-11-23 05:00:25"] * 3),
        "2026-11-23T05:00:41+00:00",
        None,
    ]
    assert found["cut"] == ""


def test_rows_without_times_are_there(export: Export, out: Path, leaky: Scene) -> None:
    leaky.site.execute("ALTER TABLE webhook_events DROP COLUMN created_at")
    made = export(out)
    found = json.loads(unpacked(out)["webhook_rows.json"])["webhook_events"]
    assert len(found["rows"]) == 3
    assert not any("webhook_events" in each for each in made.left_out)


def test_runs_of_the_time_are_there_with_all_turns_of_those_concerned(
    export: Export, out: Path, leaky: Scene
) -> None:
    span = {"started_at": at(1).isoformat(), "ended_at": at(9).isoformat()}
    leaky.orket.run("went-well", **span)
    leaky.orket.run("no-end-yet", "running", **{**span, "ended_at": None})
    leaky.orket.run("before", ended_at=at(-9000).isoformat(), started_at=at(-9999).isoformat())
    leaky.orket.turn("s1", "I-9", 4, at=at(-9000).isoformat())
    leaky.orket.turn("went-well", "I-8", 1, at=at(2).isoformat())
    export(out)
    members = unpacked(out)
    rows = json.loads(members["run_rows.json"])
    for table in ("run_ledger", "sessions"):
        assert {row[0] for row in rows[table]["rows"]} == {"s1", "went-well", "no-end-yet"}
    folder = "root/workspace/default/observability"
    assert f"{folder}/s1/i-9/004_lead_architect/checkpoint.json" in members
    assert not any(name.startswith(f"{folder}/went-well") for name in members)


def test_what_is_left_out_is_told(export: Export, out: Path, leaky: Scene) -> None:
    folder = leaky.orket.folder("s1", "i-1", "001_lead_architect")
    (folder / "model_response_raw.json").write_bytes(b"1" * ((8 << 20) + 1))
    (folder / "main.py").write_text("1")
    (folder / "link.json").symlink_to("/etc/passwd")
    (leaky.target.path / ".orket" / "durable" / "db" / "webhook.db").write_bytes(b"x" * 4096)
    made = export(out)
    place = "root/workspace/default/observability/s1/i-1/001_lead_architect"
    assert f"{place}/model_response_raw.json: larger than 8.4 MB" in made.left_out
    assert f"{place}/main.py: a name, or a kind of file, that no bundle has" in made.left_out
    assert f"{place}/link.json: a link: not followed" in made.left_out
    assert sum(each.startswith("rows of webhook_events") for each in made.left_out) == 1
    assert json.loads(unpacked(out)["MANIFEST.json"])["left_out"] == [*made.left_out]


def test_the_audit_slice_names_what_proves_it(export: Export, out: Path) -> None:
    made = export(out)
    audit = json.loads(unpacked(out)["audit.json"])
    assert made.proved == 0  # Each line has a secret in it, which is dots here.
    assert [record["redacted"] for record in audit["records"]] == [True] * 3
    first, second, _ = audit["records"]
    assert second["previous"] == first["hash"]
    assert audit["head"][1] == audit["records"][-1]["hash"]
    link = link_of(first["line"].encode())
    assert link is not None
    assert link.hash == first["hash"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_in_itself_and_nothing_in_it_is_markup(export: Export, out: Path) -> None:
    export(out)
    text = unpacked(out)["report.html"].decode()
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert "script" not in page.tags
    assert page.tags.count("svg") == 2
    assert "<h3>repro command</h3>" in text
    assert "<pre>- not markup &lt;script&gt;\nand more</pre>" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"(?:\bsrc=|\bhref=|url\(|@import|http:|https:)", text)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert "\x1b" not in text
    markdown = unpacked(out)["report.md"].decode()
    assert "<script>" not in re.sub(r"(?m)^    .*$", "", markdown)
    assert "\x1b" not in markdown
    assert "    - not markup <script>" in markdown.splitlines()
    assert "- opened: 2026-11-23 05:00:50 UTC by ann" in markdown.splitlines()
    assert "- recovery: pass 1 under way" in markdown.splitlines()
    assert "- turn-refused: Refused because of •••" in markdown.splitlines()
    assert "### repro command" in markdown.splitlines()


def test_the_report_names_places_from_the_root_on(export: Export, out: Path, leaky: Scene) -> None:
    export(out)
    text = unpacked(out)["report.html"].decode()
    assert "<td>workspace/default/orket.log:1</td>" in text
    assert text.count(str(leaky.target.path)) == 1
    assert re.search(
        r"Each bar is 1m..s: what failed, and warnings above; [0-9]+ at the most", text
    )


def test_a_place_in_the_installation_or_one_taken_is_refused(
    export: Export, out: Path, leaky: Scene
) -> None:
    inside = leaky.target.path / "x.tar.gz"
    out.parent.mkdir()
    out.write_text("mine")
    for path in (inside, out):
        with pytest.raises(ConsoleError) as refused:
            export(path)
        assert refused.value.exit_code is ExitCode.USAGE
    assert not inside.exists()
    assert out.read_text() == "mine"


def test_of_one_that_fails_in_the_middle_nothing_is_left(
    export: Export, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConsoleError, match="No space left"):
        export(out)
    assert list(out.parent.iterdir()) == []


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield os.urandom(1 << 20)
        raise OSError(28, "No space left on device")

    archive = Archive(tmp_path / "to" / "x.tar.gz", "top", Censor([]), at(0))
    with pytest.raises(OSError, match="No space"), archive:
        archive.add("first.txt", [os.urandom(1 << 20)])
        archive.add("second.txt", chunks())
    del archive
    gc.collect()
    assert list((tmp_path / "to").iterdir()) == []


def test_a_large_log_is_cut_to_what_lies_around_the_entries_with_flat_memory(
    export: Export, out: Path, leaky: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.incidents.bundle.slices.WHOLE", 1 << 20)
    log = leaky.orket.workspace / "orket.log"
    line = {"timestamp": at(30).isoformat(), "event": "turn_start", "data": {"x": "y" * 6000}}
    with log.open("a") as file:
        file.writelines([json.dumps(line) + "\n"] * 3_500)
    assert log.stat().st_size > 20 << 20
    tracemalloc.start()
    export(out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    members = unpacked(out)
    kept = members["root/workspace/default/orket.log"]
    assert kept.count(b"turn_failed") == 3
    assert len(kept) < 1 << 20
    (told,) = [t for t in json.loads(members["logs.json"]) if not t["whole"]]
    assert told["file"] == "root/workspace/default/orket.log"
    assert peak < log.stat().st_size


Chunks = st.lists(st.sampled_from([b"canary", b"-7", b"f3", b"can", b"x", b"-", b"\n", b"\xff"]))


@given(Chunks)
def test_a_secret_parted_between_two_pieces_is_removed(chunks: list[bytes]) -> None:
    censor = Censor([("A_KEY", Secret("canary-7f3")), ("B_KEY", Secret("7f3-x"))])
    removed: dict[str, int] = {}
    out = b"".join(censor.pieces(chunks, removed))
    assert not any(secret in out for secret in (b"canary-7f3", b"7f3-x"))
    if not any(secret in b"".join(chunks) for secret in (b"canary-7f3", b"7f3-x")):
        assert out == b"".join(chunks)
        assert removed == {}
    else:
        assert sum(removed.values()) == out.count("•••".encode())


def test_the_beginning_of_a_secret_before_a_cut_is_removed() -> None:
    censor = Censor([("A_KEY", Secret("canary-key-7f3"))])
    removed: dict[str, int] = {}
    out = b"".join(censor.pieces(["key canary-ke…, cana…, canary".encode(), b"-x"], removed))
    assert out.decode() == "key •••…, cana…, canary-x"
    assert removed == {"A_KEY": 1}


def _basic(secret: str) -> str:
    return b64encode(f"admin:{secret}".encode()).decode()


@pytest.mark.parametrize(
    "shape",
    [
        str,
        lambda s: json.dumps(s)[1:-1],
        lambda s: json.dumps(json.dumps(json.dumps(s)))[5:-5],
        lambda s: json.dumps(s)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026"),
        lambda s: json.dumps(json.dumps(s).replace("/", "\\/"))[3:-3],
        repr,
        escape,
        lambda s: escape(s, quote=False),
        escaped,
        quote,
        quote_plus,
        lambda s: re.sub("%..", lambda found: found[0].lower(), quote(s, safe="")),
        lambda s: b64encode(s.encode()).decode(),
        lambda s: urlsafe_b64encode(f"x{s}yz".encode()).decode(),
        lambda s: b64encode(f"xy{s}".encode()).decode(),
        _basic,
        lambda s: quote(_basic(s)),
    ],
)
def test_each_form_of_a_secret_is_known(shape: Callable[[str], str]) -> None:
    secret = 'p"ä<&\\ 1?~/'
    removed: dict[str, int] = {}
    raw = f"a {shape(secret)} b".encode()
    out = b"".join(Censor([("A_KEY", Secret(secret))]).pieces([raw], removed)).decode()
    left = re.sub("•••", "", out)
    assert "•••" in out
    assert removed == {"A_KEY": 1}
    # What is left of it in base64 are fewer bits than tell a character.
    assert len(left) <= len(raw) - len(secret)
    assert shape(secret) not in out
