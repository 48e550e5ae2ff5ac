"""Selects the tests to run: by name, or by what changed."""
