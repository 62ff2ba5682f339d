"""Comparison: two turns part by part, two runs turn by turn, and where they first differ."""
