"""From what an operator typed to one session, or to what there is instead."""

from __future__ import annotations

import difflib
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.text import clean, shorten
from orket_console.runs.key import check_id
from orket_console.runs.ledger import Ledger
from orket_console.runs.mentions import Mentions
from orket_console.runs.traces import all_sessions, session_folders
from orket_console.target.target import Target

_NEAREST: Final = 5
_MOST: Final = 500


def resolve_session(target: Target, ledger: Ledger, word: str) -> str:
    """The session that `word` names: its id, or the beginning of one if only one has it.

    Raises `ConsoleError`: exit 2 for a word that is no id or fits several, exit 1 for one
    that fits none, with what there is instead.
    """
    check_id("session", word)
    with ledger.held():
        known = ledger.plain_runs([word]) or ledger.sessions([word])
    if known or session_folders(target, word):
        return word
    fits = {name for name in _named(target) if name.startswith(word)}
    if word in fits:
        return word
    fits |= set(ledger.with_prefix(word, _NEAREST + 1))
    if len(fits) == 1:
        return fits.pop()
    if fits:
        listed = ", ".join(clean(name) for name in sorted(fits)[:_NEAREST])
        raise ConsoleError(
            f"{word!r} fits several sessions",
            remedy=f"give more of it: {listed}{', …' if len(fits) > _NEAREST else ''}",
            exit_code=ExitCode.USAGE,
        )
    raise no_session(target, ledger, word)


def no_session(target: Target, ledger: Ledger, word: str) -> ConsoleError:
    """The error for a session that is nowhere, with the nearest that are."""
    with ledger.held():
        runs, rows = ledger.newest_rows(_MOST)
    known = list(dict.fromkeys([*runs, *rows, *_named(target)]))
    close = difflib.get_close_matches(word, known, n=_NEAREST, cutoff=0.5) or known[:_NEAREST]
    if close:
        remedy = f"there is {', '.join(clean(name) for name in close)}"
    else:
        remedy = "there is none at all"
    if ledger.problems:
        remedy += f"; and {ledger.problems[0]}"
    where = ", ".join(target.layout.shown(root) for root in target.layout.trace_roots)
    return ConsoleError(
        f"no session {shorten(word, 40)!r}",
        where=f"run_ledger, sessions, {where}, the logs",
        remedy=remedy,
        exit_code=ExitCode.WRONG,
    )


def _named(target: Target) -> list[str]:
    """Sessions that have a trace folder or stand in a log."""
    folders = [folder.name for folder in all_sessions(target).folders]
    return list(dict.fromkeys([*folders, *Mentions(target.layout).read()]))
