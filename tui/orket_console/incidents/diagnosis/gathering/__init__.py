"""Reading what the rules look at, each part from the room that knows it."""
