"""`orket-console open FILE`: a bundle of an incident, with the same tabs, read-only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from orket_console.base.clock import size
from orket_console.base.errors import ExitCode
from orket_console.base.files import typed_path
from orket_console.base.state import GLYPHS
from orket_console.base.text import shorten
from orket_console.cli.invocation import Invocation
from orket_console.incidents.bundle.opening import BundleClock, Opened, opened_bundle
from orket_console.incidents.bundle.unpack import Unpacked
from orket_console.target.target import Target, open_target

_MOST: Final = 5
_LONGEST: Final = 120
_WIDEST: Final = 300


@click.command("open", help="Open the bundle of an incident: the same tabs, read-only.")
@click.argument("file", metavar="FILE.tar.gz")
@click.option("--json", "as_json", is_flag=True, help="Say what it holds, and open nothing.")
@click.option("--check", is_flag=True, help="Say in words what it holds, and open nothing.")
def command(file: str, as_json: bool, check: bool) -> int:
    path = typed_path(file).absolute()
    if not (as_json or check):
        from orket_console.ui.launch import require_terminal

        require_terminal()
    with opened_bundle(path) as opened:
        target = target_of(opened)
        invocation = Invocation(target, BundleClock(opened.at), as_json)
        if as_json or check:
            invocation.answer("open", _document(opened, path), _lines(opened))
            return ExitCode.OK if opened.whole else ExitCode.WRONG
        for fault in _faults(opened)[:_MOST]:
            invocation.narrate(shorten(fault, _WIDEST))
        from orket_console.ui.launch import run_console

        return run_console(target, BundleClock(opened.at))


def target_of(opened: Opened) -> Target:
    """The bundle as a target: nothing of this machine's Orket is in it, and nothing is written.

    Variables of this machine that Orket or the console would go by are left out.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORKET_", "GITEA_")) and name != "VIRTUAL_ENV"
    }
    target = open_target(
        option=str(opened.root),
        environment=environment,
        here=opened.root,
        # What this user has set for an installation here is not for the one in the bundle.
        flags={
            "ui.read_only": True,
            "state.dir": str(opened.state_dir),
            "target.durable_root": "",
            "target.python": "",
            **opened.ports,
        },
    )
    return replace(target, is_bundle=True, distrust=_distrust(opened))


def _distrust(opened: Opened) -> str:
    """`FORGED: …` for its audit, `CHANGED: …` for other files; empty for a whole bundle."""
    if opened.proof.faults:
        return shorten(opened.proof.what, _LONGEST)
    if opened.contents.faults:
        return shorten(f"CHANGED: {opened.contents.faults[0]}", _LONGEST)
    return ""


def _faults(opened: Opened) -> list[str]:
    forged = [f"its audit is FORGED: {fault}" for fault in opened.proof.faults]
    return [*forged, *opened.contents.faults]


def _document(opened: Opened, path: Path) -> dict[str, Any]:
    contents = opened.contents
    manifest = {name: value for name, value in contents.manifest.items() if name != "files"}
    return {
        "path": str(path),
        "whole": opened.whole,
        "manifest": manifest,
        "files": len(contents.files),
        "faults": contents.faults,
        "audit": {
            "state": opened.proof.state,
            "records": opened.proof.records,
            "proved": opened.proof.proved,
            "gaps": opened.proof.gaps,
            "faults": opened.proof.faults,
            "what": opened.proof.what,
        },
        "redaction": contents.document("redaction.json"),
        "problems": opened.problems,
    }


def _lines(opened: Opened) -> Iterator[str]:
    """What is in it may be anybody's: each value stays on its line."""
    contents, manifest = opened.contents, opened.contents.manifest

    def told(name: str) -> str:
        return shorten(str(manifest.get(name)), _WIDEST)

    yield f"INC-{told('incident')}  {told('title')}"
    yield f"  exported  {told('at')}, of {told('since')} to {told('until')}"
    yield f"  files     {len(contents.files)}, {_weight(contents)}"
    yield f"  audit     {GLYPHS[opened.proof.state]} {shorten(opened.proof.what, _WIDEST)}"
    for first, last in opened.proof.gaps:
        yield f"            records {first} to {last} are not in it"
    redaction = contents.document("redaction.json")
    if isinstance(redaction, dict):
        yield f"  secrets   {shorten(str(redaction.get('total')), _WIDEST)} were removed"
    left_out = manifest.get("left_out")
    for each in left_out if isinstance(left_out, list) else ():
        yield f"  left out  {shorten(str(each), _WIDEST)}"
    for fault in _faults(opened):
        yield f"  FAULT     {shorten(fault, _WIDEST)}"
    for problem in opened.problems:
        yield f"  note      {shorten(problem, _WIDEST)}"
    if opened.whole:
        yield "  it is as its manifest says"


def _weight(contents: Unpacked) -> str:
    files = contents.manifest.get("files")
    sizes = [each.get("size") for each in files.values()] if isinstance(files, dict) else []
    return size(sum(each for each in sizes if isinstance(each, int)))
