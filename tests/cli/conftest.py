"""Fixtures: the command in a project, and a project whose tests ran."""

from command import command, git, recorded  # noqa: F401  # fixtures
