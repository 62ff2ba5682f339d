"""Whether what a gate said still holds, by what it was true for and what is now."""

from __future__ import annotations

from typing import Final

from orket_console.actions.catalogue import Effect
from orket_console.actions.conditions import differences, schema_differences
from orket_console.actions.records import Conditions, Record
from orket_console.actions.verdicts import Verdict

_SAYS_SOMETHING: Final = frozenset({Verdict.PASSED, Verdict.FAILED})


def stale(record: Record, now: Conditions) -> str:
    """Why a gate's verdict holds no more; empty while it does, and for what is no gate.

    A schema that changed under an action which changes databases is its own work: it was judged
    by what it left. Whatever else changed while a gate ran, it was true for neither.
    """
    then, after = record.conditions, record.conditions_after
    if record.verdict not in _SAYS_SOMETHING or then is None or after is None:
        return ""
    meanwhile = differences(then, after)
    if record.effect == Effect.CHANGES_DATABASES:
        own = schema_differences(then, after)
        meanwhile = tuple(what for what in meanwhile if what not in own)
    if meanwhile:
        return f"{', '.join(meanwhile)} while it ran"
    changed = differences(after, now)
    return f"{', '.join(changed)} since" if changed else ""
