"""The runbook's escalation record: four fields, for a failure that came back."""
