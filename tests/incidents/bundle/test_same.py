"""A bundle opened on a clean account shows what the installation showed, tab by tab."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.incidents.bundle.conftest import ROUND, Export
from tests.incidents.scene import Scene, at

from orket_console.actions.audit_export import Chosen, exported
from orket_console.actions.overview import overview as actions_of
from orket_console.actions.trail import append
from orket_console.base.refs import LogRef
from orket_console.base.secret import Redactor
from orket_console.cli.open import target_of
from orket_console.incidents.bundle.censor import Censor
from orket_console.incidents.bundle.opening import opened_bundle
from orket_console.incidents.diagnosis.diagnose import diagnose
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.overview import overview
from orket_console.incidents.timeline.entry import Wanted
from orket_console.incidents.timeline.timeline import Timeline
from orket_console.logs.history import open_view
from orket_console.logs.sources import Source
from orket_console.runs.detail import OpenedRun
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries

Look = Callable[[Target, Scene], object]


def _incident(target: Target, scene: Scene) -> object:
    shown = overview(open_ledger(target, scene.clock), 1)
    # Its evidence lies elsewhere: the rooms below open it.
    said = [one["conclusion"] for one in shown.incident.captured["diagnosis"]["findings"]]
    return replace(shown, incident=replace(shown.incident, captured={})), said


def _findings(target: Target, scene: Scene) -> object:
    found = diagnose(Gatherer(target, scene.clock).gather(ROUND)).findings
    assert found
    return sorted((one.rule, one.conclusion, one.signature) for one in found)


def _timeline(target: Target, scene: Scene) -> object:
    walk = Timeline(target, scene.clock, open_ledger(target, scene.clock)).back(Wanted(quiet=True))
    entries = walk.take(1000, pauses=None).entries
    walk.close()
    assert len(entries) > 10
    return [(one.at, one.kind, one.state, one.what) for one in entries]


def _record(target: Target, scene: Scene) -> object:
    """What the first line of the timeline's leads to."""
    walk = Timeline(target, scene.clock, None).back(Wanted())
    entries = walk.take(1000, pauses=None).entries
    walk.close()
    ref = next(one.ref for one in reversed(entries) if isinstance(one.ref, LogRef))
    view = open_view(Source(ref.path, ""), ref.offset)
    record = next(view.behind())
    view.close()
    assert record is not None
    return record.at, record.event, record.what


def _turns(target: Target, scene: Scene) -> object:
    turns = OpenedRun(target, scene.clock, "s1").detail.turns
    assert len(turns) == 2
    return [(one.ref, one.at, one.verdict, one.why, one.shown, one.missing) for one in turns]


def _deliveries(target: Target, scene: Scene) -> object:
    rows = deliveries(target, scene.clock).rows
    assert len(rows) > 3
    return [(one.at, one.event, one.label, one.why, one.payload) for one in rows]


def _actions(target: Target, _: Scene) -> object:
    return [(row.name, row.last, row.took) for row in actions_of(target).rows]


def _audit(target: Target, _: Scene) -> object:
    export = exported(target.state.audit, Chosen(), Redactor(()))
    return [(record.seq, record.record) for record in export.records], export.head


def _written(seen: object) -> bytes:
    return json.dumps(msgspec.to_builtins(seen), ensure_ascii=False).encode()


LOOKS = (_incident, _findings, _timeline, _record, _turns, _deliveries, _actions, _audit)


def test_every_room_shows_the_same_on_a_clean_account(
    export: Export, leaky: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(leaky.target.state.audit, {"kind": "ended", "at": at(41).isoformat(), "id": "r1"})
    path = tmp_path / "sent" / "x.tar.gz"
    export(path)
    censor = Censor(leaky.target.secrets())
    before = {look: _written(look(leaky.target, leaky)) for look in LOOKS}
    gone = leaky.target.path.with_name("gone")
    leaky.target.path.rename(gone)
    leaky.target.state.path.rename(gone / "state")
    (tmp_path / "new").mkdir()
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "new"))
    monkeypatch.setenv("USER", "someone")
    monkeypatch.chdir(tmp_path / "new")
    with opened_bundle(path) as opened:
        assert opened.root.is_relative_to(tmp_path / "new")
        target = target_of(opened)
        for look, was in before.items():
            now = msgspec.json.decode(_written(look(target, leaky)))
            assert now == msgspec.json.decode(censor.redacted(was, {})), look.__name__
    assert [each for each in (tmp_path / "new").rglob("*") if each.is_file()] == []
