"""The messages that a turn sends to the model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

GUARD = "integrity_guard"
GUARD_SEAT = "verifier_seat"
_TOOLS = {GUARD: ("update_issue_status", "read_file")}
_BUILDER_TOOLS = ("write_file", "update_issue_status")
_SYSTEM = """\
IDENTITY: {role}
INTENT: {intent}

HOW TO ANSWER:
- Answer with tool calls alone, each a JSON object in a fenced block:
  ```json
  {{"tool": "<tool_name>", "args": {{"key": "value"}}}}
  ```
- Prose around the blocks makes the turn invalid.
- Reading alone is no progress: a turn has to write a file or change the issue's status.

TOOLS:
{tools}

ARGUMENTS:
- write_file: path (string), content (string)
- read_file: path (string)
- update_issue_status: status (string); with status 'blocked' also wait_reason, one of
  resource|dependency|review|input|system
{decision}
DIALECT (qwen):
JSON
"""
_GUARD_DECISION = """
DECISION:
- End with update_issue_status: done, or blocked with a wait_reason.
"""
_SCOPE = {
    "active_context": [], "archived_context": [], "consistency_tool_calls_only": True,
    "declared_interfaces": [], "enforce_path_hardening": True, "forbidden_phrases": [],
    "max_active_context_items": None, "max_archived_context_items": None,
    "max_passive_context_items": None, "max_total_context_items": None,
    "max_workspace_items": None, "passive_context": [], "provided_context": [],
    "strict_grounding": True, "workspace": [],
}  # fmt: skip

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one turn is about: the issue, and who works on it in which state."""

    issue_id: str
    summary: str
    role: str
    seat: str
    status: str

    @property
    def is_review(self) -> bool:
        """Whether the guard looks at finished work."""
        return self.role == GUARD


def _short_hash(value: object) -> str:
    normalised = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(normalised.encode()).hexdigest()[:16]


def _system_prompt(role: str) -> str:
    tools = "\n".join(f"- {name}" for name in _TOOLS.get(role, _BUILDER_TOOLS))
    intent = "Verifier" if role == GUARD else role.replace("_", " ").title()
    decision = _GUARD_DECISION if role == GUARD else ""
    return _SYSTEM.format(role=role, intent=intent, tools=tools, decision=decision)


def prompt_metadata(role: str) -> dict[str, str]:
    """How the prompt came about; its checksum is that of the role's system prompt."""
    return {
        "prompt_id": "legacy.prompt_compiler",
        "prompt_version": "legacy",
        "prompt_checksum": _short_hash(_system_prompt(role)),
        "resolver_policy": "compiler",
        "selection_policy": "stable",
        "role_status": "legacy",
        "dialect_status": "legacy",
    }


def _execution_context(assignment: Assignment) -> dict[str, Any]:
    return {
        "architecture_decision_path": "agent_output/design.txt",
        "architecture_decision_required": False,
        "architecture_forced_pattern": "monolith",
        "architecture_mode": "force_monolith",
        "dependency_context": {
            "dependency_count": 0, "dependency_statuses": {}, "depends_on": [],
            "unresolved_dependencies": [],
        },
        "frontend_framework_forced": "vue",
        "frontend_framework_mode": "force_vue",
        "issue_id": assignment.issue_id,
        "missing_required_read_paths": [],
        "prompt_metadata": dict(sorted(prompt_metadata(assignment.role).items())),
        "required_action_tools": [],
        "required_read_paths": [],
        "required_statuses": [],
        "required_write_paths": [],
        "runtime_verifier_ok": True if assignment.is_review else None,
        "seat": assignment.seat,
        "stage_gate_mode": "auto",
        "status": assignment.status,
    }  # fmt: skip


def messages(assignment: Assignment, transcript: list[Message]) -> list[Message]:
    """The turn's messages; `transcript` holds the answers of the turns before it."""
    issue = f"Issue {assignment.issue_id}: {assignment.summary}"
    context = json.dumps(_execution_context(assignment), ensure_ascii=False)
    return [
        {"role": "system", "content": _system_prompt(assignment.role)},
        {"role": "user", "content": f"{issue}\n\nType: CardType.ISSUE\nPriority: 3.0"},
        {"role": "user", "content": f"Execution Context JSON:\n{context}"},
        {"role": "user", "content": f"Hallucination Verification Scope:\n{json.dumps(_SCOPE)}"},
        *transcript,
    ]


def prompt_hash(sent: list[Message]) -> str:
    """What `turn_start` and the checkpoint say was sent."""
    return _short_hash(sent)
