"""The Markdown extension: leaves placeholders at comments, and behind what mkautodoc describes."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from this_tests.docs.assets import FOLDER, STYLESHEET

from .notices import tell
from .placeholders import ATTRIBUTE, UNKNOWN, Described
from .standalone import StandaloneSections, sections_with

__all__ = ["ThisTestsMarkdown"]

_SECTION = "<aside data-search-exclude>"
_COMMENT = re.compile(r"\s*<!--\s*this-tests:(.*?)-->\s*", re.DOTALL)
# Behind inline markup, which finds the comments in indented text, and before the tree is written.
_PRIORITY = 15
# Behind what puts raw HTML back.
_LAST = -100


class ThisTestsMarkdown(Extension):
    """Puts sections at ``<!-- this-tests: pkg.name -->``, and into the descriptions of mkautodoc.

    With the MkDocs plugin, which knows all pages, it leaves placeholders. Without it, as in Zensical, it
    fills them, and brings the stylesheet of the Griffe extension's sections.

    Args:
        placeholders: Whether they are left to the MkDocs plugin.
        options: As those of the MkDocs plugin, which they are for where that is not used.
    """

    def __init__(self, *, placeholders: bool = False, **options: Any) -> None:
        super().__init__()
        self._sections = None if placeholders else sections_with(json.dumps(options, default=str))

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # Markdown's
        """Add what looks at the parsed page."""
        md.treeprocessors.register(_Places(md), "this-tests", _PRIORITY)
        if self._sections:
            md.postprocessors.register(_Sections(md, self._sections), "this-tests", _LAST)


class _Places(Treeprocessor):
    def run(self, root: Element) -> None:
        """Leave the placeholders."""
        for described in list(root.iter("div")):
            if _has_class(described, "autodoc"):
                _add_to_description(described)
        self._at_comments(root)

    def _at_comments(self, root: Element) -> None:
        # Markdown keeps raw HTML apart, and code as well: a comment in a fence is never one of these.
        kept: list[Any] = self.md.htmlStash.rawHtmlBlocks
        for paragraph in root.iter("p"):
            place = HTML_PLACEHOLDER_RE.fullmatch((paragraph.text or "").strip())
            comment = _comment(kept[int(place[1])]) if place and not len(paragraph) else None
            if place and comment:
                kept[int(place[1])] = _at(comment)
        for html in kept:
            if comment := _comment(html):
                tell(f"{html.strip()}: is on a line with something else, where no section fits")


class _Sections(Postprocessor):
    def __init__(self, md: Markdown, sections: StandaloneSections) -> None:
        super().__init__(md)
        self._sections = sections

    def run(self, text: str) -> str:
        """Fill the placeholders, and add the stylesheet to a page with sections."""
        page = self._sections.fill(text)
        return f"{page}\n<style>{_rules()}</style>" if _SECTION in page else page


@cache
def _rules() -> str:
    return (FOLDER / STYLESHEET).read_text(encoding="utf-8")


def _comment(html: Any) -> re.Match[str] | None:
    return _COMMENT.fullmatch(html) if isinstance(html, str) else None


def _at(comment: re.Match[str]) -> str:
    name = comment[1].strip()
    if not all(part.isidentifier() for part in name.split(".")):
        tell(f"{comment[0].strip()}: {name!r} is no dotted name")
        return ""
    return f'<div {ATTRIBUTE}="{Described(UNKNOWN, name, name, "placed").words}" hidden></div>'


def _add_to_description(described: Element) -> None:
    """Leave placeholders for an object that mkautodoc describes, and for the members that it lists."""
    name = ""
    for part in list(described):
        if _has_class(part, "autodoc-signature"):
            name = _name(part)
        elif _has_class(part, "autodoc-members"):
            _add_behind(part, f"{name}.")
    if name:
        # Its members have theirs below it.
        _insert_behind_text(described, name)


def _insert_behind_text(described: Element, name: str) -> None:
    texts = [index for index, part in enumerate(described) if not _has_class(part, "autodoc-members")]
    described.insert(texts[-1] + 1, _place(name))


def _add_behind(members: Element, owner: str) -> None:
    """Leave a placeholder behind each of the members, which are a signature and a docstring in turn."""
    parts = list(_with_places(members, owner))
    members[:] = parts


def _with_places(members: Element, owner: str) -> Iterator[Element]:
    name = ""
    for part in members:
        if _has_class(part, "autodoc-signature"):
            name = _name(part)
        yield part
        if name and _has_class(part, "autodoc-docstring"):
            yield _place(owner + name)


def _name(signature: Element) -> str:
    code = signature.find("code")
    return "" if code is None else "".join(code.itertext())


def _place(name: str) -> Element:
    return Element("div", {ATTRIBUTE: Described(UNKNOWN, name, name, "listed").words, "hidden": ""})


def _has_class(element: Element, name: str) -> bool:
    return name in element.get("class", "").split()
