"""Fixtures: a project in git."""

from command import git  # noqa: F401  # a fixture
