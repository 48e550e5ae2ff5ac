"""Answers as an argument for pytest's command line: a file with node ids."""

import os
from collections.abc import Iterable
from enum import StrEnum

from ..errors import ThisTestsError
from ..files import atomic_write
from ..settings import Project

__all__ = ["AnswerFormat", "write_arguments"]


class AnswerFormat(StrEnum):
    """Output formats of verbs that list tests."""

    TEXT = "text"
    JSON = "json"
    ARGS = "args"


def write_arguments(project: Project, verb: str, arguments: Iterable[str]) -> str:
    """Write *arguments* into a file, and return the argument that lets pytest read it.

    A command line is limited in length, and a shell splits node ids at spaces.

    Raises:
        ThisTestsError: It cannot be written.
    """
    path = project.observations / f"{verb}.args"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, "".join(f"{argument}\n" for argument in arguments).encode())
    except OSError as error:
        raise ThisTestsError(f"{path}: cannot be written: {error.strerror}") from None
    return f"@{os.path.relpath(path)}"
