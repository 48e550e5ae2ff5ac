"""Observations: which tests executed which functions, and of which code."""
