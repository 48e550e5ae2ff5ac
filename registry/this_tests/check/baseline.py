"""Baseline of accepted findings: shrinks automatically, grows only with --write-baseline."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import ThisTestsError
from ..files import read_bounded
from .findings import SUGGESTIONS, Finding, Rule

__all__ = ["Baseline", "BaselineError", "decode_baseline", "encode_baseline", "read_baseline"]

# A definition that moves to another file of the library is still the same callable.
_LIBRARY = "(library)"

# The share of "na" has its own limit, the setting max-na; suggestions never fail the check.
_NEVER_ACCEPTED = SUGGESTIONS | {"too-many-na"}

_LARGEST = 64 * 2**20

Key = tuple[Rule, str, str]
# Whether a rule was checked for a file and a subject.
Seen = Callable[[Rule, str, str], bool]


class BaselineError(ThisTestsError):
    """A baseline that cannot be read.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; write it again with --write-baseline")
        self.path = path


@dataclass(frozen=True)
class Baseline:
    """Numbers of accepted findings by rule, file and subject, independent of line numbers."""

    accepted: Mapping[Key, int]

    @staticmethod
    def of(findings: Iterable[Finding]) -> "Baseline":
        """Return the baseline that accepts *findings*, without those that no baseline accepts."""
        return Baseline(Counter(_key(finding) for finding in findings if finding.rule not in _NEVER_ACCEPTED))

    def without(self, seen: Seen) -> "Baseline":
        """Return the part of this baseline that was not checked."""
        return Baseline({key: number for key, number in self.accepted.items() if not seen(*key)})

    def __or__(self, other: "Baseline") -> "Baseline":
        return Baseline({**other.accepted, **self.accepted})

    def __len__(self) -> int:
        """Return the number of findings that are accepted."""
        return sum(self.accepted.values())

    def new(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the *findings* that are not accepted; of several equal ones, the last."""
        left = Counter(self.accepted)
        found = []
        for finding in findings:
            if finding.rule not in _NEVER_ACCEPTED and left[_key(finding)] > 0:
                left[_key(finding)] -= 1
            else:
                found.append(finding)
        return tuple(found)

    def shrunk(self, findings: Iterable[Finding], seen: Seen) -> "Baseline":
        """Return this baseline without what is no longer found; what was not checked is kept."""
        found = Counter(_key(finding) for finding in findings)
        kept = {
            key: min(number, found[key]) if seen(*key) else number for key, number in self.accepted.items()
        }
        return Baseline({key: number for key, number in kept.items() if number})


def _key(finding: Finding) -> Key:
    # A callable without tests is accepted as such, whether or not it had one before.
    if finding.rule in ("untested", "lost"):
        return "untested", _LIBRARY, finding.subject
    if finding.rule == "unnoticed":
        return "unnoticed", _LIBRARY, finding.subject
    # A stale entry belongs to its test's file, wherever the registry is.
    return finding.rule, finding.about, finding.subject


class _BaselineFile(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal[1] = 1
    findings: Mapping[Rule, Mapping[str, tuple[str, ...]]] = {}


def decode_baseline(data: bytes, path: Path) -> Baseline:
    """Return the baseline encoded in *data*, which was read from *path*.

    Raises:
        BaselineError: It is not a baseline.
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


def read_baseline(path: Path, *, requested: bool) -> Baseline | None:
    """Return the baseline at *path*, or None if the file is missing and was not requested.

    Raises:
        BaselineError: The file cannot be read or is not a baseline.
    """
    try:
        return decode_baseline(read_bounded(path, _LARGEST), path)
    except FileNotFoundError:
        if requested:
            raise BaselineError(path, "no such file") from None
        return None
    except OSError as error:
        raise BaselineError(path, f"cannot be read: {error.strerror}") from error


def encode_baseline(baseline: Baseline) -> bytes:
    """Return *baseline* as the content of its file: sorted, a subject per line, so that git can merge it."""
    findings: dict[Rule, dict[str, list[str]]] = {}
    for (rule, file, subject), number in sorted(baseline.accepted.items()):
        findings.setdefault(rule, {}).setdefault(file, []).extend([subject] * number)
    text = msgspec.json.encode({"format": 1, "findings": findings})
    return msgspec.json.format(text, indent=2) + b"\n"
