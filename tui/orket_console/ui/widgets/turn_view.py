"""The parts of a turn as text: what each says, coloured; built off the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from orket_console.base.errors import ConsoleError
from orket_console.base.jsontext import printed
from orket_console.base.state import GLYPHS, State
from orket_console.runs.artifact import Artifact, Found
from orket_console.runs.calls import Call
from orket_console.runs.replay import replay_turn
from orket_console.runs.summary import summarise
from orket_console.runs.turn import TurnDetail
from orket_console.runs.words import turn_outcome
from orket_console.target.target import Target
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, literal
from orket_console.ui.widgets.highlight import answer_text, code, json_text
from orket_console.ui.widgets.view import View, points_view, text_view

PARTS: Final = ("Summary", "Prompt", "Response", "Tools", "State", "Guard", "Files", "Replay")
_CALL_STATES: Final = {"ok": State.OK, "failed": State.FAILING}


def part_labels(detail: TurnDetail) -> list[tuple[str, str]]:
    """Each part's name and its label, with a count where one helps to choose."""
    counts = {
        "Prompt": len(detail.messages.value) if isinstance(detail.messages.value, list) else 0,
        "Tools": len(detail.calls),
        "Files": len(detail.files),
    }
    return [(name, f"{name} {counts[name]}" if counts.get(name) else name) for name in PARTS]


def part_view(name: str, detail: TurnDetail, context: UiContext, *, dark: bool) -> View:
    """One part. May take a while for megabytes: call it in a thread."""
    match name:
        case "Prompt":
            text = _prompt(detail, dark=dark)
        case "Response":
            text = _response(detail, dark=dark)
        case "Tools":
            text = Text("\n").join(call_texts(detail, dark=dark))
        case "State":
            text = _state(detail, context, dark=dark)
        case "Guard":
            text = _guard(detail, dark=dark)
        case "Files":
            text = _files(detail, dark=dark)
        case "Replay":
            text = _replay(detail, context.target, dark=dark)
        case _:
            return _summary(detail)
    return text_view(text)


def _summary(detail: TurnDetail) -> View:
    turn = detail.turn
    head = Text(f"{GLYPHS[turn.state]} {turn_outcome(turn)}", STATE_STYLES[turn.state], end="")
    points = [(point.label, point.text) for point in summarise(detail)]
    return points_view(head, [*points, *(("problem", problem) for problem in detail.problems)])


def _prompt(detail: TurnDetail, *, dark: bool) -> Text:
    messages = detail.messages
    if not messages.there:
        return _absent(messages)
    if not isinstance(messages.value, list):
        return json_text(messages.value, dark=dark)
    text = Text(end="")
    for number, message in enumerate(messages.value, 1):
        content = message.get("content") if isinstance(message, dict) else None
        role = str(message.get("role", "?")) if isinstance(message, dict) else "?"
        length = f"{len(content)} characters" if isinstance(content, str) else "not text"
        text.append(f"── {number} {role} · {length}\n", "bold")
        if isinstance(content, str):
            text.append_text(literal(content))
        else:
            text.append_text(json_text(message, dark=dark))
        text.append("\n\n")
    text.rstrip()
    return text


def _response(detail: TurnDetail, *, dark: bool) -> Text:
    if not detail.response.there:
        return _absent(detail.response)
    text = answer_text(str(detail.response.value), dark=dark)
    text.append("\n\n").append_text(_document("raw response", detail.raw_response, dark=dark))
    return text


def call_texts(detail: TurnDetail, *, dark: bool) -> list[Text]:
    """One text a tool call, in order; then the results that no call owns."""
    texts = [
        _call(number, call, len(detail.calls), dark=dark)
        for number, call in enumerate(detail.calls, 1)
    ]
    texts += [_document(f"{a.name}, of no call", a, dark=dark) for a in detail.results_left]
    if not texts:
        texts.append(Text("no tool call", "dim", end=""))
    texts.append(_document("parser diagnostics", detail.diagnostics, dark=dark))
    return texts


def _call(number: int, call: Call, total: int, *, dark: bool) -> Text:
    state = _CALL_STATES.get(call.outcome, State.DEGRADED)
    style = STATE_STYLES[state]
    text = Text.assemble(
        (f"── {number} of {total} ", "bold"),
        literal(call.tool, "bold"),
        "  ",
        (f"{GLYPHS[state]} {call.outcome}", style),
        end="",
    )
    if call.error:
        text.append("  ").append_text(literal(call.error, style))
    text.append("\n").append_text(json_text(call.args, dark=dark)).append("\n")
    if call.file:
        text.append(f"→ {call.file}\n", "dim")
        text.append_text(json_text(call.result, dark=dark)).append("\n")
    return text


def _state(detail: TurnDetail, context: UiContext, *, dark: bool) -> Text:
    record = detail.checkpoint.value
    delta = record.get("state_delta") if isinstance(record, dict) else None
    text = Text(end="").append("asked for\n", "bold")
    if detail.checkpoint.there:
        text.append_text(json_text(delta, dark=dark))
    else:
        text.append_text(_absent(detail.checkpoint))
    text.append(f"\n\nthe card of {detail.turn.ref.issue}, in order\n", "bold")
    for move in detail.moves:
        at = context.time_of_day(move.at) if move.at else "?"
        text.append(f"{at}  ", "dim").append(f"{move.role}  ")
        text.append_text(literal(move.action)).append("\n")
    if not detail.moves:
        text.append("card_transactions has nothing of it", "dim")
    text.rstrip()
    return text


def _guard(detail: TurnDetail, *, dark: bool) -> Text:
    text = Text(end="")
    if detail.decision is not None:
        decision = detail.decision
        text.append("decision\n", "bold").append_text(literal(decision.rationale)).append("\n")
        for label, items in (("violation", decision.violations), ("remedy", decision.remedies)):
            for item in items:
                text.append(f"  {label:<10}", "dim").append_text(literal(item)).append("\n")
        text.append("\n")
    if detail.report is not None:
        text.append(f"{detail.report.name}\n", "bold")
        text.append_text(json_text(detail.report.value, dark=dark)).append("\n\n")
    if not text:
        text.append("no guard decision and no policy violation report\n\n", "dim")
    return text.append_text(_document("prompt layers", detail.layers, dark=dark))


def _files(detail: TurnDetail, *, dark: bool) -> Text:
    text = Text(end="").append_text(literal(detail.turn.shown, "bold")).append("\n")
    for file in detail.files:
        text.append_text(literal(file.line, "" if not file.note else "yellow")).append("\n")
    for name in detail.turn.missing:
        text.append(f"{'missing':>8}  {name}\n", "yellow")
    for artifact in _beside(detail):
        text.append("\n").append_text(_document(artifact.name, artifact, dark=dark)).append("\n")
    text.rstrip()
    return text


def _beside(detail: TurnDetail) -> Iterator[Artifact]:
    """What no other part shows: the checkpoint, memory traces, what is new."""
    yield detail.checkpoint
    yield from detail.others


def _replay(detail: TurnDetail, target: Target, *, dark: bool) -> Text:
    try:
        text = printed(replay_turn(target, detail.turn.ref).document)
    except ConsoleError as error:
        return literal(str(error), "yellow")
    return code(text, "json", dark=dark)


def _document(title: str, artifact: Artifact, *, dark: bool) -> Text:
    text = Text(end="").append_text(literal(title, "bold")).append("\n")
    if not artifact.there:
        return text.append_text(_absent(artifact))
    if isinstance(artifact.value, str):
        return text.append_text(literal(artifact.value))
    return text.append_text(json_text(artifact.value, dark=dark))


def _absent(artifact: Artifact) -> Text:
    style = "dim" if artifact.found is Found.MISSING else "yellow"
    return literal(artifact.problem, style)
