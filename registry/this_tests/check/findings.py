"""Findings of `this-tests check` and the descriptions of its rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..registry.model import test_file

__all__ = ["DEVICE_RULES", "MIRROR_RULES", "RULES", "SUGGESTIONS", "Finding", "Rule"]

Rule = Literal[
    "missing",
    "bare-marker",
    "no-reason",
    "unknown-name",
    "stale",
    "too-many-na",
    "untested",
    "lost",
    "unnoticed",
    "not-executed",
    "undeclared",
    "no-mirror",
    "mirrors-nothing",
    "device-number",
]


RULES: Mapping[Rule, str] = {
    "missing": "A test neither calls this_tests nor is marked with it.",
    "bare-marker": "The marker is called with one bare callable, which pytest takes for the test to mark.",
    "no-reason": "A suppression gives no reason.",
    "unknown-name": "A declared name does not exist in the library.",
    "stale": "The registry has an entry for a test that no longer exists.",
    "too-many-na": 'More tests declare "na" than the setting max-na allows.',
    "untested": "A new public callable has no test.",
    "lost": "A public callable lost its last test.",
    "unnoticed": "Tests execute a public callable, and none fails when it does nothing.",
    "not-executed": "A test declares a callable that it was not observed to execute.",
    "undeclared": "A test calls a callable directly and does not declare it.",
    "no-mirror": "A module of the library has no test file that mirrors it.",
    "mirrors-nothing": "A folder of tests mirrors no package or module of the library.",
    "device-number": "A test hard-codes a device number.",
}


# Based on observation, and possibly intended: they never fail the check.
SUGGESTIONS: frozenset[Rule] = frozenset({"not-executed", "undeclared"})

# Checked only on request.
MIRROR_RULES: frozenset[Rule] = frozenset({"no-mirror", "mirrors-nothing"})
DEVICE_RULES: frozenset[Rule] = frozenset({"device-number"})


@dataclass(frozen=True, order=True)
class Finding:
    """A finding of `this-tests check`.

    Attributes:
        file: Relative to the root, with ``/``.
        line: Starts at 1; 0 means the whole file.
        subject: The test or callable that it is about.
    """

    file: str
    line: int
    rule: Rule
    subject: str
    message: str

    @property
    def about(self) -> str:
        """The file or folder that it is about: of a stale entry its test's, of the share of "na" none."""
        if self.rule == "stale":
            return test_file(self.subject)
        if self.rule == "mirrors-nothing":
            return self.subject
        return "" if self.rule == "too-many-na" else self.file
