"""The health: probes of one installation and their history."""
