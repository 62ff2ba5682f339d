"""An export of the audit trail as it is written down: JSON or Markdown, read back and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from orket_console.actions.audit_export import Export, Exported, provable, proved
from orket_console.base.errors import ConsoleError
from orket_console.base.files import UnreadableError, read_bytes, write_whole
from orket_console.base.text import one_line

_CAP: Final = 256 << 20
_FENCE: Final = "~~~~~~~~"
_TOLD: Final = ("effect", "confirmation", "verdict", "evidence", "reason", "exit_status")


class Format(StrEnum):
    JSON = "json"
    MARKDOWN = "markdown"


def written(path: Path, export: Export, envelope: Mapping[str, object], form: Format) -> int:
    """Write the export whole, read it back, and count the records that it proves.

    `envelope` is what goes around the data. Raises `ConsoleError` where it can't be written, or
    does not prove what the trail does.
    """
    lines = _json(export, envelope) if form is Format.JSON else _markdown(export, envelope)
    try:
        write_whole(path, "\n".join((*lines, "")).encode("utf-8", "replace"))
        back = _read_back(read_bytes(path, _CAP), form)
    except (OSError, UnreadableError) as error:
        raise ConsoleError(
            f"the export can't be written: {error}",
            where=str(path),
            remedy="name another file with --out",
        ) from error
    count = proved(back, export)
    if count != provable(export) or len(back) != len(export.records):
        raise ConsoleError(
            "the export is not what was written: something changed it", where=str(path)
        )
    return count


def _json(export: Export, envelope: Mapping[str, object]) -> Iterator[str]:
    document = {**envelope, "data": msgspec.to_builtins(export)}
    yield msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _markdown(export: Export, envelope: Mapping[str, object]) -> Iterator[str]:
    yield "# Audit trail: what was done on this installation"
    yield ""
    target = envelope.get("target")
    for name, value in (target if isinstance(target, dict) else {}).items():
        yield f"- {name}: `{_code(value)}`"
    yield f"- exported: {envelope.get('at')}"
    yield f"- trail: `{_code(export.trail)}`"
    yield f"- the whole trail: {export.verification.state}, {export.verification.what}"
    yield f"- its head: record {export.head[0]}, `{export.head[1]}`"
    for first, last in export.gaps:
        yield f"- not in this export: records {first} to {last}"
    if export.left_out:
        yield f"- left out beyond the cap: {export.left_out}"
    if export.unreadable:
        yield f"- lines that are no records: {', '.join(map(str, export.unreadable))}"
    for record in export.records:
        yield ""
        yield from _section(record)
    yield from ("", "## Proof", "", export.how, "", f"{_FENCE}jsonl")
    yield from (record.line for record in export.records)
    yield _FENCE


def _section(record: Exported) -> Iterator[str]:
    said = record.record
    what = f"{said.get('kind', '?')} {said.get('action', '?')}"
    yield f"## {record.seq} · {one_line(str(said.get('at')))} · {_code(what)}"
    yield ""
    if record.fault:
        yield f"- **record {record.seq} {record.fault}**"
    if record.redacted:
        yield "- a secret in it was made dots here, so its line proves it no more"
    if "user" in said:
        ssh = f" from {said['ssh']}" if said.get("ssh") else ""
        yield f"- who: `{_code(said['user'])}@{_code(said.get('host'))}{_code(ssh)}`"
    argv = said.get("argv")
    if isinstance(argv, list):
        yield f"- command: `{_code(' '.join(map(str, argv)))}`"
    for name in _TOLD:
        if said.get(name) not in (None, ""):
            yield f"- {name}: `{_code(said[name])}`"
    yield f"- hash: `{record.hash}`"


def _code(value: object) -> str:
    """Text in a code span that it can't close."""
    return one_line(str(value)).replace("`", "'")


def _read_back(content: bytes, form: Format) -> list[str]:
    """The records' lines as the file on disk has them."""
    if form is Format.JSON:
        document = msgspec.json.decode(content)
        return [str(record["line"]) for record in document["data"]["records"]]
    _, _, proof = content.decode("utf-8").rpartition(f"\n{_FENCE}jsonl\n")
    return proof.removesuffix(f"{_FENCE}\n").split("\n")[:-1]
