"""What the console does itself, each a program that runs under supervision as a script does."""
