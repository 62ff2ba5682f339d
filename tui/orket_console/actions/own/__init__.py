"""The operator's own commands: `[[actions]]` of the settings files."""
