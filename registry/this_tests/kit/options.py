"""The options of the kit, and what becomes of those that a project has declared itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

__all__ = ["INI", "OPTIONS", "Option", "Taken", "declare"]

_GROUP = "this-tests kit"


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Attributes:
        flag: As it is written, ``--runslow``.
        attributes: What argparse is told of it besides.
    """

    flag: str
    help: str
    attributes: Mapping[str, Any] = field(default_factory=lambda: {"action": "store_true"})


OPTIONS = (
    Option("--runslow", "run the tests marked slow, too"),
    Option("--runcpp", "run the tests marked cpp, too"),
    Option("--skipint", "leave out the tests marked integration"),
    Option(
        "--device",
        "what torch_device is: cpu, cuda, mps, xpu, or auto (default): the accelerator, else the CPU",
        {"metavar": "NAME", "default": "auto"},
    ),
    Option("--durations-audit", "report unmarked tests over the limit, and slow ones far below it"),
    Option("--models", "report the models that the tests fetched, their sizes and who uses them"),
)

INI = {
    "this_tests_slow_limit": ("seconds from which on a test should be marked slow", "1"),
    "this_tests_models": ("folder of the models; default: the user's cache, or $THIS_TESTS_MODELS", ""),
}


def declare(parser: pytest.Parser, options: Sequence[Option] = OPTIONS) -> tuple[str, ...]:
    """Declare *options*, and return the flags of those that somebody else has declared."""
    present = _declared(parser)
    group = parser.getgroup(_GROUP, "the test kit for torch libraries")
    for each in options:
        if each.flag not in present:
            group.addoption(each.flag, help=each.help, **each.attributes)
    return tuple(each.flag for each in options if each.flag in present)


def _declared(parser: pytest.Parser) -> frozenset[str]:
    # pytest tells of a conflict too late (8: when it parses) or with an error (9).
    groups = [parser._anonymous, *parser._groups]
    return frozenset(name for group in groups for option in group.options for name in option.names())


class Taken:
    """Tells in the session's header which options are the project's own."""

    def __init__(self, flags: Sequence[str]) -> None:
        self.flags = tuple(flags)

    def pytest_report_header(self) -> list[str]:
        """Name them."""
        return [
            f"this_tests.kit: the project declares {flag} itself; the kit goes by its value"
            for flag in self.flags
        ]
