"""`python -m orket_console.cli`: the same as `orket-console`."""

from orket_console.cli.main import main

main()
