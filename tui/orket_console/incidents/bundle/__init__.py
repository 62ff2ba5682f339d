"""One archive of an incident: written without secrets, and opened anywhere."""
