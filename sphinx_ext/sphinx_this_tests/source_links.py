"""URLs of test sources, from a template and a commit."""

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from urllib.parse import SplitResult, quote, urlsplit

__all__ = ["Links", "commit_of", "fields_of", "is_external", "is_safe", "problem_with"]

FIELDS = frozenset({"commit", "path", "line", "end"})
_SCHEMES = frozenset({"", "http", "https"})


@dataclass(frozen=True)
class Links:
    """The URLs of test sources.

    Attributes:
        template: The setting ``this_tests_source_url``; empty for no links.
        commit: The value of ``{commit}``.
    """

    template: str = ""
    commit: str = ""

    def url(self, path: str, line: int = 1, end: int = 1) -> str:
        """Return the URL of the lines *line* to *end* of the file at *path*, or an empty string."""
        return self.template.format(commit=_quoted(self.commit), path=_quoted(path), line=line, end=end)

    @property
    def needs_commit(self) -> bool:
        """Whether the template has the field ``{commit}``."""
        return "commit" in fields_of(self.template)


@lru_cache(maxsize=1000)  # Most rows of a page belong to a few files.
def _quoted(text: str) -> str:
    return quote(text, safe="/")


def problem_with(template: str) -> str:
    """Return why *template* is no valid template for links to sources; empty if it is one."""
    try:
        unknown = fields_of(template) - FIELDS
        sample = "" if unknown else Links(template, "main").url("tests/test_it.py")
    except (ValueError, LookupError, AttributeError) as error:
        return f"is no valid template: {error}"
    if unknown:
        return f"has unknown fields {sorted(unknown)!r}; allowed are {sorted(FIELDS)!r}"
    if not is_safe(sample):
        return "must be an http or https URL, or relative"
    return ""


def fields_of(template: str) -> set[str]:
    """Return the names of the fields in *template*.

    Raises:
        ValueError: A brace is not closed.
    """
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def is_safe(url: str) -> bool:
    """Return whether a browser that follows *url* fetches a page, and runs nothing."""
    # Browsers remove control characters and whitespace before they parse the scheme.
    return url == "".join(url.split()) and url.isprintable() and _split(url).scheme in _SCHEMES


def is_external(url: str) -> bool:
    """Return whether *url* is an address outside these docs that a browser may follow."""
    return is_safe(url) and bool(_split(url).netloc or url.startswith("/"))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # http://[
        return SplitResult("no scheme", "", "", "", "")


def commit_of(folder: Path) -> str:
    """Return the commit that git has checked out in *folder*, or an empty string."""
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607  # git is wherever the user has it
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip()
