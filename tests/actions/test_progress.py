"""How far pytest has come, by each of its ways to tell, and however the output is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions.pieces import Piece
from orket_console.actions.progress import Failure, PytestProgress, count_before, progress_of

QUIET = """\
.F.s.x..                                                                 [ 50%]
.E..R..X.                                                                [100%]
==================================== ERRORS ====================================
________________________ ERROR at setup of TestB.test_c ________________________
tests/test_b.py:3: in test_c
.F.F.F
E   assert 0
=================================== FAILURES ===================================
_____________________________ test_a[left - right] _____________________________
>       assert 1 == 2
----------------------------- Captured stdout call -----------------------------
..F                                                                      [ 10%]
=========================== short test summary info ============================
FAILED tests/test_a.py::test_a[left - right] - assert 1 == 2
ERROR tests/test_b.py::TestB::test_c - RuntimeError: no - really
1 failed, 12 passed, 1 skipped, 1 xfailed, 1 xpassed, 1 error in 0.51s
"""
PLAIN = """\
============================= test session starts ==============================
platform linux -- Python 3.11.2, pytest-8.3.4, pluggy-1.5.0
collected 12 items / 2 deselected / 10 selected

tests/a/test_one.py ..F                                                  [ 30%]
tests/test_two.py ....                                                   [ 70%]
..                                                                       [ 90%]
"""
VERBOSE = """\
collecting ... collected 4 items

tests/test_a.py::test_one PASSED                                         [ 25%]
tests/test_a.py::TestB::test_two[a b] FAILED                             [ 50%]
tests/test_a.py::test_three SKIPPED (no docker here)                     [ 75%]
"""
SHARED = """\
bringing up nodes...
2 workers [40 items]
scheduling tests via LoadScheduling

[gw0] [  2%] PASSED tests/test_a.py::test_one \n\
[gw1] [  5%] FAILED tests/test_a.py::test_two \n\
"""
FAILED_TWICE = (
    Failure("tests/test_b.py::TestB::test_c", "RuntimeError: no - really"),
    Failure("tests/test_a.py::test_a[left - right]", "assert 1 == 2"),
)


def test_quiet_output_to_its_end() -> None:
    seen = progress_of(QUIET)
    assert (seen.done, seen.failed, seen.percent, seen.total) == (16, 2, 100, None)
    assert seen.failures == FAILED_TWICE
    assert seen.closing.startswith("1 failed, 12 passed")
    assert count_before(seen.closing) == 17


@pytest.mark.parametrize(
    ("until", "failures"),
    [
        ("[100%]", []),
        ("tests/test_b.py:3", ["TestB.test_c"]),
        (">       assert", ["TestB.test_c", "test_a[left - right]"]),
        ("ERROR tests/", ["TestB.test_c", "tests/test_a.py::test_a[left - right]"]),
    ],
)
def test_failures_get_their_names_as_these_come(until: str, failures: list[str]) -> None:
    seen = progress_of(QUIET[: QUIET.index(until)])
    assert [failure.test for failure in seen.failures] == failures
    assert (seen.failed, seen.closing) == (2, "")


@pytest.mark.parametrize(
    ("output", "done", "total", "percent", "failed", "tests"),
    [
        (PLAIN, 9, 10, 90, 1, []),
        (VERBOSE, 3, 4, 75, 1, ["tests/test_a.py::TestB::test_two[a b]"]),
        (SHARED, 2, 40, 5, 1, ["tests/test_a.py::test_two"]),
        ("gw0 [7] / gw1 [7]\n..F", 3, 7, None, 1, []),
        (".....F          [ 6/20]\n..", 8, 20, None, 1, []),
        ("\x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\x1b[32m   [ 50%]\x1b[0m\r\n", 2, None, 50, 1, []),
        ("␛[32m.␛[0m␛[31mF␛[0m", 2, None, None, 1, []),
        ("..F", 3, None, None, 1, []),
        ("collected 0 items\n", 0, 0, None, 0, []),
        ("...  [100%]\n3 passed in 0.1s\n.F", 2, None, None, 1, []),
        ("collected 1 item\n.E", 1, 1, None, 1, []),
        ("", 0, None, None, 0, []),
        ("Exit\nFAILED\ntests/a.py\nSome. text\n", 0, None, None, 0, []),
        ("." * 10_000, 8192, None, None, 0, []),
    ],
)
def test_each_way_to_tell(
    output: str, done: int, total: int | None, percent: int | None, failed: int, tests: list[str]
) -> None:
    seen = progress_of(output)
    assert (seen.done, seen.total, seen.percent, seen.failed) == (done, total, percent, failed)
    assert [failure.test for failure in seen.failures] == tests


@given(st.sampled_from([QUIET, PLAIN, VERBOSE, SHARED, QUIET + VERBOSE]), st.data())
def test_it_is_the_same_however_it_is_cut(output: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(output)), max_size=20).map(sorted))
    progress = PytestProgress()
    for start, end in pairwise([0, *places]):
        progress.feed(output[start:end])
        assert progress.seen == progress_of(output[:end])
    progress.feed(output[places[-1] if places else 0 :])
    assert progress.seen == progress_of(output)


@given(st.text(alphabet=".FEsx[]%: \n=_0123456789adeilptyPASSEDFAILED/:", max_size=300))
def test_no_output_is_too_odd_for_it(output: str) -> None:
    seen = progress_of(output)
    assert seen.failed <= len(output)
    assert (seen.part() or 0) >= 0
    assert seen.shown() or not seen.done


def test_what_is_told_of_it() -> None:
    assert progress_of(PLAIN).shown() == "9 of 10 tests, 1 failed"
    assert progress_of(PLAIN).part() == 0.9
    quiet = progress_of("..F...  [ 30%]\n")
    assert quiet.shown() == "6 tests, 30%, 1 failed"
    assert quiet.part() == 0.3
    assert quiet.shown(20) == "6 of about 20 tests, 1 failed"
    assert quiet.part(20) == 0.3
    assert quiet.shown(5) == "6 tests, 30%, 1 failed"
    assert progress_of(QUIET).shown(20) == "16 tests, 2 failed"
    assert progress_of("").shown(20) == ""
    assert progress_of("").part() is None
    assert count_before("[release-smoke] SUCCESS") is None


def test_only_stdout_counts() -> None:
    progress = PytestProgress()
    progress.add(Piece("stderr", "FFF"))
    progress.add(Piece("stdout", ".."))
    assert (progress.seen.done, progress.seen.failed) == (2, 0)


TESTS = """
import pytest
@pytest.mark.parametrize("n", range(6))
def test_it(n): assert n != 4
class TestC:
    def test_broken(self, no_such_fixture): pass
@pytest.mark.skip
def test_left_out(): pass
"""


@pytest.mark.parametrize(
    "options", [("-q",), (), ("-v",), ("-q", "-o", "console_output_style=count")]
)
def test_pytest_itself(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "-c", "/dev/null", "--rootdir", str(tmp_path), *options, "test_it.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    seen = progress_of(ended.stdout)
    assert (seen.done, seen.failed) == (8, 2)
    assert [f.test for f in seen.failures if "[4]" in f.test] == ["test_it.py::test_it[4]"]
    assert [f.test for f in seen.failures if "broken" in f.test] == [
        "test_it.py::TestC::test_broken"
    ]
    assert len(seen.failures) == 2
    assert count_before(seen.closing) == 8
