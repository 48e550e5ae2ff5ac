"""Findings of the check, and the rules that they break."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..registry.model import test_file

__all__ = ["RULES", "SUGGESTIONS", "Finding", "Rule"]

Rule = Literal[
    "missing",
    "bare-marker",
    "no-reason",
    "unknown-name",
    "stale",
    "too-many-na",
    "untested",
    "lost",
    "not-executed",
    "undeclared",
    "no-mirror",
    "mirrors-nothing",
    "device-number",
]


RULES: Mapping[Rule, str] = {
    "missing": "A test neither calls this_tests nor is marked with it.",
    "bare-marker": "The marker is called with one bare callable, which pytest takes for the test to mark.",
    "no-reason": "An excuse gives no reason.",
    "unknown-name": "A name that is declared does not exist in the library.",
    "stale": "The registry has an entry for a test that no longer exists.",
    "too-many-na": "More tests than the setting max-na allows declare that there is nothing to declare.",
    "untested": "A public callable that is new has no test.",
    "lost": "A public callable lost its last test.",
    "not-executed": "A test declares a callable that it was not seen to execute.",
    "undeclared": "A test calls a callable directly and does not declare it.",
    "no-mirror": "A module of the library has no test file that mirrors it.",
    "mirrors-nothing": "A folder of tests mirrors no package or module of the library.",
    "device-number": "A test names a device by its number.",
}


# They come from what was observed, which may be right as it is: they fail nothing.
SUGGESTIONS: frozenset[Rule] = frozenset({"not-executed", "undeclared"})


@dataclass(frozen=True, order=True)
class Finding:
    """Something that `check` found.

    Attributes:
        file: Relative to the root, with ``/``.
        line: Counted from 1; 0 where the whole file is meant.
        subject: The test or the callable it is about.
    """

    file: str
    line: int
    rule: Rule
    subject: str
    message: str

    @property
    def about(self) -> str:
        """The file that it is about: for a stale entry its test's, for the share of "na" none."""
        if self.rule == "stale":
            return test_file(self.subject)
        return "" if self.rule == "too-many-na" else self.file
