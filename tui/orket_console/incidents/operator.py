"""Who works on an incident from here."""

from __future__ import annotations

import os

from orket_console.actions.origin import origin_of
from orket_console.incidents.ledger.model import Who


def operator() -> Who:
    """Whoever runs this console."""
    origin = origin_of(os.environ)
    return Who(origin.user, origin.host, origin.ssh)
