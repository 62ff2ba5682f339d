"""Folding, order, what no rule knows, and what was looked at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from graphlib import TopologicalSorter

import pytest
from tests.incidents.diagnosis.site import KEY, Site

from orket_console.base.errors import ExitCode
from orket_console.base.refs import LogRef, ProbeRef, SessionRef
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.diagnose import UNEXPLAINED, Diagnosis, diagnose
from orket_console.incidents.diagnosis.document import as_document
from orket_console.incidents.diagnosis.facts import ActionSpan, Facts
from orket_console.incidents.diagnosis.finding import FailureClass
from orket_console.incidents.diagnosis.rules import RULES
from orket_console.incidents.diagnosis.words import exit_code, headline, told

GatherAt = Callable[[Site], Facts]
Diagnosed = Callable[[Site], Diagnosis]


def with_readings(facts: Facts, *changed: Reading) -> Facts:
    names = {reading.probe for reading in changed}
    kept = [reading for reading in facts.readings if reading.probe not in names]
    return replace(facts, readings=(*kept, *changed))


def red(probe: str, word: str, state: State = State.FAILING) -> Reading:
    return Reading(state, word, "seen", probe=probe, title=probe, remedy="do this")


def test_rules_have_names_of_their_own_and_fold_under_known_ones() -> None:
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        assert set(rule.under) <= set(names) - {rule.id}
        assert rule.wants and rule.wrong_if and rule.title


def test_no_rule_folds_under_one_that_folds_under_it() -> None:
    above = {rule.id: rule.under for rule in RULES}
    # In an order in which each comes after all that it folds under: none, if there is a circle.
    assert len(tuple(TopologicalSorter(above).static_order())) == len(RULES)


def test_a_red_that_no_rule_knows_is_not_lost(site: Site, gather: GatherAt) -> None:
    facts = with_readings(gather(site), red("traces", "odd", State.DEGRADED))
    (finding,) = diagnose(facts).findings
    assert (finding.rule, finding.state) == (UNEXPLAINED, State.DEGRADED)
    assert (finding.evidence[0].ref, finding.next[0].text) == (ProbeRef("traces"), "do this")


def test_what_follows_from_a_full_disk_folds_under_it(site: Site, gather: GatherAt) -> None:
    site.runtime.write_bytes(b"")
    facts = with_readings(gather(site), red("disk", "full"))
    found = {one.rule: one for one in diagnose(facts).findings}
    assert found["db-empty"].follows == "disk-full"
    assert found["disk-full"].follows == ""
    assert [one.rule for one in diagnose(facts).leading] == ["disk-full"]


def test_what_follows_stands_behind_what_explains_it(site: Site, diagnosed: Diagnosed) -> None:
    site.stop("webhook")
    del site.env["GITEA_WEBHOOK_SECRET"]
    found = [(one.rule, one.follows) for one in diagnosed(site).findings]
    assert found == [
        ("webhook-secret-missing", ""),
        ("webhook-down", "webhook-secret-missing"),
        ("env-incomplete", "webhook-secret-missing"),
    ]


def test_causes_of_other_runs_explain_nothing(site: Site, diagnosed: Diagnosed) -> None:
    """A dependency block folds only under the cause of its own run."""
    for session, event in (("b0000001", "guard_rejected"), ("b0000002", "other_rejected")):
        site.run(session, f"Epic {session}", "terminal_failure", issues={"ISS-1": "blocked"})
        site.turn(session, "ISS-1")
        site.say(event, run_id=session)
    site.say("dependency_block_propagated", run_id="b0000002")
    found = {one.rule: one for one in diagnosed(site).findings}
    assert found["dependency-block"].follows == ""
    assert found["guard-rejection"].subjects == ("b0000001",)


def test_worst_first_then_as_the_runbook_has_them(site: Site, diagnosed: Diagnosed) -> None:
    site.stop("api")
    site.stop("webhook")
    site.runtime.write_bytes(b"")
    site.refuse("Failed to parse or validate webhook payload: x")
    diagnosis = diagnosed(site)
    assert [one.rule for one in diagnosis.findings] == [
        "api-down", "webhook-down", "db-empty", "webhook-payload-refused",
    ]  # fmt: skip
    assert diagnosis.state is State.FAILING
    assert headline(diagnosis) == (
        "1 API unavailable · 2 webhook failures · 1 schema or migration mismatch"
    )


def test_every_finding_says_all_that_it_must(site: Site, diagnosed: Diagnosed) -> None:
    site.stop("api")
    (finding,) = diagnosed(site).findings
    lines = list(told(finding))
    assert {label for label, _ in lines} == {"", "seen", "next", "wrong if", "runbook", "signature"}
    assert ("runbook", "1, API unavailable") in lines
    assert finding.signature.startswith("v1:api-unavailable:api-down:")
    assert ("next", f"ask it by hand: curl http://localhost:{site.ports['api']}/health") in lines


def test_no_failure_found_says_what_was_looked_at(site: Site, diagnosed: Diagnosed) -> None:
    diagnosis = diagnosed(site)
    assert headline(diagnosis) == "no failure found"
    told_of = "\n".join(diagnosis.looked)
    for part in (
        "probes",
        "orket.log",
        "1 webhook delivery",
        "1 run, 0 of them",
        "orket_persistence.db",
        ".env",
    ):
        assert part in told_of
    assert diagnosis.unread == ()


def test_what_could_not_be_read_is_said(site: Site, diagnosed: Diagnosed) -> None:
    (site.root / "orket.log").unlink()
    site.webhook.write_bytes(b"no database at all, " * 100)
    diagnosis = diagnosed(site)
    assert any("root/orket.log: missing" in line for line in diagnosis.unread)
    assert "webhook.db: not a database" in diagnosis.unread
    # A log that is not there tells nothing that could be missed.
    assert diagnosis.blind == ("webhook.db: not a database",)
    (site.root / "orket.log").mkdir()
    assert "root/orket.log: not a regular file" in str(diagnosed(site).blind)


def test_the_same_facts_give_the_same_document(site: Site, gather: GatherAt) -> None:
    site.stop("api")
    site.run("b0000001", "Epic broken", "failed", failure_reason="boom")
    documents = {json.dumps(as_document(diagnose(gather(site))), default=str) for _ in range(2)}
    assert len(documents) == 1


def test_what_an_action_made_is_its_noise(site: Site, gather: GatherAt) -> None:
    site.at = site.at.replace(minute=30)
    started = site.at
    for _ in range(6):
        site.refuse("Missing webhook signature", wait=1)
    facts = gather(site)
    assert "webhook-signature-missing" in {one.rule for one in diagnose(facts).findings}
    facts = replace(facts, actions=(ActionSpan("test-suite", started, site.at),))
    (finding,) = diagnose(facts).findings
    assert (finding.rule, finding.failure) == ("canary-noise", FailureClass.NOISE)


@pytest.mark.parametrize(
    ("readings", "status"),
    [
        ((), ExitCode.OK),
        ((red("traces", "odd"),), ExitCode.WRONG),
        ((red("api", "timeout"),), ExitCode.TIMED_OUT),
        ((red("api", "timeout"), red("traces", "odd")), ExitCode.WRONG),
        ((red("runtime-db", "missing", State.UNKNOWN),), ExitCode.CANNOT_TELL),
    ],
)
def test_exit_status_by_the_worst_finding(
    site: Site, gather: GatherAt, readings: tuple[Reading, ...], status: ExitCode
) -> None:
    facts = with_readings(gather(site), *readings)
    assert exit_code(facts.readings, diagnose(facts)) is status


def test_noise_alone_is_well(site: Site, gather: GatherAt) -> None:
    """The server log's probe is red for the canary's line; the finding says what it is."""
    site.refuse("Missing webhook signature", wait=300)
    facts = with_readings(gather(site), red("log-root", "errors", State.DEGRADED))
    diagnosis = diagnose(facts)
    assert [one.rule for one in diagnosis.findings] == ["canary-noise"]
    assert exit_code(facts.readings, diagnosis) is ExitCode.OK


def test_what_is_over_is_only_told(site: Site, diagnosed: Diagnosed) -> None:
    """Refused payloads and failed handlers before deliveries that went well; a full disk before
    runs that did."""
    site.refuse("Failed to parse or validate webhook payload: x")
    site.receive("pull_request", number=3)
    site.refuse("Webhook handler error: 'head'", wait=0)
    site.say("turn_failed", type="OSError", error="[Errno 28] No space left on device")
    site.say("turn_failed", type="OperationalError", error="no such table: run_flows")
    before = {one.rule: one.state for one in diagnosed(site).findings}
    assert set(before) == {
        "webhook-payload-refused", "webhook-handler-error", "disk-full", "schema-missed",
    }  # fmt: skip
    assert State.INFO not in [before[rule] for rule in before if rule != "webhook-payload-refused"]
    site.deliver_review(1, cycle=2)
    site.run("c0000001", "Epic after")
    site.turn("c0000001", "ISS-1")
    after = diagnosed(site)
    assert {one.rule: one.state for one in after.findings} == dict.fromkeys(before, State.INFO)
    assert headline(after) == "no failure found"


def test_the_newest_of_lines_that_say_the_same_is_shown(site: Site, diagnosed: Diagnosed) -> None:
    site.stop("api")
    log = site.root / "orket.log"
    for _ in range(5):
        offset = log.stat().st_size
        site.say("api_server", where="server", message="Address already in use", level="error")
    found = {one.rule: one for one in diagnosed(site).findings}
    for rule in ("api-port-taken", "api-down"):
        (line,) = [one.ref for one in found[rule].evidence if isinstance(one.ref, LogRef)]
        assert (line.path, line.offset) == (str(log), offset)
    assert found["api-port-taken"].count == 5


def test_what_is_over_is_told_of_those_that_are_not(site: Site, diagnosed: Diagnosed) -> None:
    """A finding about runs speaks of those that none settled, and compares with a good one."""
    for number, name in enumerate(("Epic well", "Epic healed", "Epic ill"), 1):
        session = f"b000000{number}"
        site.run(session, name, "failed", failure_reason="boom")
        site.turn(session, "ISS-1")
        site.say("turn_failed", session_id=session, type="Boom", error=f"boom in {name}")
    site.run("c0000001", "Epic healed")
    site.turn("c0000001", "ISS-1")
    (found,) = diagnosed(site).findings
    assert found.rule == "run-unexplained"
    assert found.conclusion.startswith("2 runs failed ")
    assert found.conclusion.endswith("; 1 more went well when run again.")
    assert found.count == len(found.subjects) == 3
    sessions = [each.ref.session for each in found.evidence if isinstance(each.ref, SessionRef)]
    assert sessions == ["b0000003", "b0000001"]
    assert "Epic healed" not in str(found.evidence)
    # Nothing that this one could be compared with ended well.
    assert "compare" not in str(found.next)
    site.run("c0000002", "Epic ill")
    site.turn("c0000002", "ISS-1")
    (found,) = diagnosed(site).findings
    assert "orket-console compare b0000001" in str(found.next)


def test_a_log_that_was_damaged_once_is_told_and_no_failure(
    site: Site, diagnosed: Diagnosed
) -> None:
    with (site.workspace / "orket.log").open("a") as log:
        log.write("Traceback (most recent call last):\n")
    assert diagnosed(site).state is State.DEGRADED
    # As its probe has it, which reads no more than the log's end.
    site.say_of("log-default", State.OK, "ok")
    diagnosis = diagnosed(site)
    (found,) = diagnosis.findings
    assert (found.rule, found.state, diagnosis.state) == ("log-damaged", State.INFO, State.OK)
    assert found.conclusion.endswith("no records, none of late.")


def test_old_attempts_and_full_minutes_are_over(site: Site, diagnosed: Diagnosed) -> None:
    site.receive(wait=300)
    for _ in range(15):
        site.refuse("Missing webhook signature", wait=1)
    for _ in range(60):
        site.receive(wait=0.2)
    found = {one.rule: one.state for one in diagnosed(site).findings}
    assert found == {"auth-probing": State.DEGRADED, "webhook-rate-limit": State.DEGRADED}
    site.receive(wait=3700)
    found = {one.rule: one.state for one in diagnosed(site).findings}
    assert found == {"auth-probing": State.INFO, "webhook-rate-limit": State.INFO}


def test_who_holds_a_database_is_named(site: Site, gather: GatherAt) -> None:
    facts = gather(site)
    runtime = replace(facts.databases[0], holders=("pid 7: python server.py",))
    (finding,) = diagnose(replace(facts, databases=(runtime, facts.databases[1]))).findings
    assert finding.evidence[0].what == "held by pid 7: python server.py"


def test_no_secret_in_a_finding(site: Site, diagnosed: Diagnosed) -> None:
    for number, reason in enumerate((f"bad key {KEY}", "bad key k-other-9"), 1):
        site.run(f"b000000{number}", f"Epic {number}", "failed", failure_reason=reason)
        site.say("turn_failed", session_id=f"b000000{number}", type="Boom", error=reason)
    site.refuse(f"Failed to parse or validate webhook payload: {KEY}")
    document = json.dumps(as_document(diagnosed(site)), default=str)
    assert KEY not in document
    assert "k-other-9" in document


def test_outside_text_is_safe_in_every_finding(site: Site, diagnosed: Diagnosed) -> None:
    evil = "no such table: x\x1b]52;c;aGk=\x07\u202e [/bold]"
    site.run("b0000001", evil, "failed", failure_reason=evil)
    site.say("turn_failed", session_id="b0000001", type=evil, error=evil)
    site.refuse(f"Failed to parse or validate webhook payload: {evil}")
    row = "INSERT INTO _schema_migrations VALUES (?, 'now')"
    with closing(sqlite3.connect(site.runtime)) as connection, connection:
        connection.execute(row, (evil,))
    (site.root / "scripts/migrations" / "003_runtime_\x1b.sql").write_text("")
    found = diagnosed(site).findings
    assert len(found) >= 4
    for one in found:
        texts = [one.conclusion, *(text for _, text in told(one)), *one.essence]
        assert not {"\x1b", "\x07", "\u202e"} & set("".join(texts)), one.rule


def test_errors_of_a_log_are_told_by_findings_that_show_lines_of_it(
    site: Site, gather: GatherAt
) -> None:
    site.stop("api")
    errors = red("log-default", "errors", State.DEGRADED)
    facts = with_readings(gather(site), errors)
    assert [one.rule for one in diagnose(facts).findings] == ["api-down", UNEXPLAINED]
    site.run("b0000001", "Epic broken", "failed", failure_reason="boom")
    site.say("turn_failed", session_id="b0000001", type="Boom", error="boom")
    facts = with_readings(gather(site), errors)
    assert [one.rule for one in diagnose(facts).findings] == ["api-down", "run-unexplained"]
