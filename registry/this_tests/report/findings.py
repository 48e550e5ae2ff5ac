"""Findings of `this-tests check` as text, JSON and annotations for GitHub Actions."""

from collections.abc import Iterator, Mapping, Sequence

from ..check.findings import RULES, SUGGESTIONS, Finding
from ..suite.reader import Suite
from ..text import counted, printable
from .styles import styled

__all__ = ["finding_data", "finding_lines", "github_lines"]


def finding_lines(
    findings: Sequence[Finding], suite: Suite, *, accepted: int = 0, suggestions: Sequence[Finding] = ()
) -> Iterator[str]:
    """Yield a line for each finding, with styles, then a summary line.

    Args:
        accepted: The number of further findings that the baseline accepts.
        suggestions: Findings that never fail the check.
    """
    yield from map(_line, (*findings, *suggestions))
    tests = sum(function.is_test for file in suite.tests for function in file.functions)
    total = f"{counted(tests, 'test')} in {counted(len(suite.tests), 'file')}"
    rest = f" ({accepted:,} more in the baseline)" if accepted else ""
    if findings:
        yield styled(f"{total}: {counted(len(findings), 'finding')}{rest}.", "red")
    else:
        yield styled(f"{total}: no {'new ' if accepted else ''}findings{rest}.", "green")


def _line(finding: Finding) -> str:
    colour = "yellow" if finding.rule in SUGGESTIONS else "red"
    place = f"{finding.file}:{finding.line}:"
    subject, message = styled(finding.subject, "bold"), printable(finding.message)
    return f"{printable(place)} {styled(finding.rule, colour)} {subject}: {message}"


def finding_data(findings: Sequence[Finding]) -> list[Mapping[str, object]]:
    """Return *findings* as data for JSON."""
    return [
        {
            "file": finding.file,
            "line": finding.line,
            "rule": finding.rule,
            "subject": finding.subject,
            "message": finding.message,
        }
        for finding in findings
    ]


def github_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield *findings* as workflow commands that annotate the lines of a pull request.

    The escapes are those of GitHub's own toolkit (``@actions/core``, ``command.ts``).
    """
    for finding in findings:
        level = "notice" if finding.rule in SUGGESTIONS else "error"
        place = {"file": finding.file, **({"line": str(finding.line)} if finding.line else {})}
        properties = {**place, "title": f"this-tests: {finding.rule}"}
        described = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        text = f"{finding.subject}: {finding.message} ({RULES[finding.rule]})"
        yield f"::{level} {described}::{_data(text)}"


def _data(text: str) -> str:
    # `printable` also escapes line breaks, which GitHub would expect as %0A.
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
