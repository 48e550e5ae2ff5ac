"""Placeholders: what our templates and our Markdown extension leave on a page where a section goes."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

__all__ = ["ATTRIBUTE", "UNKNOWN", "Described", "filled", "found_in", "templates_folder"]

ATTRIBUTE = "data-this-tests"
# The kind of what a page names and no tool has read.
UNKNOWN = "object"
# The template `place.html.jinja` writes it. Other plugins may have written the tag again, in their way.
_PLACE = re.compile(rf'<div\b[^<>]*\b{ATTRIBUTE}="([^"<>]*)"[^<>]*>\s*</div>')
_WORDS = 4


class Described(NamedTuple):
    """An object, as a page describes it.

    Attributes:
        kind: ``function``, ``method``, …; ``object`` if the page does not tell.
        name: Its name in the docs.
        defining: The name under which it is defined.
        relation: ``own``, or ``inherited`` for a member that the class on the page inherits; ``listed`` if
            mkautodoc describes it, ``placed`` if a comment asks for its section. These two have no anchor.
    """

    kind: str
    name: str
    defining: str
    relation: str

    @property
    def is_inherited(self) -> bool:
        """Whether it is a member that the class on the page inherits."""
        return self.relation == "inherited"

    @property
    def is_placed(self) -> bool:
        """Whether a comment asks for its section, and nothing describes it there."""
        return self.relation == "placed"

    @property
    def has_anchor(self) -> bool:
        """Whether its description has an anchor of its name."""
        return self.relation in {"own", "inherited"}

    @property
    def words(self) -> str:
        """The value of the attribute of its placeholder."""
        return " ".join(self)


def templates_folder() -> Path:
    """Return the folder of our templates, which mkdocstrings-python searches after its own."""
    return Path(__file__).parent / "templates"


def found_in(page: str) -> Iterator[Described]:
    """Yield the objects that have a placeholder in the HTML of a page, in its order."""
    yield from (described for match in _PLACE.finditer(page) if (described := _described(match)))


def filled(page: str, section: Callable[[Described], str]) -> str:
    """Return the HTML of a page with sections for its placeholders."""

    def fill(match: re.Match[str]) -> str:
        described = _described(match)
        return section(described) if described else ""

    return _PLACE.sub(fill, page)


def _described(match: re.Match[str]) -> Described | None:
    words = unescape(match[1]).split()
    # A docstring may have such a tag as well, with anything in it.
    return Described(*words) if len(words) == _WORDS else None
