"""Front door 2: the screen."""
