"""Fixtures: a project in a git repository."""

from command import git  # noqa: F401  # a fixture
