"""Fixtures: the command in a project, a project whose tests ran, and Chromium."""

from browser import axe, browser  # noqa: F401  # fixtures
from command import command, git, recorded  # noqa: F401  # fixtures
