"""Placeholders: what our templates leave on a page where the section of an object goes."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

__all__ = ["Described", "filled", "found_in", "templates_folder"]

# The template `place.html.jinja` writes it. Other plugins may have written the tag again, in their way.
_PLACE = re.compile(r'<div\b[^<>]*\bdata-this-tests="([^"<>]*)"[^<>]*>\s*</div>')
_WORDS = 4


class Described(NamedTuple):
    """An object, as a page describes it.

    Attributes:
        kind: ``function``, ``method``, …
        name: Its name in the docs.
        defining: The name under which it is defined.
        inherited: Whether it is a member that the class on the page inherits.
    """

    kind: str
    name: str
    defining: str
    inherited: bool


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
    if len(words) != _WORDS:
        return None
    kind, name, defining, relation = words
    return Described(kind, name, defining, relation == "inherited")
