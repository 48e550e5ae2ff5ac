"""The project of the current folder, and its evidence."""

import sys
from pathlib import Path

from ..errors import RegistryNotFoundError
from ..observations.evidence import load
from ..registry.model import Registry
from ..settings import Project, find_project
from .console import note

__all__ = ["here", "load_if_there", "registry_path"]


def here() -> Project:
    """Return the project of the current folder, and add its root and ``src/`` to ``sys.path``.

    So a library that is not installed is found in one of them, as pytest finds it.
    """
    project = find_project(Path.cwd())
    for folder in project.roots:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return project


def registry_path(project: Project, registry: Path | None) -> Path:
    """Return the registry that was requested, else the project's."""
    return project.registry if registry is None else registry


def load_if_there(path: Path) -> Registry:
    """Return the registry at *path*, or an empty one if there is no such file."""
    try:
        return load(path, note)
    except RegistryNotFoundError:
        return Registry()
