"""The command line's frame: commands, exit status, one line of error, lazy imports."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from orket_console import __version__
from orket_console.cli.main import COMMANDS

Console = Callable[..., Any]
ROOT = Path(__file__).parents[2]

LOADED = """
import sys
from orket_console.cli.main import main
try:
    main()
finally:
    print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def loaded_by(*arguments: str) -> tuple[int, set[str]]:
    """Exit status of a command in a fresh process, and the packages that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, set(done.stderr.decode().splitlines()[-1].split())


def test_version(console: Console) -> None:
    run = console("--version")
    assert (run.status, run.err) == (0, "")
    assert run.out == f"orket-console, version {__version__}\n"


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_version_and_help_load_next_to_nothing(arguments: tuple[str, ...]) -> None:
    status, loaded = loaded_by(*arguments)
    assert status == 0
    assert not loaded & {"textual", "rich", "httpx", "aiosqlite", "psutil"}


def test_config_loads_no_terminal_and_no_http(bare_root: Path) -> None:
    status, loaded = loaded_by("config", "--root", str(bare_root))
    assert status == 0
    assert not loaded & {"textual", "httpx"}


@pytest.mark.skipif(
    importlib.util.find_spec("orket_console.cli.check") is None, reason="no `check` in this build"
)
def test_check_loads_no_textual(bare_root: Path) -> None:
    _, loaded = loaded_by("check", "--root", str(bare_root), "--json")
    assert "click" in loaded
    assert "textual" not in loaded


def test_help_names_every_command(console: Console) -> None:
    run = console("--help")
    assert all(f"  {name} " in run.out for name in COMMANDS)


def commands_of(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every command below one, by its words; what it lacks comes after them."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands_of(inner, (*words, name))
        return
    options = [one for one in command.params if isinstance(one, click.Option)]
    known = {word for option in options for word in option.opts}
    wanted = {"--json"} if words[0] in ("open", "demo") else {"--json", "--root"}
    unsaid = {option.opts[0] for option in options if not option.help}
    yield (*words, *sorted(wanted - known), *sorted(unsaid), *([] if command.help else ["help"]))


def test_every_command_has_json_and_says_what_each_option_is() -> None:
    found = [
        words
        for name in COMMANDS
        for words in commands_of(import_module(f"orket_console.cli.{name}").command, (name,))
    ]
    assert len(found) > 30
    assert [
        words for words in found if "help" in words or any("--" in word for word in words)
    ] == []


def test_an_unknown_command_suggests_a_known_one(console: Console) -> None:
    run = console("webhook")
    assert (run.status, run.out) == (2, "")
    assert run.err == (
        "orket-console: 'webhook' is neither a command nor a folder: did you mean `webhooks`?\n"
    )


def test_a_word_like_no_command_points_at_help(console: Console) -> None:
    run = console("zzzz")
    assert run.status == 2
    assert "see --help" in run.err


@pytest.mark.parametrize("word", ["x" * 5000, "\udcff\x1b[2J"], ids=["long", "hostile"])
def test_a_word_that_is_no_possible_path_is_one_safe_line(console: Console, word: str) -> None:
    run = console(word)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert "\x1b" not in run.err


@pytest.mark.parametrize("option", ["--no-such-option", "--api-port=many"])
def test_a_wrong_option_is_exit_two_and_one_line(console: Console, option: str) -> None:
    run = console(option)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("orket-console: ")
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("words", [("attach",), ("show", "--nope")])
def test_what_is_wanting_is_said_with_where_to_read_of_it(
    console: Console, words: tuple[str, ...]
) -> None:
    run = console("actions", *words)
    assert (run.status, run.out) == (2, "")
    assert run.err.endswith(f": see `orket-console actions {words[0]} --help`\n")


@pytest.mark.parametrize("group", ["actions", "audit", "webhooks", "runs", "incident"])
def test_a_group_alone_tells_its_commands(console: Console, group: str) -> None:
    run = console(group)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith(f"Usage: orket-console {group} ")
    assert "\n\nCommands:\n  " in run.err


def test_a_port_of_nought_is_refused_and_not_overheard(console: Console, bare_root: Path) -> None:
    run = console("--api-port", "0", "config", "--root", str(bare_root))
    assert run.status != 0
    assert "api.port = 0 is not" in run.err


def test_no_installation_is_exit_three_and_one_line(console: Console) -> None:
    run = console("config")
    assert (run.status, run.out) == (3, "")
    assert run.err.startswith("orket-console: no Orket installation here or above: looked for ")
    assert run.err.count("\n") == 1


def test_a_root_that_is_none_is_exit_three(console: Console, tmp_path: Path) -> None:
    run = console("config", "--root", str(tmp_path / "none"))
    assert run.status == 3
    assert "--root does not exist" in run.err


def test_the_console_itself_wants_a_terminal(console: Console, bare_root: Path) -> None:
    run = console(str(bare_root))
    assert (run.status, run.out) == (2, "")
    assert "orket-console check" in run.err
    assert run.err.count("\n") == 1


def test_a_reader_that_left_is_no_error(bare_root: Path) -> None:
    (bare_root / ".env").write_text("".join(f"KEY_{n}=value\n" for n in range(20_000)))
    code = "from orket_console.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "config", "--root", str(bare_root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        status = process.wait(timeout=60)
    assert (status, err) == (0, b"")


@pytest.mark.parametrize("arguments", [("config",), ("config", "--json"), ("--help",)])
def test_a_full_disk_is_one_line_and_exit_three(
    bare_root: Path, arguments: tuple[str, ...]
) -> None:
    done = with_stdout(Path("/dev/full"), *arguments, here=bare_root)
    assert done.returncode == 3
    assert done.stderr.startswith("orket-console: ")
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr


def test_a_closed_stdout_is_no_error_and_no_files_place(bare_root: Path) -> None:
    code = "import os; os.close(1); from orket_console.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "config", "--root", str(bare_root)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_was_not_expected_is_one_line_and_a_report_without_secrets(
    bare_root: Path, own_environment: Path
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7c21-key\n")
    code = "import orket_console.cli.config as c; from orket_console.cli.main import main\n"
    code += "def broken(target): raise RuntimeError('with canary-7c21-key in it')\n"
    code += "c.effective = broken; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "config", "--root", str(bare_root)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("orket-console: crashed: RuntimeError: with ••• in it (report: ")
    assert done.stderr.count("\n") == 1
    (report,) = own_environment.glob("state/orket-console/crashes/*")
    assert "in broken" in report.read_text()
    assert "canary" not in report.read_text()


def with_stdout(path: Path, *arguments: str, here: Path) -> subprocess.CompletedProcess[str]:
    with path.open("w") as stdout:
        return subprocess.run(
            [sys.executable, "-c", "from orket_console.cli.main import main; main()", *arguments],
            cwd=here,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


def test_output_in_a_locale_that_has_no_glyphs(console: Console, bare_root: Path) -> None:
    (bare_root / ".env").write_text("KEY=value\n")
    run = console("config", "--root", str(bare_root), LC_ALL="C", PYTHONUTF8="0", LANG="C")
    assert run.status == 0
    assert "KEY" in run.out


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tui")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
