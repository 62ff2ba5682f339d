"""What is remembered of incidents: `ledger.db` in the state folder."""
