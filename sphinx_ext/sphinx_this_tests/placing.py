"""Puts into a page what it shows of ours, where its objects are described or its author wants it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from . import warnings
from .directives import OverviewNode, SectionNode
from .documented import described, signatures
from .inject import insert_all
from .walking import outside_text

if TYPE_CHECKING:
    # Where a build has nothing to place, it does without.
    from .output import Output

__all__ = ["put"]


def put(document: nodes.document, env: BuildEnvironment, made: Callable[[], "Output | None"]) -> None:
    """Put all that is ours into a page; where nothing is *made*, only take out what authors left for it."""
    done = _put_by_hand(document, env, made)
    objects = list(described(document, env))
    if objects and (output := made()):
        insert_all(
            (node, [new for each in found for new in output.nodes_for(output.pages.shown(each), env.docname)])
            for node, found in objects
            if node not in done
        )


def _put_by_hand(
    document: nodes.document, env: BuildEnvironment, made: Callable[[], "Output | None"]
) -> list[nodes.Element]:
    """Replace what directives left, and return the descriptions that have their section now."""
    done: list[nodes.Element] = []
    for place in outside_text(document, OverviewNode, SectionNode):
        output = made()
        if isinstance(place, SectionNode):
            around = None if place["name"] else _around(place)
            if around is not None:
                done.append(around)
            place.replace_self(list(_sections(place, around, env, output)) if output else [])
        else:
            place.replace_self(output.overview_nodes(env.docname) if output else [])
    return done


def _sections(
    place: SectionNode, around: addnodes.desc | None, env: BuildEnvironment, output: "Output"
) -> Iterator[nodes.Node]:
    found: Sequence[nodes.Node] = ()
    if name := place["name"]:
        found = output.nodes_for(output.pages.named(name, env.docname), env.docname)
        if not found:
            warnings.directive(f"this-tests:: {name}: these docs and the registry know no such name", place)
    elif around is None:
        warnings.directive("this-tests:: stands in no description, so it needs a name", place)
    else:
        shown = map(output.pages.shown, signatures(around))
        found = [new for each in shown for new in output.nodes_for(each, env.docname)]
    yield from found


def _around(node: nodes.Node) -> addnodes.desc | None:
    """Return the description of a Python object that *node* stands in."""
    while (parent := node.parent) is not None:
        if isinstance(parent, addnodes.desc) and parent.get("domain") == "py":
            return parent
        node = parent
    return None
