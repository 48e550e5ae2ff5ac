"""What `check` found: as lines in rich's markup, as data for JSON, as annotations of GitHub Actions."""

from collections.abc import Iterator, Mapping, Sequence

from ..check.findings import RULES, SUGGESTIONS, Finding
from ..suite.reader import Suite
from ..text import counted, printable
from .escaping import shown

__all__ = ["finding_data", "finding_lines", "github_lines"]


def finding_lines(
    findings: Sequence[Finding], suite: Suite, *, accepted: int = 0, suggestions: Sequence[Finding] = ()
) -> Iterator[str]:
    """Yield, in rich's markup, a line for each finding and one that sums up.

    Args:
        accepted: How many more findings the baseline accepts.
        suggestions: What might be better, and fails nothing.
    """
    yield from map(_line, (*findings, *suggestions))
    tests = sum(function.is_test for file in suite.tests for function in file.functions)
    total = f"{counted(tests, 'test')} in {counted(len(suite.tests), 'file')}"
    rest = f" ({accepted:,} more in the baseline)" if accepted else ""
    if findings:
        yield f"[red]{total}: {counted(len(findings), 'finding')}{rest}.[/]"
    else:
        yield f"[green]{total}: nothing {'new ' if accepted else ''}to complain about{rest}.[/]"


def _line(each: Finding) -> str:
    colour = "yellow" if each.rule in SUGGESTIONS else "red"
    place = f"{each.file}:{each.line}:"
    return f"{shown(place)} [{colour}]{each.rule}[/] [bold]{shown(each.subject)}[/]: {shown(each.message)}"


def finding_data(findings: Sequence[Finding]) -> list[Mapping[str, object]]:
    """Return *findings* as data for JSON."""
    return [
        {
            "file": each.file,
            "line": each.line,
            "rule": each.rule,
            "subject": each.subject,
            "message": each.message,
        }
        for each in findings
    ]


def github_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield *findings* as workflow commands that annotate the lines of a pull request.

    The escapes are those of GitHub's own toolkit (``@actions/core``, ``command.ts``).
    """
    for each in findings:
        level = "notice" if each.rule in SUGGESTIONS else "error"
        place = {"file": each.file, **({"line": str(each.line)} if each.line else {})}
        properties = {**place, "title": f"this-tests: {each.rule}"}
        described = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        yield f"::{level} {described}::{_data(f'{each.subject}: {each.message} ({RULES[each.rule]})')}"


def _data(text: str) -> str:
    # A line break, which GitHub would take as %0A, is spelled as all else that is not for a log.
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
