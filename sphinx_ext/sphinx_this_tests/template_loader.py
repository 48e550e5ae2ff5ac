"""The templates, a project's own before ours."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from . import messages

__all__ = ["source", "templates"]

_OWN = Path(__file__).parent / "templates"


def templates(folders: Sequence[Path]) -> Environment:
    """Return the templates, the project's own in *folders* before ours.

    A project's ``this_tests/section.html`` can begin with
    ``{% extends "!this_tests/section.html" %}``, as Sphinx's own templates can.
    """
    own = FileSystemLoader(_OWN)
    bang = PrefixLoader({"!this_tests": FileSystemLoader(_OWN / "this_tests")})
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(list(folders)), own, bang]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A page has hundreds of them, and few are different.
    environment.globals["_"] = lru_cache(messages.text)
    return environment


def source(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the text of the templates that make a section: what it changes, changes every page."""
    # Ours count even where a project has its own, which may extend them.
    found = (path for folder in (*folders, _OWN) for path in sorted((folder / "this_tests").rglob("*.html")))
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in found)
