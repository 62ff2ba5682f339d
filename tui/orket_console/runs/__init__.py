"""The runs: sessions, issues, turns and their replay."""
