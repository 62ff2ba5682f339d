"""Filters that are kept under a name: `@name` in an expression stands for one.

Some are built in, by the events that Orket writes (both versions). Others come from the
configuration: `[log.filters]` in `orket-console.toml` or the user's `config.toml`, which may
also give a name that is built in another meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from orket_console.target.settings import Settings

BUILT_IN: Final = {
    # All that ended badly, and what Orket counts as no failure though nothing came of it.
    "failures": "level:error or event:turn_non_progress,session_halted,session_incomplete",
    "guard": (
        "event:guard_*,policy_violation_*,governance_*,tool_blocked,tool_call_blocked,"
        "verification_security_violation or type:*violation"
    ),
    # What the webhook server and its pull request handler write.
    "webhook": "event:webhook,webhook_*,pr_*",
    "model": "event:model_*,conversation_model_error or type:Model* or data.error_type:Model*",
    # The old version tells only at its start whether it asks for a key.
    "api-auth": "event:api_auth_*,api_security_*,security_compat_*",
}
"""What each says, by name."""


def named_filters(settings: Settings) -> dict[str, str]:
    """All that are known, by name; the configuration's own meaning of a name wins."""
    return BUILT_IN | {name: str(value.value) for name, value in settings.filters.items()}
