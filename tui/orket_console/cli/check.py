"""`orket-console check`: every probe once.

Exit status 0 only when all is well; 1 when a probe fails or is degraded, 3 when one that
matters can't tell, 4 when what is wrong has merely timed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import click
import msgspec

from orket_console.base.errors import ExitCode
from orket_console.base.refs import Ref
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import one_line
from orket_console.cli.invocation import Invocation, target_command
from orket_console.health.look import Memory
from orket_console.health.reading import Reading, Round
from orket_console.health.rounds import run_round
from orket_console.health.verdict import exit_code, summary

_HELP = """Probe everything once and say what is wrong.

Exit status: 0 all well, 1 a probe fails or is degraded, 3 one that matters can't be told,
4 what is wrong has timed out.
"""


@click.command("check", help=_HELP)
@target_command
def command(invocation: Invocation) -> ExitCode:
    done = asyncio.run(run_round(invocation.target, invocation.clock, Memory()))
    invocation.answer("check", _data(done), _lines(done))
    return exit_code(done.readings)


def _data(done: Round) -> dict[str, object]:
    state, line = summary(done.readings)
    return {
        "state": state,
        "summary": line,
        "exit": exit_code(done.readings),
        "seconds": round(done.seconds, 3),
        "readings": [_reading(reading) for reading in done.readings],
    }


def _reading(reading: Reading) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(reading)
    return {**plain, "evidence": [_evidence(ref) for ref in reading.evidence]}


def _evidence(ref: Ref) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(ref)
    return {"kind": type(ref).__name__.removesuffix("Ref").lower(), "shown": str(ref), **fields}


def _lines(done: Round) -> Iterator[str]:
    titles = max((len(reading.title) for reading in done.readings), default=0)
    words = max((len(reading.word) for reading in done.readings), default=0)
    for reading in done.readings:
        ms = f"  {reading.ms:g} ms" if reading.ms is not None else ""
        seen = one_line(reading.seen)
        line = f"{GLYPHS[reading.state]} {reading.title:<{titles}}  {reading.word:<{words}}"
        yield f"{line}  {seen}{ms}".rstrip()
    yield ""
    yield summary(done.readings)[1]
    for reading in done.readings:
        if reading.remedy and reading.state in (State.FAILING, State.DEGRADED, State.UNKNOWN):
            yield f"  {reading.title}: {reading.remedy}"
