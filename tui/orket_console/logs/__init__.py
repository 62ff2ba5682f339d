"""The logs: sources, tail, records, filter and failure report."""
