"""The failure report: what failed in whole logs, how often, where, and what upstream sees of it."""
