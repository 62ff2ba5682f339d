"""What goes into the archive of an incident.

Sources: the ledger, a look at everything now, the probes' history, the logs, the trace folders of
the turns concerned, both databases, and the audit trail.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from orket_console import __version__
from orket_console.actions.audit_export import Chosen, Export, Exported, exported, provable
from orket_console.base.clock import Clock, size, stamp
from orket_console.base.errors import ConsoleError
from orket_console.base.files import ARTIFACT_CAP, Unreadable, UnreadableError, open_regular
from orket_console.base.refs import LogRef, OutputRef, Ref, SessionRef, TurnRef
from orket_console.base.secret import Redactor
from orket_console.base.text import clean
from orket_console.health.history import Moment, Past
from orket_console.health.keeping import load_history
from orket_console.incidents.bundle.archive import CHUNK, PORTS, Archive
from orket_console.incidents.bundle.censor import Censor, Removed
from orket_console.incidents.bundle.leading import Move, led, lines_in
from orket_console.incidents.bundle.lines import LinePlaces
from orket_console.incidents.bundle.markdown import as_markdown
from orket_console.incidents.bundle.names import is_bundle_name
from orket_console.incidents.bundle.page import as_page
from orket_console.incidents.bundle.rows import Table, ledger_rows, run_rows, webhook_rows
from orket_console.incidents.bundle.slices import Wished, plain, slices
from orket_console.incidents.bundle.story import Told, story_of
from orket_console.incidents.diagnosis.document import as_document, ref_document
from orket_console.incidents.ledger.capture import readings_document
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import gates
from orket_console.incidents.looking import Looked
from orket_console.incidents.timeline.entry import Entry, Wanted
from orket_console.incidents.timeline.span import beginning_of, end_of
from orket_console.incidents.timeline.timeline import Timeline
from orket_console.incidents.timeline.turns import TurnKey, Turns
from orket_console.runs.artifact import list_files
from orket_console.runs.key import folder_name
from orket_console.runs.model import Turn
from orket_console.target.target import Target

_MOST_ENTRIES: Final = 5_000
_MOST_TURNS: Final = 200
_OUTPUTS: Final = ("result.json", "stdout", "stderr", "order")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written: `removed` counts secrets, `proved` the audit records that prove
    themselves, of `records`; `left_out` tells what of the incident is not in it, and why."""

    path: str
    incident: str
    files: int
    size: int
    removed: int
    records: int
    proved: int
    audit: str
    left_out: tuple[str, ...]


class Writing:
    """One bundle being written. `write` raises `OSError`, and `ConsoleError` where the audit
    trail can't be read."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        store: Store,
        one: Incident,
        looked: Looked,
        path: Path,
    ) -> None:
        self._target, self._clock, self._store = target, clock, store
        self._one, self._looked, self._path = one, looked, path
        self._now = clock.now()
        self._taken: set[Path] = set()
        self._left_out: list[str] = []
        self._since = beginning_of(one)
        self._until = end_of(one) or max(self._now, one.opened)
        self._censor = Censor(target.secrets())

    def write(self) -> Bundle:
        entries, left_out = self._entries()
        turns = self._turns(entries)
        with Archive(self._path, self._one.name, self._censor, self._now) as archive:
            trail = self._audit(archive)
            self._documents(archive, entries)
            for turn in turns:
                self._artifacts(archive, turn)
            self._actions(archive, entries)
            sessions = {turn.ref.session for turn in turns} | set(_sessions(self._refs(entries)))
            rows = webhook_rows(self._target, self._since, self._until)
            self._rows(archive, "webhook_rows.json", rows)
            rows = run_rows(self._target, sessions, self._since, self._until)
            self._rows(archive, "run_rows.json", rows)
            self._report(archive, entries, trail, left_out=left_out)
            archive.finish(self._about())
        return Bundle(
            path=str(self._path),
            incident=self._one.name,
            files=len(archive.members),
            size=self._path.stat().st_size,
            removed=sum(sum(each.removed.values()) for each in archive.members),
            records=len(trail.records),
            proved=provable(trail),
            audit=trail.verification.what,
            left_out=tuple(self._left_out),
        )

    def _entries(self) -> tuple[tuple[Entry, ...], bool]:
        """The newest entries of the time, oldest first, and whether older ones were left out."""
        timeline = Timeline(self._target, self._clock, self._store)
        walk = timeline.back(Wanted(incident=self._one.id), self._until)
        found: list[Entry] = []
        try:
            for entry in walk.until(self._since):
                if len(found) == _MOST_ENTRIES:
                    self._left_out.append(f"what happened before the last {_MOST_ENTRIES} events")
                    return tuple(reversed(found)), True
                found.append(entry)
        finally:
            walk.close()
        return tuple(reversed(found)), False

    def _turns(self, entries: Iterable[Entry]) -> list[Turn]:
        """Those that evidence names, and those that failed in the time, of many the newest; and
        as far as there is room the others of their runs, by which these are understood."""
        named = {_turn_key(ref) for ref in self._evidence() if isinstance(ref, TurnRef)}
        told = {_turn_key(ref) for ref in self._refs(entries) if isinstance(ref, TurnRef)}
        turns = Turns(self._target, self._clock)
        concerned = turns.concerned(self._since, self._until, named | told)

        def weight(turn: Turn) -> tuple[bool, datetime]:
            return _turn_key(turn.ref) in named, turn.at or self._since

        found = heapq.nlargest(_MOST_TURNS + 1, concerned, key=weight)
        known = {turn.path for turn in found}
        others = turns.of_runs({turn.ref.session for turn in found})
        for turn in others:
            if len(found) > _MOST_TURNS:
                self._left_out.append(f"turns beyond the newest {_MOST_TURNS} of runs concerned")
                break
            if turn.path not in known:
                found.append(turn)
        return found[:_MOST_TURNS]

    def _refs(self, entries: Iterable[Entry]) -> Iterator[Ref | None]:
        yield from (entry.ref for entry in entries)
        yield from self._evidence()

    def _evidence(self) -> Iterator[Ref]:
        for finding in self._looked.diagnosis.findings:
            yield from (each.ref for each in finding.evidence)

    def _documents(self, archive: Archive, entries: Iterable[Entry]) -> None:
        """What refers to lines of the logs, these lines, and the probes' history."""
        done = self._looked.done
        documents: dict[str, object] = {
            "ledger.json": ledger_rows(self._store, self._one.id),
            "capture.json": self._one.captured,
            "findings.json": as_document(self._looked.diagnosis),
            "probes.json": {"at": done.at, "readings": readings_document(done)},
            "timeline.json": [_entry(entry) for entry in entries],
        }
        documents = {name: msgspec.to_builtins(each) for name, each in documents.items()}
        move = self._logs(archive, lines_in(list(documents.values())))
        for name, document in documents.items():
            archive.add_json(name, led(document, move))
        try:
            history = open_regular(self._target.state.health)
        except UnreadableError:
            return
        with history:
            archive.add("state/health.json", _chunks(history))

    def _logs(self, archive: Archive, named: Mapping[str, Collection[int]]) -> Move:
        """The slices; and where lines of `named` are in the bundle."""
        taken: list[dict[str, object]] = []
        moved: dict[tuple[str, int], LogRef] = {}
        for part in slices(self._target, Wished(self._since, self._until, named)):
            name = f"root/{part.name}"
            if not is_bundle_name(name):
                self._left_out.append(f"{name}: a name that no bundle has")
                continue
            lines = LinePlaces(part.named.values())
            chunks = lines.read(part.chunks())
            member = archive.add(name, chunks, part.modified, lines.written)
            for offset, place in part.named.items():
                if place in lines.places:
                    moved[plain(part.path), offset] = LogRef(member.name, *lines.places[place])
            taken.append({"file": member.name, "ranges": part.ranges, "whole": part.whole})
            if not part.whole:
                self._left_out.append(f"{name}: lines; logs.json says which are there")
        archive.add_json("logs.json", taken)
        return lambda line: moved.get((plain(line.path), line.offset))

    def _artifacts(self, archive: Archive, turn: Turn) -> None:
        """A turn's files under the path that they have in the root, with their times."""
        folder = Path(turn.path)
        files = list_files(folder).files.values()
        odd = (f"root/{turn.shown}/{each.name}: {each.odd}" for each in files if each.odd)
        self._left_out.extend(odd)
        paths = [folder / each.name for each in files if not each.odd]
        for path in (*paths, *([Path(turn.report)] if turn.report else [])):
            # Several turns of an issue have one report.
            if path not in self._taken:
                self._taken.add(path)
                self._add_file(archive, f"root/{path.relative_to(self._target.path)}", path)

    def _actions(self, archive: Archive, entries: Iterable[Entry]) -> None:
        """What the actions and the incident's gates printed."""
        own = (run.record for run in gates(self._store, self._one.id))
        for record in dict.fromkeys([*own, *_records(entries)]):
            for name in _OUTPUTS:
                path = self._target.state.actions / record / name
                self._add_file(archive, f"state/actions/{record}/{name}", path)

    def _add_file(self, archive: Archive, name: str, path: Path) -> None:
        """A file with its time, if it is there still; if not all is well with it, that is told."""
        if not is_bundle_name(name):
            self._left_out.append(f"{name}: a name, or a kind of file, that no bundle has")
            return
        try:
            file = open_regular(path)
        except UnreadableError as error:
            if error.reason is not Unreadable.MISSING:
                self._left_out.append(f"{name}: {error.reason}")
            return
        with file:
            found = os.fstat(file.fileno())
            if found.st_size <= ARTIFACT_CAP:
                archive.add(name, _chunks(file), found.st_mtime)
            else:
                self._left_out.append(f"{name}: larger than {size(ARTIFACT_CAP)}")

    def _rows(self, archive: Archive, name: str, tables: Mapping[str, Table]) -> None:
        archive.add_json(name, tables)
        for table, found in tables.items():
            if why := found.get("problem") or found.get("cut"):
                self._left_out.append(f"rows of {table}: {why}")

    def _audit(self, archive: Archive) -> Export:
        """The records since the time began, those after the incident's end, too."""
        chosen = Chosen(since=self._since)
        try:
            trail = exported(self._target.state.audit, chosen, Redactor(()))
        except UnreadableError as error:
            raise ConsoleError(f"the audit trail can't be read: {error}") from error
        removed: Removed = {}
        records = tuple([self._without_secrets(record, removed) for record in trail.records])
        trail = replace(trail, records=records)
        archive.add_json("audit.json", trail, removed)
        if trail.left_out:
            self._left_out.append(f"audit.json: {trail.left_out} later records")
        return trail

    def _without_secrets(self, record: Exported, removed: Removed) -> Exported:
        """Here, and not as bytes: one that has changed has to say so."""
        line = self._censor.redacted(record.line.encode("utf-8", "replace"), removed).decode()
        shown = self._censor.redactor.redact_json(record.record)
        said = shown if isinstance(shown, dict) else {}
        return replace(record, line=line, record=said, redacted=line != record.line)

    def _pasts(self) -> dict[str, Past]:
        now = Moment(self._now, self._clock.monotonic())
        return dict(load_history(self._target.state.health, now).earlier)

    def _report(
        self, archive: Archive, entries: tuple[Entry, ...], trail: Export, *, left_out: bool
    ) -> None:
        identity = self._target.identity
        told = Told(
            version=f"{identity.version} {identity.commit}".strip(),
            root=str(self._target.path),
            since=self._since,
            until=self._until,
            findings=tuple((one.rule, one.conclusion) for one in self._looked.diagnosis.leading),
            entries=entries,
            left_out=left_out,
            pasts=self._pasts(),
            audit=f"{trail.verification.state}: {trail.verification.what}",
        )
        story = story_of(self._store, self._one.id, told)
        archive.add("report.md", _encoded(as_markdown(story)))
        archive.add("report.html", _encoded(as_page(story)))

    def _about(self) -> dict[str, object]:
        identity = self._target.identity
        return {
            "schema": "orket-console/bundle/v1",
            "console": __version__,
            "incident": self._one.id,
            "title": self._one.title,
            "at": stamp(self._now),
            "since": stamp(self._since),
            "until": stamp(self._until),
            "target": {
                "name": self._target.name,
                "root": clean(str(self._target.path)),
                "version": identity.version,
                "generation": identity.generation,
                "commit": identity.commit,
                "ports": {key: self._target.settings.whole(key) for key in PORTS},
            },
            "gates": [run.record for run in gates(self._store, self._one.id)],
            "left_out": [*map(self._censor.redactor.redact, self._left_out)],
        }


def _entry(entry: Entry) -> dict[str, object]:
    ref = ref_document(entry.ref) if entry.ref else None
    return {**msgspec.to_builtins(entry), "ref": ref}


def _turn_key(ref: TurnRef) -> TurnKey:
    return ref.session, folder_name(ref.issue), ref.index


def _sessions(refs: Iterable[object]) -> Iterator[str]:
    return (ref.session for ref in refs if isinstance(ref, SessionRef | TurnRef))


def _records(entries: Iterable[Entry]) -> Iterator[str]:
    return (entry.ref.record for entry in entries if isinstance(entry.ref, OutputRef))


def _chunks(file: Any) -> Iterator[bytes]:  # noqa: ANN401  a raw file
    while chunk := os.read(file.fileno(), CHUNK):
        yield chunk


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        yield f"{line}\n".encode("utf-8", "replace")
