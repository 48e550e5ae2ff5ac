"""Which tests exercise this function? Say it in the test, and the docs will show it."""

from .errors import (
    LibraryNotFoundWarning,
    NotAFunctionError,
    NotInApiError,
    RegistryError,
    RegistryNotFoundError,
    SettingsError,
    TargetError,
    ThisTestsError,
    ThisTestsWarning,
    UnknownLibraryWarning,
)
from .model import Entry, Evidence, Link, Registry, Test, merge
from .recorder import this_tests
from .store import load

__all__ = [
    "Entry",
    "Evidence",
    "LibraryNotFoundWarning",
    "Link",
    "NotAFunctionError",
    "NotInApiError",
    "Registry",
    "RegistryError",
    "RegistryNotFoundError",
    "SettingsError",
    "TargetError",
    "Test",
    "ThisTestsError",
    "ThisTestsWarning",
    "UnknownLibraryWarning",
    "load",
    "merge",
    "this_tests",
]
