"""What a log is made of: patterns, counts over time, and counts by value."""
