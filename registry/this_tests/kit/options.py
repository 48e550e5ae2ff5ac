"""Command-line options and ini keys of the kit; options that a project declares itself are left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

__all__ = ["INI", "OPTIONS", "Option", "OptionConflicts", "declare"]

_GROUP = "this-tests kit"


@dataclass(frozen=True)
class Option:
    """A command-line option.

    Attributes:
        flag: Such as ``--runslow``.
        attributes: Further arguments for argparse.
    """

    flag: str
    help: str
    attributes: Mapping[str, Any] = field(default_factory=lambda: {"action": "store_true"})


OPTIONS = (
    Option("--runslow", "also run the tests marked slow"),
    Option("--runcpp", "also run the tests marked cpp"),
    Option("--skipint", "skip the tests marked integration"),
    Option(
        "--device",
        "value of torch_device: cpu, cuda, mps, xpu, or auto (default): the accelerator, else the CPU",
        {"metavar": "NAME", "default": "auto"},
    ),
    Option("--durations-audit", "report unmarked tests over the limit, and slow ones far below it"),
    Option("--models", "report the models that the tests fetched, their sizes and the tests that use them"),
)

INI = {
    "this_tests_slow_limit": ("duration in seconds above which a test should be marked slow", "1"),
    "this_tests_models": ("folder of the models; default: $THIS_TESTS_MODELS, or the user's cache", ""),
}


def declare(parser: pytest.Parser, options: Sequence[Option] = OPTIONS) -> tuple[str, ...]:
    """Declare *options*, and return the flags of those that the project has declared already."""
    present = _declared(parser)
    group = parser.getgroup(_GROUP, "the test kit for torch libraries")
    for option in options:
        if option.flag not in present:
            group.addoption(option.flag, help=option.help, **option.attributes)
    return tuple(option.flag for option in options if option.flag in present)


def _declared(parser: pytest.Parser) -> frozenset[str]:
    # pytest reports a conflict too late (8: when it parses) or with an error (9).
    groups = [parser._anonymous, *parser._groups]
    return frozenset(name for group in groups for option in group.options for name in option.names())


class OptionConflicts:
    """Reports in the session's header which options the project declares itself."""

    def __init__(self, flags: Sequence[str]) -> None:
        self.flags = tuple(flags)

    def pytest_report_header(self) -> list[str]:
        """Return a line for each of them."""
        return [
            f"this_tests.kit: the project declares {flag} itself; the kit uses its value"
            for flag in self.flags
        ]
