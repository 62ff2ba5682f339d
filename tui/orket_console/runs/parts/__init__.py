"""A turn's parts as blocks that can be folded, for a screen of any kind."""
