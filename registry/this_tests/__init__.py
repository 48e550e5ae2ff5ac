"""Public API of this-tests: declare in a test which functions it exercises, and the docs will show it."""

from . import dont_rewrite as _dont_rewrite  # noqa: F401  # it speeds up the imports below
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
from .notebook import doctest, show, show_test
from .observations.evidence import load
from .recorder import this_tests
from .registry.model import Entry, Evidence, Link, Registry, Test, merge

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
    "doctest",
    "load",
    "merge",
    "show",
    "show_test",
    "this_tests",
]
