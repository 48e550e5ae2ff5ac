"""Renders the theme once for many generated pages, which differ in title and body only.

A theme takes as long for a small page as for a large one, so a page for each of a thousand
objects would double the time of a build. Generated pages are in few folders, and those of a folder have
the same frame: the theme renders the frame once, with markers in it, and the markers are replaced.

Other extensions must not see a frame, because it is no page: one that lists pages would list it, and not
those made of it. So wherever an extension looks at pages, the theme renders each.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders import Builder

__all__ = ["NAME", "Collected", "clone", "collected", "collects", "remove"]

# Plain words, so that no theme escapes or encodes them.
NAME = "this-tests-mark-of-name"
_TITLE = "this-tests-mark-of-title"
_BODY = "this-tests-mark-of-body"

Collected = tuple[str, dict[str, Any], str]


def collects(builder: Builder) -> bool:
    """Return whether a builder writes pages of extensions: one with a file for each page."""
    return builder.name in {"html", "dirhtml"}


def collected(app: Sphinx, contents: Mapping[str, tuple[str, str]]) -> Iterator[Collected]:
    """Yield what the theme has to render for generated pages: the pages, or a frame for each folder of them.

    Args:
        contents: Title and body of each page, by the page's name.
    """
    if _others_look(app):
        for page, (title, body) in contents.items():
            yield page, {"title": title, "body": body}, "page.html"
    else:
        yield from _framed(app.builder, contents)


def _others_look(app: Sphinx) -> bool:
    """Return whether anything handles pages but Sphinx, its themes, which only lay them out, and we."""
    themes = [Path(folder) for folder in app.registry.html_themes.values()]
    handlers = [listener.handler for listener in app.events.listeners.get("html-page-context", ())]
    packages = {str(getattr(handler, "__module__", "")).partition(".")[0] for handler in handlers}
    own = {"sphinx", __name__.partition(".")[0]}
    return any(not _has_one_of(themes, package) for package in packages - own)


def _has_one_of(themes: Iterable[Path], package: str) -> bool:
    module = sys.modules.get(package)
    # A module that is no package lies among those of other projects, and conf.py is no module.
    if not (hasattr(module, "__path__") and getattr(module, "__file__", None)):
        return False
    return any(theme.is_relative_to(Path(str(module.__file__)).parent) for theme in themes)  # type: ignore[union-attr]  # it has a file


def _framed(builder: Builder, contents: Mapping[str, tuple[str, str]]) -> Iterator[Collected]:
    """Yield a frame for each folder, to be rendered by the theme; then write the pages of the folder."""
    folders: dict[str, dict[str, tuple[str, str]]] = {}
    for page, content in contents.items():
        folder, _, name = page.rpartition("/")
        folders.setdefault(folder, {})[name] = content
    for folder, pages in sorted(folders.items()):
        frame = f"{folder}/{NAME}".lstrip("/")
        yield frame, {"title": _TITLE, "body": _BODY}, "page.html"
        clone(_file(builder, frame), pages)


def remove(builder: Builder, pages: Iterable[str]) -> None:
    """Remove pages that are no longer generated."""
    for page in pages:
        _file(builder, page).unlink(missing_ok=True)


def _file(builder: Builder, page: str) -> Path:
    return Path(builder.get_outfilename(page))  # type: ignore[attr-defined]  # HTML builders have it


def clone(frame: Path, contents: Mapping[str, tuple[str, str]]) -> None:
    """Write a page for each of *contents* from the rendered *frame*, which is removed."""
    text = frame.read_text(encoding="utf-8")
    for name, (title, body) in contents.items():
        path = Path(str(frame).replace(NAME, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        page = text.replace(NAME, name).replace(_TITLE, escape(title)).replace(_BODY, body)
        path.write_text(page, encoding="utf-8")
    frame.unlink()
    if NAME in frame.parent.name:
        frame.parent.rmdir()
