"""Fixtures: the command in a project, and a project whose tests ran."""

from command import command, git, recorded, suite  # noqa: F401  # fixtures
