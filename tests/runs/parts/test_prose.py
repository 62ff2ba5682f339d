"""Texts cut into passages: fences, JSON within, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.text import is_clean
from orket_console.runs.parts.prose import laid_out, passages


def cut(text):
    return [(passage.language, passage.text) for passage in passages(text)]


def test_prose_code_and_prose():
    text = "first\n\n```Python\nx = 1\n\n```\nthen\n~~~\nraw\n~~~"
    assert cut(text) == [
        ("", "first"),
        ("python", "x = 1\n"),
        ("", "then"),
        ("text", "raw"),
    ]


@pytest.mark.parametrize(
    "text", ["{}", "```json\n{}\n```", "so:\n{}\nend", "```JSON\n{}"], ids=range(4)
)
def test_what_json_escapes_hide_is_made_safe(text):
    hidden = r'{"a\u202e": "\u009b2J \u001b]52;c;eA== \ud83d \u2028 \u007f", "rest": "is long"}'
    shown = "\n".join(passage.text for passage in passages(text.replace("{}", hidden)))
    assert "\\x9b2J ␛]52" in shown.replace("\\\\", "\\")
    assert is_clean(shown)
    shown.encode()


def test_a_fence_that_is_not_closed_goes_to_the_end():
    assert cut("a\n```js\nlet x\nlet y") == [("", "a"), ("js", "let x\nlet y")]


def test_another_kind_of_fence_does_not_close_one():
    assert cut("```md\n~~~\nx\n~~~\n```") == [("md", "~~~\nx\n~~~")]


def test_json_on_a_line_of_its_own_is_laid_out():
    value = {"issue": "ISS-1", "status": "in_progress", "seat": "coder"}
    text = (
        'Execution Context JSON:\n{"issue": "ISS-1", "status": "in_progress", "seat": "coder"}\nend'
    )
    assert cut(text) == [
        ("", "Execution Context JSON:"),
        ("json", laid_out(value)),
        ("", "end"),
    ]


def test_an_answer_that_is_json_is_laid_out_whole():
    assert cut(' {"content":"","tool_calls":[]}\n') == [
        ("json", '{\n  "content": "",\n  "tool_calls": []\n}')
    ]


def test_what_only_looks_like_json_stays_as_it_is():
    odd = "{this is no JSON, but it is quite a long line of text}"
    assert cut(odd) == [("", odd)]
    deep = "[" * 100_000
    assert cut(deep) == [("", deep)]


def test_an_empty_text_has_no_passages():
    assert cut("") == cut("\n\n") == []


@given(st.text(alphabet="`~ab {}[]\n", max_size=200))
def test_no_letter_is_lost(text):
    said = "".join(passage.text for passage in passages(text))
    assert sorted(c for c in said if c in "ab") == sorted(
        c for c in _without_languages(text) if c in "ab"
    )


def _without_languages(text):
    """What stands after an opening fence is its language, and shown as that."""
    found = [
        passage.language for passage in passages(text) if passage.language not in ("text", "json")
    ]
    for language in found:
        text = text.replace(language, "", 1)
    return text
