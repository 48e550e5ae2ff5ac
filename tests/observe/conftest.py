"""Fixtures: a project whose tests are observed, and what was observed."""

from observing import observing  # noqa: F401  # a fixture
