"""Everything that happened, in one order."""
