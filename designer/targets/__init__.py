"""Where attempts run: base.py says what a target does, each other file is one kind of target."""
