"""An installation full of secrets in every place, and its incident."""

from __future__ import annotations

import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from tests.incidents.scene import ANN, START, Scene, at

from orket_console.actions.trail import append
from orket_console.base.refs import LogRef, SessionRef, TurnRef
from orket_console.base.state import State
from orket_console.health.reading import Reading, Round
from orket_console.incidents.bundle.export import Bundle, export_incident
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.document import as_document
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Finding
from orket_console.incidents.escalation.draft import Draft
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.passes import begin_pass
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.ledger.writings import add_escalation, add_note
from orket_console.incidents.looking import Looked
from orket_console.target.target import Target

CANARIES = {
    "ORKET_API_KEY": "canary-key-7f3a91",
    "GITEA_WEBHOOK_SECRET": 'can"ary\\back/slash <&> ü-42',
    "GITEA_ADMIN_PASSWORD": "canary password 99",
}
URL = "http://admin:canary%2Furl-5@gitea:3000"
ACTION = "20261123T050010.000000-smoke-0000"
HOSTILE = "\x1b]52;c;eA==\x07<script>alert(1)</script>[/bold]</title>"


SEEN = Reading(State.FAILING, "refused", CANARIES["ORKET_API_KEY"], probe="api")
ROUND = Round(START + timedelta(minutes=1), 0.1, (SEEN,))


def finding(root: Path) -> Finding:
    return Finding(
        rule="turn-refused",
        title="Turns are refused",
        failure=FailureClass.RUN,
        state=State.FAILING,
        conclusion=f"Refused because of {CANARIES['ORKET_API_KEY']}",
        confidence=Confidence.CERTAIN,
        since=at(10),
        last=at(20),
        count=1,
        evidence=(
            Evidence("the line", LogRef(str(root / "orket.log"), 0, 1)),
            Evidence("the turn", TurnRef("s1", "I-2", 1)),
        ),
        next=(),
        wrong_if="it was not",
        runbook="3",
        subjects=("s1",),
        essence=("x",),
        signature="v1:run:turn-refused:1",
    )


@pytest.fixture
def leaky(scene: Scene) -> Scene:
    """Each of its secrets stands in the log, an artifact, a row, a note, the audit, a name."""
    root = scene.orket.root
    settings = {**CANARIES, "GITEA_URL": URL}
    (root / ".env").write_text("".join(f"{k}={v}\n" for k, v in settings.items()))
    for number, secret in enumerate(CANARIES.values()):
        scene.record(20 + number, "turn_failed", error=f"key {secret} {HOSTILE}", issue_id="I-1")
        folder = scene.turn(21, "I-1", failed=True)
        (folder / f"memory_trace_{number}.json").write_text(json.dumps({"seen": secret}))
        scene.orket.write(folder, "model_response.txt", f"it is {secret}")
        basic = b64encode(f"admin:{secret}".encode()).decode()
        said = [secret, basic, quote(secret, safe=""), URL]
        scene.orket.write(folder, "messages.json", [{"role": "user", "content": f"with {said}"}])
        scene.site.event("push", "a/b#1", json.dumps({"said": json.dumps(said)}), "error", at(25))
        append(scene.target.state.audit, {"kind": "started", "at": at(26).isoformat(), "x": secret})
    folder = scene.orket.folder("s1", "i-1", "001_lead_architect")
    for name in ("canary-key-7f3a91.json", "canary password 99.json", "A.txt", "a.txt"):
        (folder / name).write_text(name)
    kept = scene.acted(10, ACTION)
    (kept / "stdout").write_text(f"cloned {URL} with {' '.join(CANARIES.values())}\n")
    scene.turn(15, "I-2", failed=False)
    scene.orket.run("s1", "failed", failure_reason=CANARIES["GITEA_ADMIN_PASSWORD"])
    scene.refused(30)
    scene.probed((5, State.OK, "ok"), (40, State.FAILING, "refused"), (41, State.OK, "ok"))
    return scene


@pytest.fixture
def incident(leaky: Scene) -> int:
    store = open_ledger(leaky.target, leaky.clock)
    captured = {"diagnosis": as_document(seen_by(leaky.target.path))}
    opening = Opening(f"down {HOSTILE}", at(50), ANN, captured, signature="v1:run:turn-refused:1")
    one = open_incident(store, opening)
    begin_pass(store, one.id, (), at(51), ANN)
    said = "- not markup <script>\nand more"
    made = Draft("down", said, "orket-console replay s1:I-1:1", said, said)
    add_escalation(store, one.id, at(53), ANN, msgspec.to_builtins(made))
    add_note(store, one.id, at(52), ANN, f"tried {CANARIES['GITEA_WEBHOOK_SECRET']}")
    return one.id


def seen_by(root: Path) -> Diagnosis:
    return Diagnosis((finding(root),), (), (), ())


Export = Callable[[Path], Bundle]


@pytest.fixture
def export(leaky: Scene, incident: int) -> Export:
    def exported(path: Path) -> Bundle:
        target: Target = leaky.target
        where = (LogRef(str(target.path / "orket.log"), 0, 1), SessionRef("s1"))
        done = replace(ROUND, readings=(replace(SEEN, evidence=where),))
        looked = Looked(done, seen_by(target.path))
        store = open_ledger(target, leaky.clock)
        return export_incident(target, leaky.clock, store, incident, looked, path)

    return exported


def unpacked(path: Path) -> dict[str, bytes]:
    """Every member by its name below the top folder."""
    found: dict[str, bytes] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            assert (member.mode, member.isreg()) == (0o600, True)
            found[member.name.partition("/")[2]] = file.read()
    return found


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The bundle with each member's bytes changed; without those that become None."""
    out = path.with_name("changed.tar.gz")
    with tarfile.open(path) as old, tarfile.open(out, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            content = change(member.name.partition("/")[2], file.read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return out
