"""The measured promises: each file is a command that prints a table. Ratios hold between rows of one run only."""
