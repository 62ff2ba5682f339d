"""Probes of one installation and their history: HTTP, processes, .env, databases, logs, disk."""
