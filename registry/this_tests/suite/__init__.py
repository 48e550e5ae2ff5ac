"""Reads and edits the test suite, without importing it."""
