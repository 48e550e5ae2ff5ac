"""Tells in which files a function may have run when they were imported, by what was observed. Pure."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from ..observations.collected import Collected
from ..observations.relation import unit

__all__ = ["ImportsOfFiles"]


class ImportsOfFiles:
    """Where functions of the library ran outside of tests.

    Args:
        sessions: What each session collected.
    """

    def __init__(self, sessions: Iterable[Collected]) -> None:
        self._sessions = tuple(sessions)

    def may_have_run(self, function: str, path: str) -> bool:
        """Return whether the import of the file at *path* may have run an outermost function."""
        if path in self._files.get(function, ()):
            return True
        # What was imported with a test file was imported then, and not otherwise.
        return function in self._otherwise and path not in self._collected

    @cached_property
    def _files(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for session in self._sessions:
            for collection in session.imports:
                for function in collection.functions:
                    found.setdefault(unit(function), set()).update(collection.files)
        return found

    @cached_property
    def _collected(self) -> frozenset[str]:
        return frozenset(
            file for session in self._sessions for collection in session.imports for file in collection.files
        )

    @cached_property
    def _otherwise(self) -> frozenset[str]:
        return frozenset(unit(function) for session in self._sessions for function in session.otherwise)
