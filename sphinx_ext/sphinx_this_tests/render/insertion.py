"""Inserts sections into pages: where each object is described, or where a directive is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from .. import build_warnings
from ..doctree.collector import described, signatures
from ..doctree.nodes import OverviewPlaceholder, SectionPlaceholder
from ..doctree.traversal import outside_text

if TYPE_CHECKING:
    # Not imported in a build that inserts nothing.
    from .output import Output

__all__ = ["Insert", "insert_all", "place", "put", "transform"]

# Nodes that belong to the node after them.
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
        # Before ReferencesResolver (10), so that it also resolves the references in sections.
        default_priority = 5

        def run(self, **_: Any) -> None:
            insert(self.document, self.env)

    return InsertSections


def insert_all(described: Iterable[Insert]) -> None:
    """Insert each section into the description of its object."""
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
    content = next((child for child in node.children if isinstance(child, addnodes.desc_content)), None)
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
    return any(isinstance(element, addnodes.desc) or _is_table(element) for element in inside)


def _introduces(node: nodes.Node) -> bool:
    return isinstance(node, _LEADING) or _is_table(node) or _is_heading(node)


def _is_heading(node: nodes.Node) -> bool:
    """Return whether a paragraph is a single bold text, as autodocsumm's headings are."""
    return isinstance(node, nodes.paragraph) and [type(child) for child in node.children] == [nodes.strong]


def _is_table(node: nodes.Node) -> bool:
    # By name: importing autosummary would import half of autodoc.
    return isinstance(node, nodes.Element) and node.tagname in _TABLES


def _is_module(node: nodes.Node) -> bool:
    return isinstance(node, nodes.target) and bool(node.get("ismod"))


def put(document: nodes.document, env: BuildEnvironment, made: Callable[[], "Output | None"]) -> None:
    """Insert sections and the overview into a page; without output, only remove the placeholders."""
    done = _put_by_hand(document, env, made)
    objects = list(described(document, env))
    if objects and (output := made()):
        insert_all(
            (
                node,
                output.nodes_for_all(found, env.docname),
            )
            for node, found in objects
            if node not in done
        )
        _put_below_title(document, output.page_summary(env.docname))


def _put_below_title(document: nodes.document, new: Sequence[nodes.Node]) -> None:
    title = next(iter(outside_text(document, nodes.title)), None) if new else None
    if title is not None:
        title.parent.insert(title.parent.index(title) + 1, list(new))


def _put_by_hand(
    document: nodes.document, env: BuildEnvironment, made: Callable[[], "Output | None"]
) -> list[nodes.Element]:
    """Replace the placeholders of directives, and return the descriptions whose section that placed."""
    done: list[nodes.Element] = []
    for place in outside_text(document, OverviewPlaceholder, SectionPlaceholder):
        output = made()
        if isinstance(place, SectionPlaceholder):
            around = None if place["name"] else _around(place)
            if around is not None:
                done.append(around)
            place.replace_self(list(_sections(place, around, env, output)) if output else [])
        else:
            place.replace_self(output.overview_nodes(env.docname) if output else [])
    return done


def _sections(
    place: SectionPlaceholder, around: addnodes.desc | None, env: BuildEnvironment, output: "Output"
) -> Iterator[nodes.Node]:
    found: Sequence[nodes.Node] = ()
    if name := place["name"]:
        found = output.nodes_for(output.pages.named(name, env.docname), env.docname)
        if not found:
            build_warnings.directive(
                f"this-tests:: {name}: unknown name, neither in these docs nor in the registry", place
            )
    elif around is None:
        build_warnings.directive(
            "this-tests:: needs a name, because it is in no description of an object", place
        )
    else:
        found = output.nodes_for_all(signatures(around), env.docname)
    yield from found


def _around(node: nodes.Node) -> addnodes.desc | None:
    """Return the innermost description of a Python object around *node*."""
    while (parent := node.parent) is not None:
        if isinstance(parent, addnodes.desc) and parent.get("domain") == "py":
            return parent
        node = parent
    return None
