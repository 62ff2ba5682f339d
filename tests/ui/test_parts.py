"""Parts of the screen that need no screen: jumps, themes, ASCII, keys."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

import orket_console
from orket_console.base.refs import (
    ActionRef,
    IncidentRef,
    LogFilterRef,
    ProbeRef,
    PullRef,
    Ref,
    SessionRef,
    TurnRef,
)
from orket_console.base.secret import Redactor, Secret
from orket_console.base.text import clean
from orket_console.ui.jump import parse_jump
from orket_console.ui.line_filters import SecretFilter, to_ascii
from orket_console.ui.theme import choose_theme, row_cursor


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (":run 34a2b001", SessionRef("34a2b001")),
        ("session 34a2b001", SessionRef("34a2b001")),
        (":turn 34a2b001:iss-02-0:1", TurnRef("34a2b001", "iss-02-0", 1)),
        (":turn a:b:022:guard", TurnRef("a", "b", 22, "guard")),
        (
            ":log event:turn_failed or level>=error",
            LogFilterRef("event:turn_failed or level>=error"),
        ),
        (":pr acme/shop#7", PullRef("acme/shop#7")),
        (":probe api", ProbeRef("api")),
        (":action security-canary", ActionRef("security-canary")),
        (":incident 3", IncidentRef(3)),
        (":inc INC-12", IncidentRef(12)),
        (":incident", "Incident"),
        (":webhooks", "Webhooks"),
        (":h", "Health"),
        ("runs", "Runs"),
    ],
)
def test_what_is_typed_leads_to_its_place(typed: str, place: Ref | str) -> None:
    assert parse_jump(typed) == place


@pytest.mark.parametrize(
    "typed", ["", ":", ":nowhere x", ":turn a:b", ":turn a:b:c", ":zzz", ":incident x"]
)
def test_what_leads_nowhere_says_what_is_wanted(typed: str) -> None:
    with pytest.raises(ValueError, match=r":turn|as in"):
        parse_jump(typed)


@given(st.text())
def test_no_typed_line_breaks_the_jump(typed: str) -> None:
    with contextlib.suppress(ValueError):
        parse_jump(typed)


@given(st.text())
def test_ascii_is_ascii_and_as_wide(text: str) -> None:
    shown = clean(text)
    assert to_ascii(shown).isascii()
    assert cell_len(to_ascii(shown)) == cell_len(shown)


def test_each_sign_that_the_console_draws_has_one_in_ascii() -> None:
    package = Path(orket_console.__file__).parent
    source = "".join(path.read_text() for path in package.rglob("*.py") if "demo" not in path.parts)
    signs = {char for char in source if not char.isascii() and not char.isalpha()}
    assert signs > {"▲", "…", "↳"}
    assert not [sign for sign in signs - {"\ufffd"} if "?" in to_ascii(sign)]


@pytest.mark.parametrize(
    ("configured", "environment", "theme"),
    [
        ("auto", {"COLORTERM": "truecolor", "TERM": "xterm"}, "orket-dark"),
        ("auto", {"TERM": "xterm-256color"}, "orket-dark"),
        ("auto", {"TERM": "xterm"}, "ansi-dark"),
        ("auto", {"TERM": "screen", "COLORTERM": ""}, "ansi-dark"),
        ("auto", {"TERM": "vt100"}, "ansi-dark"),
        ("auto", {"TERM": "linux"}, "ansi-dark"),
        ("nord", {"TERM": "xterm"}, "nord"),
        ("ansi", {"COLORTERM": "truecolor"}, "ansi-dark"),
    ],
)
def test_colours_are_what_the_terminal_has(
    configured: str, environment: dict[str, str], theme: str
) -> None:
    assert choose_theme(configured, environment) == theme


def test_a_secret_is_dots_wherever_a_line_shows_it() -> None:
    masked = SecretFilter(Redactor([Secret("canary-key")])).apply(
        [Segment("key=can", Style(bold=True)), Segment("ary-key; "), Segment("fine")],
        Color(0, 0, 0),
    )
    assert "".join(segment.text for segment in masked) == "key=••••••••••; fine"
    assert masked[0].style == Style(bold=True)
    assert [len(segment.text) for segment in masked] == [7, 9, 4]


def test_a_selected_row_stays_near_the_screen_so_that_states_keep_their_colours() -> None:
    dark = Color.parse(row_cursor("#14161b", "#7aa2f7", ansi=False))
    light = Color.parse(row_cursor("#fbfbf9", "#2e5aac", ansi=False))
    assert dark.brightness < 0.35
    assert light.brightness > 0.65
    assert row_cursor("ansi_default", "ansi_blue", ansi=True).startswith("ansi_")


def test_no_key_is_taken_that_tmux_screen_or_flow_control_keep() -> None:
    sources = (Path(orket_console.__file__).parent / "ui").rglob("*.py")
    found = [re.findall(r'Binding\(\s*"([^"]+)"', path.read_text()) for path in sources]
    keys = {key for each in found for keys in each for key in keys.split(",")}
    assert keys > {"ctrl+p", "question_mark", "enter"}
    assert not keys & {f"ctrl+{letter}" for letter in "abhijmsv"}
