"""Passes over whole logs: cut into spans of whole lines, done by worker processes, merged."""
