"""An embedded, Orket-compatible installation with injected faults."""
