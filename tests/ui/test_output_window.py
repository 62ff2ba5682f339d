"""Which rows of an output are on screen, whatever is pressed while it grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions.transcript import Row
from orket_console.ui.widgets.output_window import OutputWindow

KEYS = ("up", "down", "pageup", "pagedown", "home", "end", "wrap", "grow", "resize")


class Shown:
    """A window whose wanted rows are read at once."""

    def __init__(self, lengths: list[int], width: int = 10, height: int = 5) -> None:
        self.rows = [Row("stdout", "x" * length, goes_on=False) for length in lengths]
        self.window = OutputWindow()
        self.window.resize(width, height)
        self.window.grow(len(self.rows))
        self.read()

    def read(self) -> None:
        for _ in range(5):
            if (wanted := self.window.wanted) is None:
                return
            self.window.supply(wanted[0], self.rows[wanted[0] : wanted[1]])
        raise AssertionError("rows are wanted for ever")

    def press(self, key: str) -> None:
        window = self.window
        match key:
            case "up" | "down":
                window.move(-1 if key == "up" else 1)
            case "pageup" | "pagedown":
                window.page(-1 if key == "pageup" else 1)
            case "home":
                window.go(0)
            case "end":
                window.follow()
            case "wrap":
                window.turn_wrap()
            case "grow":
                self.rows.append(Row("stderr", "new", goes_on=False))
                window.grow(len(self.rows))
                window.supply(*self._newest())
            case "resize":
                window.resize(7, 3)
        self.read()

    def _newest(self) -> tuple[int, list[Row]]:
        start, stop = self.window.around
        return start, self.rows[start:stop]

    @property
    def numbers(self) -> list[int]:
        return [line.number for line in self.window.lines()]


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=900),
    st.lists(st.sampled_from(KEYS), max_size=40),
)
def test_the_cursor_is_in_view_and_no_line_on_screen_is_wasted(
    lengths: list[int], keys: list[str]
) -> None:
    shown = Shown(lengths)
    for number, key in enumerate(keys):
        shown.press(key)
        window, numbers = shown.window, shown.numbers
        assert window.cursor in numbers
        assert numbers == sorted(numbers)
        assert all(line.row is not None for line in window.lines())
        if window.following:
            assert numbers[-1] == window.cursor == len(shown.rows) - 1
            assert window.new == 0
        height = 3 if "resize" in keys[: number + 1] else 5
        assert len(numbers) == height or numbers[0] == 0
        assert set(range(numbers[0], numbers[-1] + 1)) == set(numbers)


def test_scrolling_up_pauses_and_counts_what_comes_then() -> None:
    shown = Shown([3] * 100)
    shown.press("grow")
    assert shown.numbers == [96, 97, 98, 99, 100]
    shown.press("down")
    assert shown.window.following
    shown.press("up")
    for _ in range(3):
        shown.press("grow")
    assert (shown.window.following, shown.window.new) == (False, 3)
    assert shown.numbers == [96, 97, 98, 99, 100]
    shown.press("end")
    assert shown.numbers[-1] == 103


def test_every_line_of_a_row_higher_than_the_screen_comes_into_view() -> None:
    shown = Shown([5, 98, 5])
    shown.press("home")
    shown.press("down")
    seen = {line.start for line in shown.window.lines() if line.number == 1}
    while shown.window.cursor == 1:
        shown.press("down")
        seen |= {line.start for line in shown.window.lines() if line.number == 1}
    assert seen == set(range(0, 98, 10))
