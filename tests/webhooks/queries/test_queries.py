"""Canned queries, the operator's own, and free SQL, on a database and a log of Orket's shape."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.sqlite import Caps, DatabaseError, Fault
from orket_console.target.target import Target
from orket_console.webhooks.queries.ask import ask_query, find_query
from orket_console.webhooks.queries.canned import CANNED
from orket_console.webhooks.queries.export import as_csv, as_json, as_lines, export
from orket_console.webhooks.queries.leads import pull_of
from orket_console.webhooks.queries.mistakes import place_of
from orket_console.webhooks.queries.model import QueryAnswer
from orket_console.webhooks.queries.own import queries_of
from orket_console.webhooks.queries.sql import Base, named_parameters, run_sql
from orket_console.webhooks.server_log import WINDOW, Window, read_window

PHASES = (
    "CREATE TABLE bug_fix_phases (rock_id TEXT PRIMARY KEY, data_json TEXT, status TEXT,"
    " updated_at TEXT)"
)


def ask(target: Target, site: Any, name: str, **given: str) -> QueryAnswer:
    return ask_query(target, site.later, find_query(target, name), given)


def column(answer: QueryAnswer, name: str) -> list[Any]:
    at = answer.columns.index(name)
    return [row[at] for row in answer.rows]


def test_each_canned_one_answers_on_an_empty_installation(target: Target, site: Any) -> None:
    site.execute(PHASES)
    for query in CANNED:
        given = {one.name: "7" for one in query.parameters if not one.default}
        answer = ask_query(target, site.later, query, given)
        assert (answer.query, answer.rows, answer.cut) == (query.name, (), "")
        assert answer.columns
        assert answer.at == site.later.now()


def test_refusals_of_the_last_hour(target: Target, site: Any) -> None:
    site.webhook("Missing webhook signature")
    site.now += timedelta(minutes=50)
    site.webhook("Invalid webhook signature")
    site.receive("push", None)
    answer = ask(target, site, "refusals", since="-65m")
    assert column(answer, "why") == ["invalid signature"]
    assert column(answer, "status") == [401]
    assert answer.source == "root/orket.log"
    both = ask(target, site, "refusals", since="-2h")
    assert column(both, "why") == ["invalid signature", "missing signature"]
    assert (both.values, ask(target, site, "refusals").values) == ("since=-2h", "since=-1h")
    with pytest.raises(ConsoleError) as refusal:
        ask(target, site, "refusals", since="yesterday-ish")
    assert refusal.value.exit_code is ExitCode.USAGE


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch, site: Any) -> list[int | None]:
    """Where the windows of the log ended that were read, of a log of three of them."""
    read: list[int | None] = []

    def counted(target: Target, before: int | None, size: int) -> Window:
        read.append(before)
        return read_window(target, before, size)

    for seconds in (300, 150, 5):
        site.webhook("Missing webhook signature")
        for _ in range(11):
            site.say("api_request", seconds, padding="x" * (WINDOW // 10))
    monkeypatch.setattr("orket_console.webhooks.deliveries.read_window", counted)
    return read


def test_the_log_is_read_as_far_back_as_is_asked_for(
    target: Target, site: Any, windows: list[int | None]
) -> None:
    # The newest refusal is 61 minutes old, the next 88.
    recent = ask(target, site, "refusals", since="-62m")
    assert (len(recent.rows), recent.cut, len(windows)) == (1, "", 2)
    assert ask(target, site, "refusals", since="-1w").cut == ""
    assert len(windows) == 2 + 4


def test_a_question_to_the_log_is_stopped_with_what_it_has(
    target: Target, site: Any, windows: list[int | None]
) -> None:
    stopped = "stopped, older deliveries were not looked for"
    for name, values in (("refusals", {"since": "-1w"}), ("pr-history", {"pr": "7"})):
        windows.clear()
        stop = threading.Event()
        stop.set()
        query = find_query(target, name)
        answer = ask_query(target, site.later, query, values, stop)
        assert (answer.cut, len(windows)) == (stopped, 1)


def test_failures_are_counted_by_reviewer_since_a_moment(target: Target, site: Any) -> None:
    site.count(1)
    site.now += timedelta(days=40)
    site.count(2)
    site.count(1, 8)
    assert ask(target, site, "failures-by-reviewer").rows == (
        ("integrity_guard", 2, 2, 2, f"{site.now:%Y-%m-%d %H:%M:%S}"),
    )
    assert column(ask(target, site, "failures-by-reviewer", since="-90d"), "failures") == [3]


def test_cycles_that_are_stuck_and_repositories(target: Target, site: Any) -> None:
    site.count(5, 7)
    site.count(3, 8)
    assert column(ask(target, site, "stuck-cycles"), "pr_key") == ["acme/shop#7"]
    assert ask(target, site, "repositories").rows[0][:4] == ("acme/shop", 2, 2, 5)


def test_the_history_of_a_pull_request_is_in_order(target: Target, site: Any) -> None:
    site.review(cycle=1)
    site.review(number=8, cycle=1)
    site.now += timedelta(minutes=1)
    site.review(cycle=2)
    answer = ask(target, site, "pr-history", pr="#7")
    assert set(column(answer, "repo#pr")) == {"acme/shop#7"}
    assert column(answer, "time") == sorted(column(answer, "time"))
    assert column(answer, "kind").count("delivery") == 2
    failed = [row[3] for row in answer.rows if row[1] == "failure"]
    assert failed == ["cycle 1", "cycle 2"]
    with pytest.raises(ConsoleError, match="pr: it needs"):
        ask(target, site, "pr-history")


def test_names_that_are_none(target: Target, site: Any) -> None:
    with pytest.raises(ConsoleError, match="did you mean refusals"):
        find_query(target, "refusal")
    with pytest.raises(ConsoleError, match="takes no pr"):
        ask(target, site, "stuck-cycles", pr="7")


def test_the_operators_own(
    site: Any, target_of: Callable[..., Target], own_environment: Path
) -> None:
    (site.root / "orket-console.toml").write_text(
        "[queries.of]\ntitle = 'Failures of one'\n"
        "sql = \"SELECT reason FROM review_failures WHERE pr_key = :pr AND reason <> ':no'\"\n"
        'defaults = {pr = "acme/shop#7"}\n'
        "[queries.broken]\nstatement = 'SELECT 1'\n"
        "[queries.other]\nsql = 'SELECT 1 AS one'\ndatabase = 'payroll'\n"
        "[queries.stuck-cycles]\nsql = 'SELECT 2 AS two'\n"
    )
    target = target_of(site.root)
    site.count(1, reason="one")
    site.count(1, 8, reason="two")
    known = queries_of(target)
    assert ask(target, site, "of").rows == (("one",),)
    assert ask(target, site, "of", pr="acme/shop#8").rows == (("two",),)
    assert ask(target, site, "stuck-cycles").rows == ((2,),)
    assert [problem.partition(", ")[2] for problem in known.problems] == [
        "[queries.broken]: unknown key 'statement'; known: sql, title, database, defaults",
        "[queries.other]: its database is none of webhook, runtime",
    ]
    with pytest.raises(ConsoleError, match="none of webhook"):
        find_query(target, "other")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM review_failures",
        "ATTACH 'x.db' AS x",
        "VACUUM INTO 'copy.db'",
        "PRAGMA query_only = off",
        "PRAGMA writable_schema = on",
        "SELECT load_extension('x')",
        "CREATE TEMP TABLE t (a)",
        "INSERT INTO review_failures (pr_key, cycle_number) VALUES ('a', 1)",
    ],
)
def test_what_would_write_is_refused_and_writes_nothing(
    target: Target, site: Any, statement: str
) -> None:
    before = {path: path.read_bytes() for path in site.database.parent.iterdir()}
    with pytest.raises(DatabaseError) as refusal:
        run_sql(target, site.later, Base.WEBHOOK, statement)
    assert refusal.value.fault is Fault.REFUSED
    assert {path: path.read_bytes() for path in site.database.parent.iterdir()} == before


def test_answers_are_cut_and_say_so(target: Target, site: Any) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    answer = run_sql(target, site.later, Base.WEBHOOK, endless)
    assert (len(answer.rows), answer.cut) == (500, "cut at 500 rows")
    late = run_sql(target, site.later, Base.WEBHOOK, endless, caps=Caps(rows=10**9, seconds=0.2))
    assert late.rows
    assert late.cut == "cut after 0.2 s"
    none_yet = f"SELECT max(i) FROM ({endless})"
    with pytest.raises(DatabaseError) as refusal:
        run_sql(target, site.later, Base.WEBHOOK, none_yet, caps=Caps(seconds=0.2))
    assert refusal.value.fault is Fault.TOO_SLOW


def test_parameters_are_those_outside_of_texts(target: Target, site: Any) -> None:
    statement = "SELECT ':a', \":b\" AS x, :c /* :d */ -- :e\n, @f, $c"
    assert named_parameters(statement) == ("c", "f")
    with pytest.raises(ConsoleError, match="no value for :f"):
        run_sql(target, site.later, Base.WEBHOOK, "SELECT :f")
    answer = run_sql(target, site.later, Base.WEBHOOK, "SELECT :f AS f", {"f": "' OR 1=1 --"})
    assert answer.rows == (("' OR 1=1 --",),)


def test_outside_text_and_secrets_never_pass(target: Target, site: Any) -> None:
    (site.root / ".env").write_text("GITEA_WEBHOOK_SECRET=canary-7f3a91\n")
    site.event("push\x1b[2J", None, '{"secret": "canary-7f3a91"}', "ok", site.now)
    answer = run_sql(target, site.later, Base.WEBHOOK, "SELECT * FROM webhook_events")
    shown = "\n".join((*as_lines(answer), as_csv(answer), as_json(answer)))
    assert "canary" not in shown
    assert "\x1b" not in shown


def test_what_is_exported_is_read_again(target: Target, site: Any) -> None:
    answer = run_sql(
        target,
        site.later,
        Base.WEBHOOK,
        "SELECT 1 AS a, '=1+1' AS a, 'two\nlines, \"quoted\"' AS b, NULL AS c",
    )
    rows = list(csv.reader(io.StringIO(as_csv(answer))))
    assert rows == [["a", "a", "b", "c"], ["1", "'=1+1", 'two\nlines, "quoted"', ""]]
    assert json.loads(as_json(answer)) == [
        {"a": 1, "a_2": "=1+1", "b": 'two\nlines, "quoted"', "c": None}
    ]
    path = export(answer, "json", target.state, site.later)
    assert path.name == "sql-20261123T060000Z.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_bytes()) == json.loads(as_json(answer))


def test_a_database_that_nobody_has_open_says_that_a_copy_was_read(
    target: Target, site: Any
) -> None:
    with closing(sqlite3.connect(site.database)) as connection:
        connection.execute("PRAGMA journal_mode=wal")
    answer = run_sql(target, FixedClock(site.now), Base.WEBHOOK, "SELECT 1")
    assert answer.notes == ("webhook.db was read through a copy: nobody has it open",)


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("SELECT * FORM review_failures", 10),
        ("SELECT '(near)' near FROM x WHERE near near", 40),
        ("SELECT pr_key, wrong FROM review_failures", 16),
        ("SELECT 'nowhere' FROM nowhere", 23),
        ("SELECT nothing(1)", 8),
        ("SELECT (1", 10),
        ("SELECT 1; SELECT 2", None),
    ],
)
def test_a_mistake_is_pointed_at(
    target: Target, site: Any, statement: str, column: int | None
) -> None:
    with pytest.raises(DatabaseError) as raised:
        run_sql(target, site.later, Base.WEBHOOK, statement)
    assert place_of(statement, raised.value.detail) == column


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_said_of_whatever_statement_has_a_place_in_it_or_none(
    statement: str, said: str
) -> None:
    for each in (said, f'near "{said}": syntax error', f"no such column: {said}"):
        place = place_of(statement, each)
        assert place is None or 1 <= place <= len(statement) + 1


def test_a_row_that_names_a_pull_request_leads_to_it() -> None:
    assert pull_of(("what", "key"), (None, "acme/shop#7")) == "acme/shop#7"
    assert pull_of(("Repo_full_name", "pr_number"), ("acme/shop", 7)) == "acme/shop#7"
    assert pull_of(("repo", "n"), ("acme/shop", 7)) == ""
    assert pull_of(("repo", "pr"), (None, None)) == ""
    assert pull_of(("key",), ("see acme/shop#7",)) == ""


class Later(threading.Event):
    """Is set once it was asked for so many times."""

    def __init__(self, asked: int) -> None:
        super().__init__()
        self.left = asked

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_statement_is_stopped_from_outside(target: Target, site: Any) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    counted = endless.replace("SELECT i FROM", "SELECT max(i) FROM")
    with pytest.raises(DatabaseError) as raised:
        run_sql(target, site.later, Base.WEBHOOK, counted, caps=Caps(seconds=60), stop=Later(50))
    assert raised.value.fault is Fault.TOO_SLOW
    # With a row already there, that is the answer.
    with_rows = f"{endless} WHERE i < 150 OR i > 1000000000"
    stop = Later(50)
    answer = run_sql(target, site.later, Base.WEBHOOK, with_rows, caps=Caps(seconds=60), stop=stop)
    assert answer.cut == "stopped"
    assert 0 < len(answer.rows) < 150


def test_an_export_stays_in_its_folder_whatever_a_query_is_called(
    target: Target, site: Any
) -> None:
    answer = replace(ask(target, site, "repositories"), query="../../etc/\x1b[2J")
    path = export(answer, "csv", target.state, site.later)
    assert path.parent == target.state.exports
