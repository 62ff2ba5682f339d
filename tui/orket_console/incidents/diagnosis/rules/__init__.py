"""Every rule there is, family by family."""

from __future__ import annotations

from typing import Final

from orket_console.incidents.diagnosis.rule import Rule
from orket_console.incidents.diagnosis.rules.api import API_RULES
from orket_console.incidents.diagnosis.rules.database import DATABASE_RULES
from orket_console.incidents.diagnosis.rules.environment import ENVIRONMENT_RULES
from orket_console.incidents.diagnosis.rules.noise import NOISE_RULES
from orket_console.incidents.diagnosis.rules.posture import POSTURE_RULES
from orket_console.incidents.diagnosis.rules.run import RUN_RULES
from orket_console.incidents.diagnosis.rules.webhook import WEBHOOK_RULES

RULES: Final[tuple[Rule, ...]] = (
    *API_RULES,
    *WEBHOOK_RULES,
    *RUN_RULES,
    *DATABASE_RULES,
    *ENVIRONMENT_RULES,
    *POSTURE_RULES,
    *NOISE_RULES,
)


def rule_named(name: str) -> Rule | None:
    return next((rule for rule in RULES if rule.id == name), None)
