"""orket-console: the terminal in which an operator brings a failing Orket installation back."""

__version__ = "0.1.0"
