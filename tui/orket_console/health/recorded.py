"""Readings that were taken elsewhere, shown instead of asking: of an installation in a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from orket_console.base.files import UnreadableError, read_bytes, write_whole
from orket_console.base.references import ref_of
from orket_console.base.state import State
from orket_console.health.reading import Probe, Reading

if TYPE_CHECKING:
    from orket_console.health.look import Look

_LONGEST: Final = 8 << 20
_UNKNOWN: Final = Reading(
    State.UNKNOWN, "not asked", "the bundle has no reading of it", remedy="ask on the machine"
)


class _Kept(msgspec.Struct, frozen=True):
    state: State
    word: str
    seen: str
    probe: str
    details: tuple[str, ...] = ()
    ms: float | None = None
    remedy: str = ""
    follows: str = ""
    pid: int = 0
    evidence: tuple[dict[str, Any], ...] = ()
    """As documents of references."""


class _File(msgspec.Struct, frozen=True):
    at: str
    readings: tuple[_Kept, ...]


def keep_recorded(path: Path, document: object) -> None:
    """Keep readings for `recorded_probes`. Raises `OSError`, and `ValueError` for what is none."""
    write_whole(path, msgspec.json.encode(msgspec.convert(document, _File, strict=False)))


def recorded_probes(path: Path, probes: Sequence[Probe]) -> Sequence[Probe]:
    """The probes as they are; where readings are kept at `path`, such as answer by these alone."""
    try:
        raw = read_bytes(path, _LONGEST)
    except UnreadableError:
        return probes
    try:
        file = msgspec.json.decode(raw, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        file = _File("", ())
    known = {kept.probe: _reading(kept, file.at) for kept in file.readings}
    return [_answering(probe, known.get(probe.name, _UNKNOWN)) for probe in probes]


def _reading(kept: _Kept, at: str) -> Reading:
    return Reading(
        kept.state,
        kept.word,
        kept.seen,
        details=(f"from the bundle: seen {at}", *kept.details),
        ms=kept.ms,
        remedy=kept.remedy,
        follows=kept.follows,
        pid=kept.pid,
        evidence=tuple([ref for each in kept.evidence if (ref := ref_of(each)) is not None]),
    )


def _answering(probe: Probe, reading: Reading) -> Probe:
    async def run(_: Look) -> Reading:
        return reading

    return replace(probe, run=run, after="")
