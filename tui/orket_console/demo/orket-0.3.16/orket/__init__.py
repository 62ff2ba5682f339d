"""An Orket-compatible stand-in: the surfaces that an operator sees, and no model behind them."""

__version__ = "0.3.16"
