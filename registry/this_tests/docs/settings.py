"""Settings of what pages show, whichever tool writes them."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Opened", "PageSettings"]

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
