"""The actions: the runbook's commands, run on record."""
