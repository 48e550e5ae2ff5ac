"""Selects the tests to run: by the name of a callable, or by changes since a commit."""
