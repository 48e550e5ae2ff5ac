"""The findings that a project accepts: a file that shrinks by itself, and never grows unless asked."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import ThisTestsError
from .findings import SUGGESTIONS, Finding, Rule

__all__ = ["Baseline", "BaselineError", "decode_baseline", "encode_baseline"]

# A definition may move between the library's files and is still the same callable.
_LIBRARY = "(library)"

# A share has its own limit, the setting, and suggestions fail nothing.
_NEVER_ACCEPTED = SUGGESTIONS | {"too-many-na"}

Key = tuple[Rule, str, str]


class BaselineError(ThisTestsError):
    """A baseline that cannot be read.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; write it anew with --write-baseline")
        self.path = path


@dataclass(frozen=True)
class Baseline:
    """Accepted findings, told by rule, file and subject and not by line, each with its number."""

    accepted: Mapping[Key, int]

    @staticmethod
    def of(findings: Iterable[Finding]) -> "Baseline":
        """Return the baseline that accepts *findings*, as far as a baseline can."""
        return Baseline(Counter(_key(each) for each in findings if each.rule not in _NEVER_ACCEPTED))

    def __len__(self) -> int:
        """Return the number of findings that are accepted."""
        return sum(self.accepted.values())

    def new(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return those of *findings* that are not accepted; of equal ones the last."""
        left = Counter(self.accepted)
        found = []
        for each in findings:
            if each.rule not in _NEVER_ACCEPTED and left[_key(each)] > 0:
                left[_key(each)] -= 1
            else:
                found.append(each)
        return tuple(found)

    def shrunk(self, findings: Iterable[Finding], seen: Callable[[Rule, str], bool]) -> "Baseline":
        """Return this baseline without what is no longer found.

        Args:
            seen: Tells of a rule and a file whether it was checked; what was not checked stays.
        """
        found = Counter(_key(each) for each in findings)
        kept = {
            key: min(number, found[key]) if seen(key[0], key[1]) else number
            for key, number in self.accepted.items()
        }
        return Baseline({key: number for key, number in kept.items() if number})


def _key(each: Finding) -> Key:
    # A callable that has no test is accepted as such, whether it had one before or not.
    if each.rule in ("untested", "lost"):
        return "untested", _LIBRARY, each.subject
    # A stale entry is about its test's file, wherever the registry lies.
    return each.rule, each.about, each.subject


class _BaselineFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal[1] = 1
    findings: Mapping[Rule, Mapping[str, tuple[str, ...]]] = {}


def decode_baseline(data: bytes, path: Path) -> Baseline:
    """Return the baseline that *data*, read from *path*, spells.

    Raises:
        BaselineError: It spells none.
    """
    try:
        content = msgspec.json.decode(data, type=_BaselineFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BaselineError(path, str(error)) from None
    return Baseline(
        Counter(
            (rule, file, subject)
            for rule, files in content.findings.items()
            for file, subjects in files.items()
            for subject in subjects
        )
    )


def encode_baseline(baseline: Baseline) -> bytes:
    """Return *baseline* as the text of its file: sorted, one subject a line, so that git merges it."""
    findings: dict[Rule, dict[str, list[str]]] = {}
    for (rule, file, subject), number in sorted(baseline.accepted.items()):
        findings.setdefault(rule, {}).setdefault(file, []).extend([subject] * number)
    text = msgspec.json.encode({"format": 1, "findings": findings})
    return msgspec.json.format(text, indent=2) + b"\n"
