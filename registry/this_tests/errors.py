"""Exceptions and warnings of this-tests."""

from pathlib import Path

__all__ = [
    "LibraryNotFoundWarning",
    "NotAFunctionError",
    "NotInApiError",
    "ObservingError",
    "RegistryError",
    "RegistryNotFoundError",
    "RepositoryError",
    "SettingsError",
    "TargetError",
    "ThisTestsError",
    "ThisTestsWarning",
    "UnknownLibraryWarning",
]


class ThisTestsError(Exception):
    """Base class of all exceptions of this-tests."""


class TargetError(ThisTestsError):
    """A target of ``this_tests()`` that cannot be recorded.

    Attributes:
        target: The target as ``str()`` gives it, shortened and on one line, or its type where that may run
            other code.
    """

    def __init__(self, message: str, *, target: str) -> None:
        super().__init__(message)
        self.target = target


class NotAFunctionError(TargetError):
    """The target is not callable: a number, a mock, a string that is not the name of a callable."""

    def __init__(self, target: str) -> None:
        super().__init__(f"'{target}' is not a function", target=target)


class NotInApiError(TargetError):
    """The target is callable, but not part of the library under test.

    Attributes:
        library: The import names of the library under test.
    """

    def __init__(self, target: str, library: tuple[str, ...]) -> None:
        super().__init__(f"'{target}' is not in the {' and '.join(library)} API", target=target)
        self.library = library


class RegistryError(ThisTestsError):
    """A registry file that cannot be read or written.

    Attributes:
        path: The file.
        place: The place in the file: ``line 3, column 7``, or a path such as
            ``$.callables['pkg.f']``. Empty if the error is about the whole file.
    """

    def __init__(self, path: Path, reason: str, *, place: str = "") -> None:
        super().__init__(f"{path}: {place}: {reason}" if place else f"{path}: {reason}")
        self.path = path
        self.place = place


class RegistryNotFoundError(RegistryError):
    """There is no registry file at the path."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "no such file; pytest writes it once a test declares something, or with --this-tests-observe",
        )


class ObservationsError(ThisTestsError):
    """A file of observations cannot be read."""


class RepositoryError(ThisTestsError):
    """git is missing or fails, or a commit does not exist."""


class SettingsError(ThisTestsError):
    """A setting with a wrong name, type or value.

    Attributes:
        source: The origin of the setting: a file, or the name of an option.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source


class ObservingError(ThisTestsError):
    """The tests cannot be observed here; the message says why."""


class AuditError(ThisTestsError):
    """The runs of an audit cannot be made or used; the message says why."""


class ProveError(ThisTestsError):
    """The trials of ``this-tests prove`` cannot be made; the message says why."""


class ThisTestsWarning(UserWarning):
    """Base class of all warnings of this-tests; filter a kind by its subclass."""


class UnknownLibraryWarning(ThisTestsWarning):
    """No library is configured and none can be inferred, so nothing is recorded."""


class LibraryNotFoundWarning(ThisTestsWarning):
    """The configured library cannot be found, so every target will be refused."""
