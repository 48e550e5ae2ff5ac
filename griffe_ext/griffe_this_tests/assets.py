"""The stylesheets and the script, as files of an MkDocs site."""

from collections.abc import Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from pygments.formatters import HtmlFormatter

from this_tests.docs.assets import FOLDER, SCRIPT, STYLESHEET

__all__ = ["add", "files"]

_PLACE = "_this_tests"
_COLOURS = "code.css"
# Their own code is coloured by a script, so that they have no colours for ours.
_WITHOUT_COLOURS = frozenset({"mkdocs", "readthedocs"})


def add(config: MkDocsConfig) -> None:
    """Let all pages load our stylesheets and our script."""
    sheets = [STYLESHEET, *([_COLOURS] if config.theme.name in _WITHOUT_COLOURS else [])]
    config.extra_css += [f"{_PLACE}/{sheet}" for sheet in sheets]
    config.extra_javascript.append(f"{_PLACE}/{SCRIPT}")


def files(config: MkDocsConfig) -> Iterator[File]:
    """Yield the files."""
    for name in (STYLESHEET, SCRIPT):
        yield File.generated(config, f"{_PLACE}/{name}", abs_src_path=str(FOLDER / name))
    if config.theme.name in _WITHOUT_COLOURS:
        yield File.generated(config, f"{_PLACE}/{_COLOURS}", content=_colours())


def _rules(style: str, where: str) -> str:
    formatter: Any = HtmlFormatter(style=style)
    return str(formatter.get_style_defs(where))


def _colours() -> str:
    light, dark = ":is(.this-tests, .this-tests-all) .highlight", "[data-bs-theme=dark] "
    sheets = (("default", light), ("github-dark", dark + light))
    rules = "\n".join(_rules(style, where) for style, where in sheets)
    # The page's ground, not the style's.
    room = ".this-tests-source .highlight pre { padding: 0.5em 0.8em; }"
    return f"{rules}\n{light} {{ background: none; }}\n{room}\n"
