"""From symptoms to their cause: facts are gathered once, rules conclude, findings prove it."""
