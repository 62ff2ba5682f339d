"""What a key's value has to be: tests on one text or one number."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Final, TypeVar

from orket_console.base.text import one_line
from orket_console.logs.filter.regex import Regex
from orket_console.logs.filter.words import FilterError, Form, Value
from orket_console.logs.heads import named

TextTest = Callable[[str], bool]

ANYTHING: Final = "*"
COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
T = TypeVar("T")

_REMEMBERED: Final = 4_096
_LONGEST_NAME: Final = 200
_LONGEST_NUMBER: Final = 40


def like(pattern: str) -> TextTest:
    """A test for `pattern`, in which `*` stands for anything; linear in the text's length."""
    if "*" not in pattern:
        return lambda text: text == pattern
    first, *middle, last = pattern.split("*")

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last):
            return False
        if not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def text_test(values: tuple[Value, ...], *, before: str = "", after: str = "") -> TextTest:
    """A test for any of `values`, in any case; `before` and `after` are patterns around each."""
    fits = tuple([_one(value, before, after) for value in values])
    if len(fits) == 1:
        return fits[0]
    return lambda text: any(fit(text) for fit in fits)


def name_test(values: tuple[Value, ...], *, before: str = "", after: str = "") -> TextTest:
    """As `text_test`, for a name as it is written or as it is shown; an absent one never fits.

    What was said of a name is remembered: a log has few of them, on very many lines.
    """
    fits = text_test(values, before=before, after=after)
    known: dict[str, bool] = {}

    def test(name: str) -> bool:
        answer = known.get(name)
        if answer is None:
            shown = named(name)
            answer = bool(name) and (fits(name) or (shown != name and fits(shown)))
            remember(known, name, answer)
        return answer

    return test


def remember(known: dict[str, T], name: str, answer: T) -> None:
    """Keep what was found out about a name, so that memory stays bounded."""
    if len(known) >= _REMEMBERED:
        known.clear()
    if len(name) <= _LONGEST_NAME:
        known[name] = answer


def leaf_test(values: tuple[Value, ...]) -> Callable[[object], bool]:
    """A test for one value of JSON. `*` is for anything but null and what is empty."""
    fits = text_test(tuple(value for value in values if not is_presence(value)))
    numbers = [number for value in values if (number := number_of(value)) is not None]
    presence = any(is_presence(value) for value in values)

    def test(leaf: object) -> bool:
        if presence and leaf not in (None, "", [], {}):
            return True
        if isinstance(leaf, str):
            return fits(leaf) or (not leaf.isprintable() and fits(one_line(leaf)))
        if leaf is None or isinstance(leaf, bool):
            return fits(_WORDS[leaf])
        if isinstance(leaf, int | float):
            return leaf in numbers or fits(_digits(leaf))
        return False

    return test


def is_presence(value: Value) -> bool:
    return value.form is Form.BARE and value.text == ANYTHING


def compared(key: str, sign: str, values: tuple[Value, ...]) -> Callable[[object], bool]:
    """A test for a number that stands to the value as `sign` says."""
    value = values[0]
    if len(values) > 1:
        raise FilterError(f"{key}{sign} takes one value", values[1].column, "use one number")
    bound = number_of(value)
    if bound is None:
        raise FilterError(f"{key}{sign} wants a number", value.column, f"such as {key}{sign}3")
    compare = COMPARISONS[sign]
    return lambda leaf: (
        isinstance(leaf, int | float) and not isinstance(leaf, bool) and compare(leaf, bound)
    )


def number_of(value: Value) -> int | float | None:
    """The number that a value says; None where it says none."""
    text = value.text
    if value.form is not Form.BARE or len(text) > _LONGEST_NUMBER or not text.isascii():
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def may_be_number(value: Value) -> bool:
    """Whether a number, true or false can be what the value says."""
    if value.form is Form.BARE:
        return "*" in value.text or value.text.lower() in ("true", "false") or _counts(value.text)
    return value.form is Form.REGEX or _counts(value.text)


def _counts(text: str) -> bool:
    return any(character.isdigit() for character in text) or text.lower() in ("inf", "nan", "-inf")


_WORDS: Final = {None: "null", True: "true", False: "false"}


def _digits(number: float) -> str:
    try:
        return str(number)
    except ValueError:  # more digits than Python writes
        return ""


def _one(value: Value, before: str, after: str) -> TextTest:
    low = value.text.lower()
    if value.form is Form.REGEX:
        return Regex(value.text, value.column).in_text
    if value.form is Form.BARE:
        fits = like(f"{before}{low}{after}")
        return lambda text: fits(text.lower())
    if before and after:
        return lambda text: low in text.lower()
    if after:
        return lambda text: text.lower().startswith(low)
    return lambda text: text.lower() == low
