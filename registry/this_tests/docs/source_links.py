"""URLs of test sources, from a template and a commit."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import Formatter
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

__all__ = ["Links", "fields_of", "is_external", "is_safe", "problem_with"]

FIELDS = frozenset({"commit", "path", "line", "end"})
_LINES = frozenset({"line", "end"})
_SCHEMES = frozenset({"", "http", "https"})


@dataclass(frozen=True)
class Links:
    """The URLs of test sources.

    Attributes:
        template: The setting ``this_tests_source_url``; empty for no links.
        commit: The value of ``{commit}``.
        files: The files that are in the commit; ``None`` if that is unknown, and then all are taken to be.
        changed: The files whose lines may be others in the commit; ``None`` for all files.
    """

    template: str = ""
    commit: str = ""
    files: Collection[str] | None = None
    changed: Collection[str] | None = frozenset()

    def url(self, path: str, line: int = 0, end: int = 0) -> str:
        """Return the URL of the lines *line* to *end* of the file at *path*, or an empty string.

        It leads to the file as a whole if *line* is 0, or if the lines are others in the commit.
        """
        reach = self.reach(path)
        if reach == "nothing":
            return ""
        values = {"commit": _quoted(self.commit), "path": _quoted(path)}
        if line and reach == "lines":
            return self.template.format(**values, line=line, end=end)
        # The template may need a line to lead anywhere.
        return self._of_files.format(**values, line=1, end=1)

    def reach(self, path: str) -> Literal["nothing", "file", "lines"]:
        """Return what of the file at *path* is known to be the same in the commit."""
        if self.files is not None and path not in self.files:
            return "nothing"
        return "file" if self.changed is None or path in self.changed else "lines"

    @cached_property
    def _of_files(self) -> str:
        return _without_lines(self.template)

    @property
    def needs_commit(self) -> bool:
        """Whether the template has the field ``{commit}``."""
        return "commit" in fields_of(self.template)


@lru_cache(maxsize=1000)  # Most rows of a page belong to a few files.
def _quoted(text: str) -> str:
    return quote(text, safe="/")


def _without_lines(template: str) -> str:
    """Return the template for a file as a whole: without the parts behind ``?`` and ``#`` that name lines."""
    rest, hash_, fragment = template.partition("#")
    address, mark, query = rest.partition("?")
    fragment = "" if _names_lines(fragment) else fragment
    query = "&".join(part for part in query.split("&") if not _names_lines(part))
    return address + (mark + query if query else "") + (hash_ + fragment if fragment else "")


def _names_lines(part: str) -> bool:
    return bool(fields_of(part) & _LINES)


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
