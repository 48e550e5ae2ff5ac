"""The loader of Jinja templates; templates of the project override those of the extension."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from . import messages

__all__ = ["source", "templates"]

_OWN = Path(__file__).parent / "templates"


def templates(folders: Sequence[Path]) -> Environment:
    """Return the templates, the project's in *folders* before those of the extension.

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
    # A page has hundreds of messages, and few of them differ.
    environment.globals["_"] = lru_cache(messages.text)
    return environment


def source(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the text of all templates: a change in it changes every page."""
    # Those of the extension count, too, where a project has its own, which may extend them.
    found = (path for folder in (*folders, _OWN) for path in sorted((folder / "this_tests").rglob("*.html")))
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in found)
