"""Every cause, in an installation that has it and in one that only looks like it."""

from __future__ import annotations

from tests.incidents.diagnosis import cases_api, cases_database, cases_run, cases_webhook
from tests.incidents.diagnosis.case import CASES, Case

__all__ = ["CASES", "FAMILIES", "Case"]

FAMILIES = (cases_api, cases_webhook, cases_run, cases_database)
"""Each adds its cases to `CASES` where it is imported."""
