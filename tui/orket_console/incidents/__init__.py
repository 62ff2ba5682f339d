"""What needs more than one room: from a symptom to the thing that explains it."""
