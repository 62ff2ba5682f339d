"""One pane a tab."""
