"""Settings of what pages show, whichever tool writes them."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

__all__ = ["Opened", "PageSettings", "described", "problem_of"]

Opened = Literal["first", "all", "none"]


@dataclass(frozen=True)
class PageSettings:
    """What sections and generated pages show."""

    limit: int = field(
        default=5,
        metadata={"help": "How many tests a section shows; the others are on a page of their own."},
    )
    open: Opened = field(
        default="first",
        metadata={
            "help": 'Which tests of a section are expanded to show their source: "first", "all" or "none".'
        },
    )
    show_missing: bool = field(
        default=True,
        metadata={
            "help": "Whether functions, classes, methods and properties without tests are marked as such."
        },
    )
    how_to_url: str = field(
        default="",
        metadata={
            "help": "The page on how to add a test: a URL, or the name of a page of these docs. "
            "Default: no link."
        },
    )
    first: tuple[str, ...] = field(
        default=(),
        metadata={"help": "Node ids of tests that are shown first."},
    )
    exclude: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "Patterns of documented names without a section: pkg.testing.* excludes all below it."
        },
    )
    overview: str = field(
        default="_this_tests/overview",
        metadata={
            "help": "The name of the page with the overview of the API; empty for none. Not written if a "
            "page of these docs has the directive this-tests-overview."
        },
    )
    file_pages: bool = field(
        default=True,
        metadata={"help": "Whether each test file has a page."},
    )
    page_summary: bool = field(
        default=False,
        metadata={
            "help": "Whether pages say below their title how many of the described objects have tests."
        },
    )


def described(value: object) -> str:
    """Return the type of a setting's value, in words."""
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return "a list of str"
    return type(value).__name__


def problem_of(name: str, value: Any) -> str:
    """Return what is wrong with a value of the right type; empty if nothing is.

    The page of `how_to_url` is checked by the tool, which knows its pages.
    """
    if name == "limit" and value < 1:
        return "must be at least 1"
    if name == "open" and value not in get_args(Opened):
        return 'must be "first", "all" or "none"'
    if name == "overview" and not _is_page_name(value):
        return "must be the name of a page, such as tests/overview"
    return ""


def _is_page_name(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not name.startswith("/") and ".." not in parts and "\\" not in name and name.isprintable()
