"""What every room stands on: text, secrets, time, errors, SQLite and JSON, read safely."""
