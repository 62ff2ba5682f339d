"""The operator's own commands: read, planned, refused, accepted, judged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions.catalogue import CATALOGUE, catalogue_of, find_in, own_of
from orket_console.actions.confirmation import Ask
from orket_console.actions.outcome import Output
from orket_console.actions.overview import detail, overview
from orket_console.actions.own.acceptance import accept, is_accepted
from orket_console.actions.own.reading import read_own
from orket_console.actions.own.rule import OwnRule
from orket_console.actions.parameters import ParameterError
from orket_console.actions.plan import Plan, plan
from orket_console.actions.rules import rule_named, told
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError
from orket_console.target.declarations import Declarations
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
QUEUE = """
[[actions]]
name = "queue-depth"
title = "Queue depth"
purpose = "counts what waits"
argv = ["{python}", "count.py", "--since={since}", "{kind}", "{deep}", "{{as-is}}", "{note}"]
effect = "reads"
timeout = 20
cwd = "scripts"

[[actions.parameters]]
name = "since"
kind = "number"
default = 15

[[actions.parameters]]
name = "kind"
kind = "choice"
choices = ["runs", "cards"]
default = "runs"

[[actions.parameters]]
name = "deep"
kind = "flag"
option = "--deep"

[[actions.parameters]]
name = "note"

[actions.verdict]
must_match = "^waiting: [0-9]+$"
must_not_match = "(?i)error"
"""
SIMPLE = '[[actions]]\nname = "hello"\nargv = ["{python}", "-c", "print(1)"]\neffect = "reads"\n'


@pytest.fixture
def own_file(own_environment: Path) -> Path:
    file = own_environment / "config" / "orket-console" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def opened(root: Path, target_of: TargetOf) -> Callable[[], Target]:
    return lambda: target_of(root, {"target.python": sys.executable})


def test_it_is_planned_as_it_is_declared(opened: Callable[[], Target], own_file: Path) -> None:
    own_file.write_text(QUEUE)
    target = opened()
    made = plan(target, find_in(target, "queue-depth"), {"deep": "yes", "note": "a b; rm *"})
    start = (sys.executable, "count.py", "--since=15", "runs", "--deep", "{as-is}", "a b; rm *")
    assert made.argv == start
    assert made.cwd == target.path / "scripts"
    assert (made.timeout, made.blocked, made.confirmation.ask) == (20.0, "", Ask.NOTHING)
    shown = detail(target, made.action, {})
    assert shown.source == f"{own_file}, [[actions]] line 2"
    assert "--deep" not in shown.argv
    assert shown.argv[-1] == "{as-is}"


def test_it_stands_in_the_list_after_the_consoles_own(
    opened: Callable[[], Target], own_file: Path
) -> None:
    own_file.write_text(SIMPLE)
    target = opened()
    names = [action.name for action in CATALOGUE]
    assert [a.name for a in catalogue_of(target)][: len(names) + 1] == [*names, "hello"]
    assert overview(target).rows[len(names)].title == "hello"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"since": "-5"}, "it is no number"),
        ({"since": "1; ls"}, "it is no number"),
        ({"kind": "turns"}, "it is one of runs, cards"),
        ({"deep": "maybe"}, "it is yes or no"),
        ({"note": "--config=/etc/x"}, "it looks like an option"),
        ({"note": "a\nb"}, "it holds a line break"),
        ({"note": "a\0b"}, "it holds a NUL character"),
        ({"note": "../../etc"}, "it leads out of the installation"),
        ({"note": "a\x1b[2Jb"}, "it holds a control character"),
        ({"other": "1"}, "no such parameter"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_the_reason(
    opened: Callable[[], Target], own_file: Path, given: dict[str, str], why: str
) -> None:
    own_file.write_text(QUEUE)
    target = opened()
    with pytest.raises(ParameterError, match=why):
        plan(target, find_in(target, "queue-depth"), given)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('name = "x"\nargv = ["a"]', "Object missing required field `effect`"),
        ('name = "x"\nargv = ["a"]\neffect = "deletes"', "effect: Invalid enum value 'deletes'"),
        ('name = "x"\nargv = "ls -l"\neffect = "reads"', "argv: Expected `array`, got `str`"),
        ('name = "x"\nargv = []\neffect = "reads"', "argv: it is empty"),
        ('name = "x"\nargv = ["a", 1]\neffect = "reads"', "argv[1]: Expected `str`"),
        ('name = "x"\nargv = ["a"]\neffect = "reads"\nshell = true', "unknown field `shell`"),
        ('name = "X y"\nargv = ["a"]\neffect = "reads"', "name: 'X y' is not small letters"),
        ('name = "migrations"\nargv = ["a"]\neffect = "reads"', "there is an action migrations"),
        ('name = "hello"\nargv = ["a"]\neffect = "reads"', "there is an action hello already"),
        ('name = "x"\nargv = ["a{b}"]\neffect = "reads"', "argv: {b} is no parameter"),
        ('name = "x"\nargv = ["a\\u0000"]\neffect = "reads"', "argv[0]: 'a␀' holds a control"),
        ('name = "x"\ntitle = "\\u202ex"\nargv = ["a"]\neffect = "reads"', "title: "),
        ('name = "x"\nargv = ["a"]\neffect = "reads"\ntimeout = 0', "timeout: 0 is not between"),
        (
            'name = "x"\nargv = ["a"]\neffect = "reads"\nverdict.must_match = "(?=a)"',
            "verdict.must_match: the regular expression is refused",
        ),
        (
            'name = "x"\nargv = ["{p}"]\neffect = "reads"\nparameters = [{name = "p"}]',
            "argv[0]: a parameter can't choose the program",
        ),
        (
            'name = "x"\nargv = ["a"]\neffect = "reads"\nparameters = [{name = "p"}]',
            "parameters: p stands nowhere in argv",
        ),
        (
            (
                'name = "x"\nargv = ["a", "{p}"]\neffect = "reads"\n'
                'parameters = [{name = "p", kind = "shell"}]'
            ),
            "parameters[0].kind: Invalid enum value 'shell': it is one of text, number",
        ),
        (
            (
                'name = "x"\nargv = ["a", "{p}"]\neffect = "reads"\n'
                'parameters = [{name = "p", kind = "choice", choices = ["a", "-b"]}]'
            ),
            "parameters[0]: it looks like an option",
        ),
        (
            (
                'name = "x"\nargv = ["a", "{p}"]\neffect = "reads"\n'
                'parameters = [{name = "p", kind = "number", default = "ten"}]'
            ),
            "parameters[0].default: it is no number",
        ),
    ],
)
def test_a_mistake_is_named_with_key_and_place_and_costs_nothing_else(
    opened: Callable[[], Target], own_file: Path, content: str, key: str
) -> None:
    own_file.write_text(f"{SIMPLE}\n[[actions]]\n{content}\n")
    own = own_of(opened())
    assert [action.name for action in own.actions] == ["hello"]
    (problem,) = own.problems
    assert problem.startswith(f"{own_file}, [[actions]] line 6")
    assert key in problem


WORDS = st.sampled_from(
    ["x", "reads", "changes databases", "{p}", "{python}", "a{p}b", "number", "flag", "choice", "("]
)
VALUES = st.recursive(
    WORDS | st.text(max_size=8) | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
PARAMETERS = st.lists(
    st.dictionaries(
        st.sampled_from(["name", "kind", "default", "choices", "option", "required"]),
        VALUES | st.just("p"),
        max_size=5,
    ),
    max_size=2,
)
TABLES = st.fixed_dictionaries(
    {"name": st.just("x") | VALUES, "argv": st.lists(WORDS, max_size=3) | VALUES},
    optional={
        "effect": WORDS | VALUES,
        "parameters": PARAMETERS | VALUES,
        "timeout": VALUES,
        "cwd": VALUES,
        "verdict": st.dictionaries(
            st.sampled_from(["exit", "must_match", "must_not_match"]), VALUES, max_size=3
        ),
    },
)


@given(st.lists(TABLES | VALUES, max_size=3))
def test_whatever_stands_there_is_a_command_or_a_problem(tables: list[object]) -> None:
    file = Path("/nowhere/orket-console.toml")
    own = read_own([Declarations(file, True, "", tuple(tables), ())], file.parent, ())
    assert len(own.actions) + len(own.problems) == len(tables)
    assert all(problem.startswith(f"{file}, ") and "\n" not in problem for problem in own.problems)


def test_a_table_that_is_none_is_a_mistake_too(
    opened: Callable[[], Target], own_file: Path
) -> None:
    own_file.write_text('actions = ["ls"]\n')
    assert "number 1, table: Expected `object`, got `str`" in own_of(opened()).problems[0]


def test_asking_for_one_that_is_wrong_says_what_is_wrong(
    opened: Callable[[], Target], own_file: Path
) -> None:
    own_file.write_text('[[actions]]\nname = "broken"\n')
    with pytest.raises(ConsoleError, match=r"broken can't be used: .*line 1"):
        find_in(opened(), "broken")


def test_the_installations_own_run_only_once_accepted_and_not_after_a_change(
    opened: Callable[[], Target], root: Path
) -> None:
    file = root / "orket-console.toml"
    file.write_text(SIMPLE)

    def planned() -> Plan:
        target = opened()
        return plan(target, find_in(target, "hello"), {})

    assert f"{file} is the installation's own, and was not accepted yet" in planned().blocked
    (declared,) = opened().settings.declarations
    accept(declared)
    assert planned().blocked == ""
    file.write_text(SIMPLE.replace("print(1)", "print(2)"))
    assert "has changed since it was accepted" in planned().blocked


def test_the_installation_can_not_say_where_acceptance_is_kept(
    opened: Callable[[], Target], root: Path, tmp_path: Path
) -> None:
    file = root / "orket-console.toml"
    file.write_text(SIMPLE)
    (declared,) = opened().settings.declarations
    accept(declared)
    planted = next(Path.home().rglob("accepted.json")).read_text()
    moved = f'[state]\ndir = "{tmp_path}"\n{SIMPLE}'
    file.write_text(moved)
    for place in (tmp_path, opened().state.path):
        place.mkdir(exist_ok=True, parents=True)
        (place / "accepted.json").write_text(planted)
    (declared,) = opened().settings.declarations
    assert not is_accepted(declared)


def test_the_operators_own_file_needs_no_acceptance_and_goes_first(
    opened: Callable[[], Target], root: Path, own_file: Path
) -> None:
    own_file.write_text(SIMPLE)
    (root / "orket-console.toml").write_text(SIMPLE)
    target = opened()
    assert plan(target, find_in(target, "hello"), {}).blocked == ""
    (problem,) = own_of(target).problems
    assert problem.startswith(str(root / "orket-console.toml"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('argv = ["nowhere-to-be-found"]', "nowhere-to-be-found is not in PATH"),
        ('argv = ["./count.sh"]', "./count.sh is not there, or not executable"),
        ('argv = ["ls"]\ncwd = "nowhere"', "nowhere is no folder"),
        ('argv = ["ls"]\ncwd = "../.."', "is outside the installation"),
        ('argv = ["ls"]\ncwd = "/tmp"', "/tmp is outside the installation"),
        ('argv = ["ls"]\ncwd = "out"', "is outside the installation"),
    ],
)
def test_what_stands_in_its_way_is_told(
    opened: Callable[[], Target], root: Path, own_file: Path, line: str, why: str
) -> None:
    (root / "out").symlink_to("/")
    own_file.write_text(f'[[actions]]\nname = "x"\neffect = "reads"\n{line}\n')
    target = opened()
    assert why in plan(target, find_in(target, "x"), {}).blocked


def test_a_bare_name_is_shown_as_the_program_that_it_leads_to(
    opened: Callable[[], Target], own_file: Path
) -> None:
    own_file.write_text('[[actions]]\nname = "x"\neffect = "reads"\nargv = ["ls", "-l"]\n')
    target = opened()
    assert plan(target, find_in(target, "x"), {}).argv == (shutil.which("ls"), "-l")


def test_read_only_holds_for_one_that_says_that_it_writes(
    root: Path, own_file: Path, target_of: TargetOf
) -> None:
    own_file.write_text(SIMPLE.replace("reads", "writes files"))
    target = target_of(root, {"ui.read_only": True, "target.python": sys.executable})
    assert "the console is read-only" in plan(target, find_in(target, "hello"), {}).blocked


@pytest.mark.parametrize(
    ("status", "out", "err", "verdict", "evidence"),
    [
        (0, "waiting: 3\nbye\n", "", Verdict.PASSED, "waiting: 3"),
        (0, "\x1b[1mwaiting: 3\x1b[0m\n", "", Verdict.PASSED, "waiting: 3"),
        (0, "bye\n", "", Verdict.UNKNOWN, "no line matches"),
        (0, "waiting: 3\n", "an Error: x\n", Verdict.FAILED, "an Error: x"),
        (2, "waiting: 3\n", "", Verdict.FAILED, "waiting: 3"),
        (2, "", "", Verdict.FAILED, "exit status 2, and no word"),
        (3, "waiting: 3\n", "", Verdict.PASSED, "waiting: 3"),
    ],
)
def test_the_verdict_names_the_line_that_decided(
    status: int, out: str, err: str, verdict: Verdict, evidence: str
) -> None:
    rule = OwnRule((0, 3), "^waiting: [0-9]+$", "(?i)error")
    judged = rule_named(told(rule))(Output(status, out, err))
    assert judged.verdict is verdict
    assert evidence in judged.evidence


def test_the_exit_status_alone_may_be_the_rule() -> None:
    assert OwnRule()(Output(0, "all done\n", "")).verdict is Verdict.PASSED
    assert OwnRule()(Output(1, "", "no\n")).evidence == "no"


def queue_depth(opened: Callable[[], Target], root: Path, own_file: Path) -> tuple[Target, Plan]:
    own_file.write_text(QUEUE)
    (root / "scripts" / "count.py").write_text("print('waiting: 3')\n")
    target = opened()
    return target, plan(target, find_in(target, "queue-depth"), {})


@pytest.mark.usefixtures("no_action_outlives")
async def test_it_runs_under_the_same_supervision(
    opened: Callable[[], Target], root: Path, own_file: Path
) -> None:
    target, made = queue_depth(opened, root, own_file)
    run = await start(target, made, lambda piece: None)
    record = await run.ended()
    assert (record.verdict, record.evidence) == (Verdict.PASSED, "waiting: 3")
