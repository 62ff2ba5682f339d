"""Front door 1: the commands."""
