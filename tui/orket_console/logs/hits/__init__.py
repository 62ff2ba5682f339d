"""Where in a whole log the lines are that a filter wants: how many begin in each block of it."""
