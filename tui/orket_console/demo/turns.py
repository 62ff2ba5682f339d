"""One turn: its log lines and its artifacts under `workspace/default/observability/`."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orket_console.demo.prompts import Assignment, Message, messages, prompt_hash, prompt_metadata
from orket_console.demo.steps import Artifact, LogLine, Timeline

MODEL = "qwen2.5-coder:14b"
WORKSPACE = "workspace/default"
Call = dict[str, Any]


def fenced(calls: list[Call]) -> str:
    """Tool calls as a model writes them."""
    return "\n".join(f"```json\n{json.dumps(call, ensure_ascii=False)}\n```" for call in calls)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _replay_key(call: Call) -> str:
    normalised = json.dumps(call, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(normalised.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Turn:
    """A turn as it is being written. `root` is the installation's absolute path."""

    root: Path
    session_id: str
    index: int
    assignment: Assignment
    timeline: Timeline
    rng: random.Random
    started: float = 0.0
    sent: list[Message] = field(default_factory=list)
    prompt_tokens: int = 0

    @property
    def _ids(self) -> dict[str, Any]:
        who = self.assignment
        return {
            "issue_id": who.issue_id,
            "role": who.role,
            "session_id": self.session_id,
            "turn_index": self.index,
        }

    @property
    def trace_id(self) -> dict[str, str]:
        """`turn_trace_id`, as the log has it."""
        who = self.assignment
        return {"turn_trace_id": f"{self.session_id}:{who.issue_id}:{who.role}:{self.index}"}

    def _artifact(self, name: str, text: str) -> Artifact:
        who = self.assignment
        turn = f"{self.index:03d}_{who.role}"
        folder = f"{WORKSPACE}/observability/{self.session_id}/{who.issue_id.lower()}/{turn}"
        return Artifact(f"{folder}/{name}", text)

    def log(self, event: str, data: dict[str, Any]) -> None:
        """A line of this turn, with its ids first."""
        self.timeline.log(event, self._ids | data, self.assignment.role)

    def start(self, transcript: list[Message]) -> None:
        """Send the messages."""
        role = self.assignment.role
        self.sent = messages(self.assignment, transcript)
        self.prompt_tokens = sum(len(message["content"]) for message in self.sent) // 4
        self.started = self.timeline.cursor.timestamp()
        layers = {
            "role_base": {"name": role, "version": "legacy"},
            "dialect_adapter": {"name": "qwen", "version": "legacy"},
            "guards": [],
            "context_profile": "default",
        }
        sent = {
            "prompt_hash": prompt_hash(self.sent),
            "message_count": len(self.sent),
            "selected_model": MODEL,
        }
        line = self._ids | self.trace_id | sent | prompt_metadata(role)
        self.timeline.add(
            self._artifact("messages.json", _pretty(self.sent)),
            self._artifact("prompt_layers.json", _pretty(layers)),
            LogLine("turn_start", line, role),
        )

    def _think(self, shortest: float, longest: float) -> None:
        self.timeline.wait(self.rng.uniform(shortest, longest))

    def _answer(self, text: str, diagnostics: list[dict[str, Any]]) -> None:
        raw = {
            "model": MODEL,
            "total_tokens": self.prompt_tokens + self._output_tokens(text),
            "input_tokens": self.prompt_tokens,
            "output_tokens": self._output_tokens(text),
        }
        self.timeline.add(
            self._artifact("model_response.txt", text),
            self._artifact("model_response_raw.json", _pretty(raw)),
            self._artifact("tool_parser_diagnostics.json", _pretty(diagnostics)),
        )
        for diagnostic in diagnostics:
            details = {"stage": diagnostic["stage"], "details": diagnostic["data"]}
            self.log("tool_parser_diagnostic", details)

    @staticmethod
    def _output_tokens(text: str) -> int:
        return max(1, len(text) // 4)

    def answer_with(self, calls: list[Call], preface: dict[str, Any] | None = None) -> str:
        """The model answers with tool calls, after a JSON `preface` that is none; the answer."""
        self._think(1.4, 6.5)
        text = fenced(calls)
        diagnostics: list[dict[str, Any]] = []
        if preface is not None:
            before = json.dumps(preface, ensure_ascii=False)
            text = f"{before}\n{text}"
            ignored = {
                "reason": "missing_tool_keys",
                "keys": sorted(preface),
                "candidate_preview": before[:180],
            }
            diagnostics.append({"stage": "json_candidate_ignored", "data": ignored})
        parsed = {"strategy": "stack_json", "count": len(calls)}
        diagnostics.insert(0, {"stage": "parse_start", "data": {"text_length": len(text)}})
        diagnostics.append({"stage": "parse_success", "data": parsed})
        self._answer(text, diagnostics)
        self.timeline.wait(0.0005)
        self.timeline.add(
            self._artifact("parsed_tool_calls.json", _pretty(calls)),
            self._artifact("checkpoint.json", _pretty(self._checkpoint(calls))),
        )
        return text

    def _checkpoint(self, calls: list[Call]) -> dict[str, Any]:
        who = self.assignment
        asked = [call["args"].get("status") for call in calls
                 if call["tool"] == "update_issue_status"]  # fmt: skip
        return {
            "run_id": self.session_id,
            "issue_id": who.issue_id,
            "turn_index": self.index,
            "role": who.role,
            "prompt_hash": prompt_hash(self.sent),
            "model": MODEL,
            "tool_calls": calls,
            "state_delta": {"from": who.status, "to": asked[0] if asked else None},
            "prompt_metadata": prompt_metadata(who.role),
            "captured_at": self.timeline.cursor.isoformat(),
        }

    def run(self, call: Call) -> None:
        """Carry out one tool call that is allowed."""
        self.timeline.wait(0.001)
        self.log("tool_call_start", {"tool": call["tool"], "args": call["args"]})
        self.timeline.wait(self.rng.uniform(0.002, 0.03))
        result: dict[str, Any] = {"ok": True}
        effects: list[Artifact] = []
        if call["tool"] == "write_file":
            path = f"{WORKSPACE}/{call['args']['path']}"
            result["path"] = str(self.root / path)
            effects.append(Artifact(path, call["args"]["content"]))
        else:
            issue_id = self.assignment.issue_id
            result |= {"issue_id": issue_id, "status": call["args"]["status"]}
        name = f"tool_result_{call['tool']}_{_replay_key(call)}.json"
        self.timeline.add(*effects, self._artifact(name, _pretty(result)))
        self.log("tool_call_result", {"tool": call["tool"], "ok": True, "error": None})

    def complete(self, text: str, calls: int) -> None:
        """The turn ended well."""
        output = self._output_tokens(text)
        tokens = {
            "status": "TIMING_UNAVAILABLE",
            "prompt_tokens": self.prompt_tokens,
            "output_tokens": output,
            "total_tokens": self.prompt_tokens + output,
            "prompt_ms": None,
            "predicted_ms": None,
        }
        who = self.assignment
        took = round((self.timeline.cursor.timestamp() - self.started) * 1000)
        line = {"issue_id": who.issue_id, "role": who.role, "tool_calls": calls, "tokens": tokens}
        line |= {"session_id": self.session_id, "turn_index": self.index, **self.trace_id}
        self.timeline.log("turn_complete", line | {"duration_ms": took}, who.role)

    def block(self, call: Call, reason: str) -> None:
        """The state machine refuses a call, and with it the turn."""
        self.timeline.wait(0.0006)
        self.log("tool_call_blocked", {**call, "reason": reason})
        violations = [f"Governance Violation: {reason}"]
        self.fail("tool_violation", f"Tool validation failed: {violations}")

    def ramble(self, text: str) -> None:
        """Prose without a tool call; the model is asked once more (see `give_up`)."""
        self._think(1.2, 4.0)
        self._parse_nothing(text)
        hint = "CONSISTENCY.OUTPUT_FORMAT: emit JSON tool-call objects only with no prose residue."
        hints = [f"{hint} Evidence: {_evidence(text)}"]
        self.log(
            "turn_corrective_reprompt",
            self.trace_id | _broken_contracts("multiple_contracts_not_met", text)
            | {"rule_fix_hints": hints},
        )  # fmt: skip

    def give_up(self, text: str) -> None:
        """Prose again: no progress."""
        self._think(1.2, 4.0)
        self._parse_nothing(text)
        reason = "progress_contract_not_met_after_reprompt"
        self.log("turn_non_progress", self.trace_id | _broken_contracts(reason, text))

    def _parse_nothing(self, text: str) -> None:
        nothing = {"stage": "parse_empty", "data": {"reason": "no_parseable_tool_calls"}}
        start = {"stage": "parse_start", "data": {"text_length": len(text)}}
        self._answer(text, [start, nothing])

    def fail(self, kind: str, error: str, traceback: str | None = None) -> None:
        """`turn_failed`."""
        ids = {"session_id": self.session_id, "turn_index": self.index, **self.trace_id}
        trace = {} if traceback is None else {"traceback": traceback}
        line = {"issue_id": self.assignment.issue_id, "error": error, "type": kind, **trace, **ids}
        self.timeline.log("turn_failed", line)


def _evidence(text: str) -> str:
    return "".join(text.split())[:120]


def _broken_contracts(reason: str, text: str) -> dict[str, Any]:
    progress = {
        "reason": "progress_contract_not_met", "required_action_tools": [],
        "required_statuses": [], "observed_tools": [], "missing_required_tools": [],
        "observed_statuses": [],
    }  # fmt: skip
    rule = {
        "rule_id": "CONSISTENCY.OUTPUT_FORMAT",
        "message": "Output contains non-JSON prose while tool-calls-only format is required.",
        "evidence": _evidence(text),
    }
    consistency = {
        "reason": "consistency_scope_contract_not_met",
        "scope": {"consistency_tool_calls_only": True},
        "violations": [rule],
    }
    return {
        "reason": reason,
        "contract_reasons": [progress["reason"], consistency["reason"]],
        "contract_violations": [progress, consistency],
    }
