"""Observes which functions the tests of a run execute, at almost no cost."""
