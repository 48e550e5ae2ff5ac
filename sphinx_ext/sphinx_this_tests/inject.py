"""Where a section goes: into the description of its object, before the references are resolved."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from .walking import outside_text

__all__ = ["Insert", "insert_all", "place", "transform"]

# Nodes that belong to what follows them.
_LEADING = (
    nodes.rubric,
    nodes.target,
    nodes.comment,
    addnodes.index,
    addnodes.tabular_col_spec,
    addnodes.toctree,
)
_TABLES = frozenset({"autosummary_table", "autosummary_toc"})

Insert = tuple[nodes.Element, Sequence[nodes.Node]]


def transform(insert: Callable[[nodes.document, BuildEnvironment], None]) -> type[SphinxPostTransform]:
    """Return a post-transform that hands each page over to *insert*."""

    class InsertSections(SphinxPostTransform):
        # Before ReferencesResolver (10), so that it resolves our references with all others.
        default_priority = 5

        def run(self, **_: Any) -> None:
            insert(self.document, self.env)

    return InsertSections


def insert_all(described: Iterable[Insert]) -> None:
    """Put each section into the description that it is for."""
    for node, section in described:
        if section:
            parent, index = place(node)
            parent.insert(index, list(section))


def place(node: nodes.Element) -> tuple[nodes.Element, int]:
    """Return where the section of the object that *node* describes goes: the parent, and the index in it.

    That is before the members that the description holds, and before the heading or table
    that introduces them; else at its end.
    """
    if isinstance(node, nodes.section):
        return node, _before_members(node, 1, _begins_another)
    if isinstance(node, nodes.target):
        # A module's description is what follows its target, up to the next heading.
        parent = node.parent
        return parent, _before_members(parent, parent.index(node) + 1, _begins_another)
    content = next((each for each in node.children if isinstance(each, addnodes.desc_content)), None)
    if content is None:
        content = addnodes.desc_content()
        node += content
    return content, _before_members(content, 0, _holds_members)


def _before_members(parent: nodes.Element, start: int, ends: Callable[[nodes.Node], bool]) -> int:
    index = start
    while index < len(parent) and not ends(parent[index]):
        index += 1
    if index < len(parent):
        while index > start and _introduces(parent[index - 1]):
            index -= 1
    return index


def _begins_another(node: nodes.Node) -> bool:
    return isinstance(node, nodes.section) or _is_module(node) or _holds_members(node)


def _holds_members(node: nodes.Node) -> bool:
    inside = outside_text(node, nodes.Element)
    return any(isinstance(each, addnodes.desc) or _is_table(each) for each in inside)


def _introduces(node: nodes.Node) -> bool:
    return isinstance(node, _LEADING) or _is_table(node) or _is_heading(node)


def _is_heading(node: nodes.Node) -> bool:
    """Tell whether a paragraph is nothing but bold, as autodocsumm's headings are."""
    return isinstance(node, nodes.paragraph) and [type(each) for each in node.children] == [nodes.strong]


def _is_table(node: nodes.Node) -> bool:
    # Named, not imported: autosummary brings half of autodoc with it.
    return isinstance(node, nodes.Element) and node.tagname in _TABLES


def _is_module(node: nodes.Node) -> bool:
    return isinstance(node, nodes.target) and bool(node.get("ismod"))
