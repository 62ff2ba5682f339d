"""The four fields, their Markdown, and where they are filed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.incidents.findings import ANN, DOWN, RED, looked_at, opening_of
from tests.incidents.findings import START as NOW

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import ProbeRef, TableRef, TurnRef
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.diagnosis.rules import RULES
from orket_console.incidents.escalation.draft import Draft, as_document, draft, from_document
from orket_console.incidents.escalation.filing import TOKEN, file_in, place_of, write_file
from orket_console.incidents.escalation.guards import guard_for
from orket_console.incidents.escalation.markdown import as_markdown, from_markdown
from orket_console.incidents.escalation.repro import repro_of
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.passes import begin_pass, end_pass
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.returning import Repeat, note_return
from orket_console.target.target import Target

DRAFT = Draft("INC-1: it is down", "`v1:a`", "    true", "It is.\n\n- so", "- assert: up")


def looked(*findings: Finding) -> Looked:
    return looked_at(NOW, *findings, readings=RED)


@pytest.fixture
def target(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(bare_root, {"api.port": 18082})


def test_the_fields_are_filled_from_what_is_known(target: Target) -> None:
    store = open_ledger(target, FixedClock(NOW))
    one = open_incident(store, opening_of(DOWN, NOW))
    begun = begin_pass(store, one.id, (), NOW, ANN)
    ended = end_pass(store, begun, NOW + timedelta(minutes=3), ANN, [], {})
    made = draft(store, target, one, looked(DOWN), FixedClock(NOW))
    assert made.title == "INC-1: The API server is not running"
    later = NOW + timedelta(minutes=9)
    note_return(store, Repeat(one, ended, DOWN.signature, later), later, ANN)
    made = draft(store, target, one, looked(DOWN), FixedClock(NOW))
    assert made.title.endswith("not running came back after a clean recovery pass")
    assert "came back 2026-11-23 05:09:00 UTC after the clean pass 1 of INC-1" in made.hypothesis
    assert "`v1:api:down:1`" in made.signature
    assert "“[Errno 98] Address already in use” → “errno address already in use”" in made.signature
    assert "curl -fsS --max-time 5 http://localhost:18082/health" in made.repro.replace(
        "127.0.0.1", "localhost"
    )
    assert "Checked: found at 2026-11-23 05:00:00 UTC." in made.repro
    assert "confidence: certain" in made.hypothesis
    assert "- Address already in use (/o/orket.log:1)" in made.hypothesis
    assert "- pass 1, clean at 2026-11-23 05:03:00 UTC" in made.hypothesis
    assert "It would be wrong if a process listens elsewhere." in made.hypothesis
    assert "- assert: it answers 200" in made.guard
    assert from_markdown(as_markdown(made)) == made
    assert from_document(as_document(made)) == made


def test_what_is_gone_is_drafted_from_what_was_captured(target: Target) -> None:
    store = open_ledger(target, FixedClock(NOW))
    kept = {
        "signature": DOWN.signature,
        "essence": ["refused"],
        "conclusion": "It was down.",
        "confidence": "certain",
        "evidence": [{"what": "probe", "shown": "probe api"}],
    }
    captured = {"diagnosis": {"findings": [kept]}}
    one = open_incident(store, opening_of(DOWN, NOW, captured))
    made = draft(store, target, one, looked(), FixedClock(NOW))
    assert "- “refused”" in made.signature
    assert "not found at" in made.repro
    assert "It was down. (confidence: certain)" in made.hypothesis
    assert "- probe (probe api)" in made.hypothesis


def test_one_opened_by_hand_says_what_is_not_known(target: Target) -> None:
    store = open_ledger(target, FixedClock(NOW))
    one = open_incident(store, Opening("slow", NOW, ANN, {}))
    made = draft(store, target, one, looked(DOWN), FixedClock(NOW))
    assert made.signature == "None: the incident was opened by hand."
    assert "check" in made.repro
    assert all(made.fields().values())
    assert from_markdown(as_markdown(made)) == made


def test_what_a_turn_wrote_puts_no_secret_into_a_draft(
    bare_root: Path, target_of: Callable[..., Target]
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    target = target_of(bare_root)
    told = replace(DOWN, conclusion="canary-7f3a91 is refused")
    store = open_ledger(target, FixedClock(NOW))
    one = open_incident(store, opening_of(told, NOW))
    made = draft(store, target, one, looked(told), FixedClock(NOW))
    assert "••• is refused" in made.hypothesis
    assert "canary" not in str(made)


def test_another_failure_of_the_same_rule_is_no_proof(target: Target) -> None:
    store = open_ledger(target, FixedClock(NOW))
    one = open_incident(store, opening_of(DOWN, NOW))
    other = replace(DOWN, signature="v1:api:down:other")
    made = draft(store, target, one, looked(other), FixedClock(NOW))
    assert "not found at" in made.repro
    made = draft(store, target, one, looked(other, DOWN), FixedClock(NOW))
    assert "Checked: found at" in made.repro


def test_every_rule_that_can_come_back_has_its_guard() -> None:
    noise = {rule.id for rule in RULES if rule.failure is FailureClass.NOISE}
    assert {rule.id for rule in RULES if guard_for(rule.id) is None} == noise


def test_the_command_is_that_of_the_evidence(target: Target) -> None:
    turn = TurnRef("s1", "ISS-1", 2, "coder")
    stalled = replace(DOWN, rule="no-progress", failure=FailureClass.RUN, last=NOW)
    found = repro_of(target, "no-progress", FailureClass.RUN, looked(stalled), stalled, [turn])
    assert found.command.endswith("replay s1:ISS-1:2:coder")
    assert (found.reproduced, found.seen[:20]) == (False, "it can't be replayed")
    folder = target.path / "workspace/default/observability/s1/iss-1/002_coder"
    folder.mkdir(parents=True)
    (folder / "checkpoint.json").write_text('{"issue_id": "ISS-1", "role": "coder"}')
    found = repro_of(target, "no-progress", FailureClass.RUN, looked(stalled), stalled, [turn])
    assert (found.reproduced, found.seen[:11]) == (True, "replayed at")
    stale = repro_of(target, "stale-running", FailureClass.RUN, looked(), None, [turn])
    assert stale.command.endswith("check --explain stale-running")
    row = TableRef(str(target.webhook_db.path), "pr_review_cycles", (2,))
    stuck = repro_of(target, "gitea-unreachable", FailureClass.WEBHOOK, looked(), None, [row])
    assert stuck.command.endswith("webhooks query stuck-cycles")
    assert stuck.reproduced is False
    drift = repro_of(target, "column-drift", FailureClass.SCHEMA, looked(), None, [ProbeRef("x")])
    assert drift.command.endswith("--api-port 18082 check --explain column-drift")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the title"),
        (as_markdown(DRAFT).replace("# INC-1: it is down", "", 1), "the title"),
        (as_markdown(DRAFT).replace("## Repro command", "## Repro"), "Repro command"),
        (as_markdown(DRAFT).replace("- assert: up", " "), "Proposed guard"),
    ],
)
def test_an_edit_that_loses_a_field_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConsoleError, match=said):
        from_markdown(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        made = from_markdown(text)
    except ConsoleError:
        return
    assert all(made.fields().values())


@pytest.fixture
def gitea() -> Iterator[Any]:
    """A small Gitea that makes issues, or answers as it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.asked.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(json.dumps({"number": 7, "html_url": "http://g/x/7"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.status = [], 201
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_issue_is_filed_with_its_token(
    gitea: Any, bare_root: Path, target_of: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place_of(target_of(bare_root)) is None
    flags = {"escalation.repository": "acme/shop", "escalation.gitea": "nowhere"}
    with pytest.raises(ConsoleError, match="names no address"):
        place_of(target_of(bare_root, flags))
    flags["escalation.gitea"] = f"http://127.0.0.1:{gitea.server_port}/"
    with pytest.raises(ConsoleError, match="no token"):
        place_of(target_of(bare_root, flags))
    monkeypatch.setenv(TOKEN, "canary-7f3a91")
    place = place_of(target_of(bare_root, flags))
    assert place is not None
    assert "canary" not in repr(place)
    filed = file_in(place, DRAFT)
    assert (filed.url, filed.answer["number"]) == ("http://g/x/7", 7)
    ((path, authorization, body),) = gitea.asked
    assert path == "/api/v1/repos/acme/shop/issues"
    assert authorization == "token canary-7f3a91"
    assert body == {"title": DRAFT.title, "body": as_markdown(DRAFT)}
    (bare_root / ".env").write_text('ORKET_API_KEY=ca"nary-7f3a91\n')
    known = place_of(target_of(bare_root, flags))
    assert known is not None
    file_in(known, replace_in(DRAFT, 'the key is ca"nary-7f3a91'))
    assert "nary-7f3a91" not in str(gitea.asked[-1][2])
    assert "the key is •••" in gitea.asked[-1][2]["body"]
    gitea.status = 403
    with pytest.raises(ConsoleError, match="it answered 403"):
        file_in(place, DRAFT)
    with pytest.raises(ConsoleError, match="no issue was made"):
        file_in(replace(place, url="http://127.0.0.1:9"), DRAFT)
    with pytest.raises(ConsoleError, match="as owner/name"):
        place_of(target_of(bare_root, {**flags, "escalation.repository": "shop"}))


def test_a_file_holds_no_secret(bare_root: Path, target_of: Callable[..., Target]) -> None:
    # Of its quote JSON makes two characters.
    (bare_root / ".env").write_text('ORKET_API_KEY=ca"nary-7f3a91\n')
    target = target_of(bare_root)
    made = replace_in(DRAFT, 'the key is ca"nary-7f3a91')
    path = write_file(target, made, "INC-1", FixedClock(NOW))
    assert path.name == "inc-1-escalation-20261123T050000Z.md"
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.read_text() + path.with_suffix(".json").read_text()
    assert "nary-7f3a91" not in written
    assert "•••" in written


def replace_in(made: Draft, repro: str) -> Draft:
    return from_document({**as_document(made), "repro": repro})
