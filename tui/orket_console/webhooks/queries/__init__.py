"""Questions to the databases and the log: canned, the operator's own, and free SQL."""
