"""A rule by the name under which a supervisor is told which to judge by."""

from __future__ import annotations

from orket_console.actions.own.rule import MARK, OwnRule, decoded
from orket_console.actions.verdicts import RULES, Rule, name_of


def told(rule: Rule) -> str:
    """The name of a rule, from which `rule_named` makes it again."""
    return rule.encoded if isinstance(rule, OwnRule) else name_of(rule)


def rule_named(name: str) -> Rule:
    """Raises `KeyError` or `msgspec.DecodeError` for a name that `told` never gave."""
    return decoded(name) if name.startswith(MARK) else RULES[name]
