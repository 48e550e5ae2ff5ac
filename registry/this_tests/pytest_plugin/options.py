"""Command-line options and ini keys of the pytest plugin."""

import argparse
from typing import Any

import pytest

from ..settings import INI_PREFIX, describe

__all__ = ["declare"]

_INI_TYPES: dict[type[object], Any] = {tuple: "args", str: "string", bool: "bool", float: "string"}


def declare(parser: pytest.Parser) -> None:
    """Add the options and the ini keys to *parser*."""
    group = parser.getgroup("this-tests", "which tests exercise which API")
    _add_registry_options(group)
    _add_observation_options(group)
    _add_selection_options(group)
    _add_audit_options(group)
    for name, (kind, text) in describe().items():
        if kind in _INI_TYPES:  # An ini file has no tables.
            parser.addini(INI_PREFIX + name, text, type=_INI_TYPES[kind], default=None)


def _add_registry_options(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--this-tests-registry",
        metavar="PATH",
        help="read and write this registry instead of the configured one (test_registry.json)",
    )
    group.addoption(
        "--this-tests-missing",
        choices=("ignore", "warn", "error"),
        help="what to do about tests that passed without a this_tests call (default: warn)",
    )
    group.addoption(
        "--this-tests-check",
        action="store_true",
        help="do not write the registry; fail the session if it would change",
    )


def _add_observation_options(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--this-tests-observe",
        action="store_true",
        default=None,
        help="observe which of the library's callables each test executes",
    )
    group.addoption(
        "--no-this-tests-observe",
        action="store_false",
        dest="this_tests_observe",
        help="do not observe, regardless of the settings",
    )


def _add_selection_options(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--this-tests-for",
        metavar="NAME[,NAME]",
        action="append",
        default=[],
        help="run only tests with evidence for these callables, classes or modules",
    )
    group.addoption(
        "--this-tests-changed",
        metavar="REV",
        nargs="?",
        const="HEAD",
        help="run only tests that exercise code that changed since the commit REV (default: HEAD, which "
        "selects uncommitted changes), and tests that cannot be ruled out",
    )
    group.addoption(
        "--this-tests-explain",
        action="store_true",
        help="show for each test why --this-tests-for or --this-tests-changed selected it",
    )


def _add_audit_options(group: pytest.OptionGroup) -> None:
    """Add the options by which ``this-tests audit`` starts its sessions."""
    group.addoption("--this-tests-audit", metavar="FOLDER", help=argparse.SUPPRESS)
    group.addoption("--this-tests-order", default="collected", help=argparse.SUPPRESS)
    group.addoption("--this-tests-isolate", action="store_true", help=argparse.SUPPRESS)
    # And that of ``this-tests prove``.
    group.addoption("--this-tests-prove", metavar="FOLDER", help=argparse.SUPPRESS)
