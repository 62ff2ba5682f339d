"""Before a rerun: what an issue would meet, line by line with its evidence."""
