"""API and test files of a project, as the subcommands read them."""

from collections.abc import Sequence
from pathlib import Path

from ..check import api
from ..check.api import Api, places_of
from ..settings import Project
from ..suite import files as suite_files
from ..suite.files import test_files
from ..suite.reader import Suite
from .console import note, progress

__all__ = ["Api", "places_of", "read_api", "read_suite", "test_files"]


def read_api(project: Project) -> Api:
    """Return the API of *project*.

    Raises:
        SettingsError: An inventory cannot be read.
    """
    return api.read_api(project, note)


def read_suite(project: Project, files: Sequence[Path]) -> Suite:
    """Return the sources of the tests in *files*, and of the files that they may use."""
    return suite_files.read_suite(project, files, lambda paths: progress(paths, "Reading tests"))
