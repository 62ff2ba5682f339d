from __future__ import annotations

import json
import os

import pytest

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.jsontext import printed
from orket_console.base.text import clean
from orket_console.runs.key import parse_key
from orket_console.runs.replay import replay_turn


@pytest.fixture
def replay(orket, target_of):
    return lambda key: replay_turn(target_of(orket.root), parse_key(key))


def test_the_document_has_upstream_s_keys_in_order(orket, replay):
    folder = orket.turn("aaa", "ISS-1", response="hello\r\nthere")
    document = replay("aaa:iss-1:1").document
    assert list(document) == [
        "turn_dir",
        "checkpoint",
        "messages",
        "model_response",
        "parsed_tool_calls",
    ]
    assert document["turn_dir"] == str(folder)
    assert document["checkpoint"]["issue_id"] == "ISS-1"
    assert document["model_response"] == "hello\nthere"


def test_the_new_version_says_what_class_of_replay_it_is(orket, replay):
    (orket.root / "scripts" / "governance").mkdir(parents=True)
    orket.turn("aaa", "ISS-1")
    document = replay("aaa:ISS-1:1").document
    assert next(iter(document.items())) == (
        "diagnostics_class",
        "artifact_observability_only",
    )


def test_missing_artifacts_are_null_as_upstream_has_them(orket, replay):
    orket.folder("aaa", "iss-1", "001_lead")
    document = replay("aaa:iss-1:1").document
    assert [document[key] for key in list(document)[1:]] == [None] * 4


@pytest.mark.parametrize("issue", ["ISS-1 b", "iss-1_b", "Iss-1 B", "ISS-1_B"])
def test_the_issue_is_found_as_the_operator_writes_it(orket, replay, issue):
    orket.turn("aaa", "ISS-1 b")
    assert replay(f"aaa:{issue}:1").ref.issue == "iss-1_b"


def test_an_issue_is_found_by_the_id_that_its_checkpoint_records(orket, replay):
    folder = orket.folder("aaa", "odd", "001_lead")
    orket.write(folder, "checkpoint.json", {"issue_id": "ISS-77"})
    assert replay("aaa:ISS-77:1").ref.issue == "odd"


def test_a_role_matches_exactly_before_it_matches_by_its_end(orket, replay):
    orket.turn("aaa", "ISS-1", 1, "guard")
    orket.turn("aaa", "ISS-1", 1, "integrity_guard")
    orket.turn("aaa", "ISS-1", 1, "lead_architect")
    assert replay("aaa:ISS-1:1:guard").ref.role == "guard"
    assert replay("aaa:ISS-1:1:Lead Architect").ref.role == "lead_architect"
    assert replay("aaa:ISS-1:1:architect").ref.role == "lead_architect"


@pytest.mark.parametrize("key", ["aaa:ISS-1:1", "aaa:ISS-1:1:d"])
def test_several_turns_are_listed_and_none_is_taken(orket, replay, key):
    orket.turn("aaa", "ISS-1", 1, "guard")
    orket.turn("aaa", "ISS-1", 1, "lead")
    with pytest.raises(ConsoleError, match="aaa:iss-1:1:guard, aaa:iss-1:1:lead") as error:
        replay(key)
    assert error.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("aab:ISS-1:1", "there is aaa"),
        ("aaa:ISS-2:1", "there is iss-1"),
        ("aaa:ISS-1:2", "there is aaa:iss-1:1:lead_architect"),
        ("aaa:ISS-1:1:coder", "no turn 1 of coder"),
        ("zzz:ISS-1:1", "session zzz left no turns"),
    ],
)
def test_a_key_that_names_nothing_says_what_there_is_instead(orket, replay, key, told):
    orket.turn("aaa", "ISS-1")
    orket.run("zzz")
    with pytest.raises(ConsoleError, match=told) as error:
        replay(key)
    assert error.value.exit_code is ExitCode.WRONG


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("checkpoint.json", b'{"run_id": ', ExitCode.WRONG),
        ("checkpoint.json", b"\xef\xbb\xbf{}", ExitCode.WRONG),
        ("messages.json", b"[" * 100_000, ExitCode.WRONG),
        ("messages.json", b"[" * 400 + b"]" * 400, ExitCode.WRONG),
        ("model_response.txt", b"\xff", ExitCode.WRONG),
        ("parsed_tool_calls.json", b"[9" + b"9" * 5000 + b"]", ExitCode.WRONG),
    ],
)
def test_a_corrupt_artifact_is_named(orket, replay, name, content, code):
    (orket.turn("aaa", "ISS-1") / name).write_bytes(content)
    with pytest.raises(ConsoleError, match=name) as error:
        replay("aaa:ISS-1:1")
    assert error.value.exit_code is code


def test_artifacts_that_are_no_files_are_not_waited_for(orket, replay):
    folder = orket.turn("aaa", "ISS-1")
    (folder / "messages.json").unlink()
    os.mkfifo(folder / "messages.json")
    with pytest.raises(ConsoleError, match="not a regular file") as error:
        replay("aaa:ISS-1:1")
    assert error.value.exit_code is ExitCode.CANNOT_TELL


def test_a_link_to_outside_is_not_read(orket, replay, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    folder = orket.turn("aaa", "ISS-1")
    (folder / "model_response.txt").unlink()
    (folder / "model_response.txt").symlink_to(secret)
    with pytest.raises(ConsoleError, match="a link: not followed"):
        replay("aaa:ISS-1:1")


def test_a_turn_folder_that_is_a_link_is_named(orket, replay):
    orket.folder("aaa", "iss-1", "001_lead")
    (orket.workspace / "observability" / "aaa" / "iss-1" / "002_lead").symlink_to("001_lead")
    with pytest.raises(ConsoleError, match="iss-1/002_lead is a link: not followed"):
        replay("aaa:iss-1:2")


def test_an_artifact_too_large_is_refused_and_not_read(orket, replay):
    folder = orket.turn("aaa", "ISS-1")
    with (folder / "messages.json").open("r+b") as file:
        file.truncate(1 << 30)
    with pytest.raises(ConsoleError, match="too large") as error:
        replay("aaa:ISS-1:1")
    assert error.value.exit_code is ExitCode.CANNOT_TELL


def test_a_run_of_a_webhook_is_replayed_from_the_root(orket, replay):
    orket.turn("aaa", "ISS-1", workspace=orket.root)
    assert replay("aaa:ISS-1:1").path.startswith(str(orket.root / "observability"))


def test_a_run_of_another_workspace_is_found_through_the_ledger(orket, replay):
    other = orket.root / "workspace" / "other"
    orket.turn("aaa", "ISS-1", workspace=other)
    traces = {"observability_root": str(other / "observability" / "aaa")}
    orket.run("aaa", artifact_json=json.dumps(traces))
    assert replay("aaa:ISS-1:1").path.startswith(str(other))


def test_the_text_is_the_same_json_and_safe_to_print(orket, replay):
    hostile = "\x1b]52;c;eA==\x07 \x9b2J \u202e ü \u2028 \x7f [/bold] 漢 🚀"
    folder = orket.turn("aaa", "ISS-1", response="x")
    (folder / "messages.json").write_text(json.dumps([hostile]))
    (folder / "model_response.txt").write_text(hostile)
    document = replay("aaa:ISS-1:1").document
    text = printed(document)
    assert json.loads(text) == document
    assert document["messages"] == [hostile]
    assert clean(text) == text
    assert "ü" in text
    assert "漢 🚀" in text


def test_half_a_surrogate_pair_is_replaced(orket, replay):
    folder = orket.turn("aaa", "ISS-1")
    (folder / "messages.json").write_text('["\\ud83d"]')
    assert json.loads(printed(replay("aaa:ISS-1:1").document))["messages"] == ["\ufffd"]
