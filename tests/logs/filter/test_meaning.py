"""Quick tests answer as the definition does, and printed expressions mean what they meant."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.severity import Severity
from orket_console.base.text import one_line
from orket_console.logs.filter import FilterError, Surroundings, parse_filter
from orket_console.logs.filter.filter import Filter
from orket_console.logs.filter.parse import parse
from orket_console.logs.filter.tree import (
    And,
    Field,
    Named,
    Node,
    Not,
    Or,
    Regex,
    Text,
    both,
    written,
)
from orket_console.logs.filter.words import Form, Value
from orket_console.logs.heads import MALFORMED, Head, head_of, heads_of, named

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
SOURCE = "root/orket.log"
NAMES = {"bad": "level:error or turn>=2", "mine": "@bad -role:coder"}

# -- the definition: each term on its own, on the whole line, with nothing remembered ------


def means(node: Node, raw: bytes) -> bool:
    match node:
        case Text(value):
            return any(value.lower() in reading.lower() for reading in readings(raw))
        case Regex(source):
            return any(found(source, reading) for reading in readings(raw))
        case Field():
            return field(node, head_of(raw), raw)
        case Named(_, of):
            return means(of, raw)
        case Not(part):
            return not means(part, raw)
        case And(parts):
            return all(means(part, raw) for part in parts)
        case Or(parts):
            return any(means(part, raw) for part in parts)


def readings(raw: bytes) -> list[str]:
    text = raw.decode("utf-8", "replace")
    plain, at = "", 0
    while at < len(text):
        for width in (6, 2):
            try:
                if text[at] != "\\":
                    raise ValueError
                part, step = json.loads(f'"{text[at : at + width]}"'), width
                break
            except ValueError:
                part, step = text[at], 1
        plain, at = plain + part, at + step
    return [text, plain.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")]


def found(source: str, text: str) -> bool:
    """By Python's engine, which knows the few expressions that are tried here."""
    flags = 0 if re.search("[A-Z]", re.sub(r"\\.", "", source)) else re.IGNORECASE
    return re.search(source.replace("$", r"\Z"), text, flags) is not None


def field(node: Field, head: Head, raw: bytes) -> bool:
    sign, values = node.operator, node.values
    match node.key:
        case "event":
            return name(values, "malformed" if head is MALFORMED else head.event)
        case "role":
            return name(values, head.role)
        case "issue":
            return name(values, head.issue)
        case "model":
            return name(values, head.model)
        case "session":
            return any(name(values, each, "" if sign == "=" else "*") for each in head.sessions)
        case "source":
            around = "" if sign == "=" else "*"
            return any(says(value, SOURCE, around, around) for value in values)
        case "level":
            levels = [Severity[value.text.upper()] for value in values]
            return any(compare(head.severity, sign, level) for level in levels)
        case "turn":
            return any(turn(value, sign, head.turn) for value in values)
        case "after":
            return head.at is not None and head.at >= datetime.fromisoformat(values[0].text)
        case "before":
            return head.at is not None and head.at < datetime.fromisoformat(values[0].text)
        case "type" | "status" as key:
            value = data(raw).get(key)
            if isinstance(value, str):
                return name(values, value)
            return isinstance(value, bool | int | float) and any(leaf(v, value) for v in values)
        case key:
            path = key.split(".")[1:]
            if sign not in (":", "="):
                bound = float(values[0].text)
                return any(number(each) and compare(each, sign, bound) for each in at(raw, path))
            return any(leaf(value, each) for value in values for each in at(raw, path))


def compare(one: Any, sign: str, other: Any) -> bool:
    return {
        ">=": one >= other, ">": one > other, "<=": one <= other, "<": one < other,
        ":": one == other, "=": one == other,
    }[sign]  # fmt: skip


def number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def turn(value: Value, sign: str, index: int | None) -> bool:
    if index is None:
        return False
    return value.text == "*" or compare(index, sign, int(value.text))


def name(values: tuple[Value, ...], text: str, after: str = "") -> bool:
    either = [text, named(text)]
    return text != "" and any(says(v, each, "", after) for v in values for each in either)


def says(value: Value, text: str, before: str = "", after: str = "") -> bool:
    if value.form is Form.REGEX:
        return found(value.text, text)
    literal = re.escape(value.text.lower())
    if value.form is Form.BARE:
        literal = literal.replace(r"\*", ".*")
    pattern = (".*" if before else "") + literal + (".*" if after else "")
    return re.fullmatch(pattern, text.lower(), re.DOTALL) is not None


def leaf(value: Value, found_value: object) -> bool:
    if value.form is Form.BARE and value.text == "*":
        return found_value not in (None, "", [], {})
    if isinstance(found_value, dict | list):
        return False
    if isinstance(found_value, str):
        return says(value, found_value) or says(value, one_line(found_value))
    if number(found_value) and value.form is Form.BARE:
        try:
            if not math.isnan(float(value.text)) and float(value.text) == found_value:
                return True
        except ValueError:
            pass
    return says(value, json.dumps(found_value))


def data(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    if "data" not in value and "schema_version" in value:
        return {**value, "runtime_event": value}
    return value["data"] if isinstance(value.get("data"), dict) else {}


def at(raw: bytes, path: list[str]) -> list[Any]:
    values: list[Any] = [data(raw)]
    for step in path:
        values = [inner for value in values for inner in into(value, step)]
    return [e for value in values for e in (value if isinstance(value, list) else [value])]


def into(value: Any, step: str) -> list[Any]:
    if isinstance(value, dict):
        return [value[step]] if step in value else []
    if isinstance(value, list):
        if step.isdecimal():
            return value[int(step) : int(step) + 1]
        return [inner for each in value for inner in into(each, step)]
    return []


# -- what is tried ----------------------------------------------------------------------

POOL = st.sampled_from(
    ["a", "turn_failed", "Größe", 'say "hi"', "x\ny", "\u212a", "\u0130", "\x1b[2J", "coder", "b*",
     "\\", "orchestrator_tick", "null", "1", "34a2b001", "/srv", "😀", "a,b", "or", "-x", "@bad"]
)  # fmt: skip
WORDS = st.one_of(POOL, POOL, st.sampled_from(["k", "i", "größe", "e", "hi"]), st.text(max_size=6))
BARE = st.sampled_from(
    ["a", "turn_*", "*ö*", "*", "**", "coder", "34a2", "1", "1.0", "true", "null", "b*", "e1", "k"]
)
SOURCES = st.sampled_from(
    ["turn_(failed|x)", "^a", "b$", "ö", "[0-9]+", "K", "a b/c", r"\S+x", "hi", "^.$", "er"]
)
VALUES = st.one_of(
    BARE.map(lambda text: Value(text, Form.BARE)),
    WORDS.map(lambda text: Value(text, Form.QUOTED)),
    SOURCES.map(lambda text: Value(text, Form.REGEX)),
)
LISTS = st.lists(VALUES, min_size=1, max_size=3).map(tuple)
NAMED_KEYS = st.sampled_from(
    ["event", "role", "issue", "model", "type", "status", "session", "source"]
)
PATHS = st.sampled_from(
    ["data.error", "data.type", "data.n", "data.list.n", "data.list.1.n", "data.list", "data.x.y",
     "data.runtime_event.n", "data.größe"]
)  # fmt: skip
NUMBERS = st.sampled_from(["0", "1", "2", "1.5", "-3", "1e2"])
SIGNS = st.sampled_from([">=", ">", "<=", "<"])
EQUALS = st.sampled_from([":", "="])


def bare(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Value, ...]]:
    values = texts.map(lambda text: Value(text, Form.BARE))
    return st.lists(values, min_size=1, max_size=3).map(tuple)


def one(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Value, ...]]:
    return texts.map(lambda text: (Value(text, Form.BARE),))


LEVELS = st.sampled_from(["debug", "info", "warn", "error"])
TIMES = st.sampled_from(
    ["2026-11-23T05:17:37+00:00", "2026-11-23T05:17:38.5+00:00", "2026-11-23T07:00:00+02:00"]
)
TERMS = st.one_of(
    WORDS.filter(bool).map(Text),
    SOURCES.map(Regex),
    st.builds(Field, NAMED_KEYS, EQUALS, LISTS),
    st.builds(Field, PATHS, EQUALS, LISTS),
    st.builds(Field, PATHS, SIGNS, one(NUMBERS)),
    st.builds(Field, st.just("level"), EQUALS, bare(LEVELS)),
    st.builds(Field, st.just("level"), SIGNS, one(LEVELS)),
    st.builds(Field, st.just("turn"), EQUALS, bare(st.sampled_from(["1", "2", "*"]))),
    st.builds(Field, st.just("turn"), SIGNS, one(st.sampled_from(["1", "2"]))),
    st.builds(Field, st.sampled_from(["after", "before"]), st.just(":"), one(TIMES)),
    st.sampled_from(sorted(NAMES)).map(lambda name: Named(name, parse(NAMES[name], NAMES))),
)
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)

COUNTS = st.sampled_from([-3, 0, 1, 2, 1.5, 2.0, 1e2, 10**400, True, "1"])
SCALARS = st.one_of(POOL, st.none(), st.booleans(), COUNTS, st.just(""))
LEAVES = st.one_of(WORDS, SCALARS)
INNER = st.fixed_dictionaries({}, optional={"n": COUNTS, "y": LEAVES, "session_id": POOL})
ANYTHING = st.one_of(LEAVES, st.lists(LEAVES, max_size=3), INNER, st.just([]), st.just({}))


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return often(usual, ANYTHING)


def often(usual: st.SearchStrategy[Any], else_: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`one_of` would draw from each branch of its branches alike."""
    return st.sampled_from([usual] * 5 + [else_]).flatmap(lambda strategy: strategy)


DATA = st.fixed_dictionaries(
    {
        "n": mostly(COUNTS),
        "list": mostly(st.lists(INNER | LEAVES, max_size=3)),
        "turn_index": mostly(st.integers(0, 3)),
    },
    optional={
        "error": mostly(WORDS),
        "type": mostly(POOL),
        "x": mostly(INNER),
        "größe": mostly(WORDS),
        "session_id": mostly(POOL),
        "run_id": mostly(POOL),
        "issue_id": mostly(POOL),
        "model": mostly(POOL),
        "status": mostly(st.sampled_from(["failed", "halted", "1"]) | POOL),
        "level": mostly(LEVELS),
        "ok": mostly(st.booleans()),
        "degraded": mostly(st.booleans()),
        "traceback": mostly(POOL),
        "runtime_event": mostly(INNER),
    },
)
STAMPS = st.sampled_from(
    ["2026-11-23T05:17:37+00:00", "2026-11-23T05:17:37", "2026-11-23T05:17:38.500000+00:00",
     " 2026-11-23T05:17:38Z ", "2026-11-23T07:17:37+02:00", "0001-01-01T00:00:00+14:00", "never",
     ""]
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {
        "timestamp": mostly(STAMPS),
        "role": mostly(POOL),
        "event": mostly(POOL),
        "data": mostly(DATA),
    },
    optional={
        "level": mostly(st.sampled_from(["info", "warn", "error", "INFO", "odd"])),
        "schema_version": st.just("v1"),
        "n": COUNTS,
    },
)
WRITTEN = st.builds(
    lambda event, plain: json.dumps(event, ensure_ascii=plain).encode("utf-8", "replace"),
    EVENTS,
    st.booleans(),
)
BARE_EVENTS = st.fixed_dictionaries({"schema_version": st.just("v1"), "n": COUNTS, "event": POOL})
LINES = often(
    WRITTEN,
    st.one_of(
        BARE_EVENTS.map(lambda event: json.dumps(event).encode()),
        st.binary(max_size=30),
        WORDS.map(lambda text: text.encode("utf-8", "replace")),
    ),
)


def filter_of(node: Node) -> Filter:
    return parse_filter(written(node), Surroundings(NOW, named=NAMES))


@given(TREES)
def test_what_is_printed_says_the_same(node: Node) -> None:
    assert parse(written(node), NAMES) == node


@given(st.text(alphabet='ab:=>-(),"/@*\\ .1\n', max_size=40))
def test_what_was_typed_is_printed_as_something_that_says_the_same(expression: str) -> None:
    try:
        node = parse(expression, {"a": "b"})
    except FilterError as error:
        assert 1 <= error.column <= len(expression) + 1
    else:
        assert parse(written(node), {"a": "b"}) == node


@given(TREES, st.lists(LINES, min_size=1, max_size=5))
def test_a_quick_test_answers_as_the_definition(node: Node, lines: list[bytes]) -> None:
    test = filter_of(node).test(SOURCE)
    for raw in lines:
        assert test(head_of(raw), raw) == means(node, raw), (written(node), raw)


@given(TREES, st.lists(EVENTS, min_size=1, max_size=5))
def test_it_answers_the_same_on_the_heads_of_a_chunk(
    node: Node, events: list[dict[str, Any]]
) -> None:
    raws = [json.dumps(event).encode() for event in events]
    test = filter_of(node).test(SOURCE)
    heads = heads_of(b"\n".join(raws) + b"\n")
    answers = [test(head, raw) for head, raw in zip(heads, raws, strict=True)]
    assert answers == [test(head_of(raw), raw) for raw in raws]


@given(TREES, TREES)
def test_a_part_is_added_to_the_whole_expression(node: Node, part: Node) -> None:
    if isinstance(part, Or | And):
        part = Not(part)
    raw = b'{"event": "turn_failed", "role": "coder", "data": {"n": 1, "error": "b"}}'
    joined = parse(both(written(node), node, written(part)), NAMES)
    assert means(joined, raw) == (means(node, raw) and means(part, raw))


@pytest.mark.parametrize("text", ["größe", "GRÖSSE", 'say "hi"', "a\nb", "\\n", "😀", "kelvin"])
@pytest.mark.parametrize("plain", [True, False])
def test_text_is_found_whatever_escapes_the_line_uses(text: str, plain: bool) -> None:
    said = {"größe": "Größe", "GRÖSSE": "grösse", "kelvin": "\u212aelvin"}.get(text, text)
    raw = json.dumps({"event": "x", "data": {"error": f"-{said}-"}}, ensure_ascii=plain).encode()
    assert filter_of(Text(text)).test(SOURCE)(head_of(raw), raw)
    assert not filter_of(Text(text + "?")).test(SOURCE)(head_of(raw), raw)
