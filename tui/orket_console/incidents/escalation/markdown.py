"""An escalation record as Markdown, to be edited, and read again."""

from __future__ import annotations

from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.escalation.draft import Draft

_HEADINGS: Final = {
    "signature": "Failure signature",
    "repro": "Repro command",
    "hypothesis": "Root-cause hypothesis",
    "guard": "Proposed guard or test",
}


def as_markdown(made: Draft) -> str:
    parts = [f"# {made.title}"]
    for name, heading in _HEADINGS.items():
        parts += ["", f"## {heading}", "", getattr(made, name).strip("\n")]
    return "\n".join(parts) + "\n"


def from_markdown(text: str) -> Draft:
    """What `as_markdown` made, edited. Raises `ConsoleError` (exit 2) where the title or one of
    the four headings is gone, or has nothing below it."""
    title = ""
    names = {f"## {heading}".casefold(): name for name, heading in _HEADINGS.items()}
    current: str | None = None
    lines: dict[str, list[str]] = {name: [] for name in _HEADINGS}
    for line in text.splitlines():
        name = names.get(line.strip().casefold())
        if name is not None:
            current = name
        elif current is None and line.startswith("# "):
            title = line[2:].strip()
        elif current is not None:
            lines[current].append(line)
    found = {name: "\n".join(body).strip("\n") for name, body in lines.items()}
    if not title:
        raise _wrong("the title, a line that begins with “# ”,")
    for name, body in found.items():
        if not body.strip():
            raise _wrong(f"what stands under “## {_HEADINGS[name]}”")
    return Draft(title=title, **found)


def _wrong(what: str) -> ConsoleError:
    return ConsoleError(
        f"{what} is gone",
        remedy="the runbook wants a title and all four fields; edit it again",
        exit_code=ExitCode.USAGE,
    )
