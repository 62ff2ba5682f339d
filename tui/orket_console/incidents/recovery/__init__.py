"""Recovery passes: what the runbook wants of each failure class, closed by evidence."""
