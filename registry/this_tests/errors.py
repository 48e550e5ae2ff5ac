"""Errors and warnings: one family, each leaf carrying what it speaks of."""

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
    """Anything that this-tests refuses or cannot do."""


class TargetError(ThisTestsError):
    """A target of ``this_tests()`` that cannot be recorded.

    Attributes:
        target: The target as text: the name it goes by, or a bounded ``repr``.
    """

    def __init__(self, message: str, *, target: str) -> None:
        super().__init__(message)
        self.target = target


class NotAFunctionError(TargetError):
    """The target is nothing callable: a number, a mock, a string that names nothing."""

    def __init__(self, target: str) -> None:
        super().__init__(f"'{target}' is not a function", target=target)


class NotInApiError(TargetError):
    """The target is callable, but the library under test does not offer it.

    Attributes:
        library: The import names of the library under test.
    """

    def __init__(self, target: str, library: tuple[str, ...]) -> None:
        super().__init__(f"'{target}' is not in the {' and '.join(library)} API", target=target)
        self.library = library


class RegistryError(ThisTestsError):
    """A registry file that cannot be read, or not be written.

    Attributes:
        path: The file.
        place: Where in the file: ``line 3, column 7``, or a path such as
            ``$.callables['pkg.f']``. Empty where the whole file is meant.
    """

    def __init__(self, path: Path, reason: str, *, place: str = "") -> None:
        super().__init__(f"{path}: {place}: {reason}" if place else f"{path}: {reason}")
        self.path = path
        self.place = place


class RegistryNotFoundError(RegistryError):
    """No registry file at the path."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no such file; run pytest once to write it")


class RepositoryError(ThisTestsError):
    """git is missing, fails, or does not know what it was asked for."""


class SettingsError(ThisTestsError):
    """A setting with a wrong name, type or value.

    Attributes:
        source: Where the setting stands: a file, or the name of an option.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source


class ObservingError(ThisTestsError):
    """What the tests execute cannot be observed here; the message says why."""


class ThisTestsWarning(UserWarning):
    """Anything that this-tests warns of; silence one kind by its subclass."""


class UnknownLibraryWarning(ThisTestsWarning):
    """No library is configured and none can be inferred, so nothing is recorded."""


class LibraryNotFoundWarning(ThisTestsWarning):
    """The configured library cannot be found, so every target will be refused."""
