"""Sections and the overview as ordinary docutils nodes, for formats other than HTML."""

import re
from collections.abc import Callable, Iterator, Sequence

from docutils import nodes
from sphinx import addnodes

from this_tests.docs import messages
from this_tests.docs.content.overview import ModuleOverview, Overview
from this_tests.docs.content.section import Section, SectionRow
from this_tests.docs.inline_markup import Inline
from this_tests.docs.source_links import Links

__all__ = ["elsewhere", "plain", "plain_overview"]

# A part of a name up to a possible line break.
_PIECE = re.compile(r"[^/:_]*[/:_]+|[^/:_]+")


def elsewhere(name: str) -> list[nodes.Node]:
    """Return the reference to the section of an object at its first description."""
    link = addnodes.pending_xref(
        "",
        nodes.literal(name, name),
        refdomain="py",
        reftype="obj",
        reftarget=name,
        refexplicit=True,
        refwarn=False,
    )
    before, _, after = messages.text("Tests: see {name}").partition("{name}")
    return [
        nodes.paragraph("", "", nodes.Text(before), link, nodes.Text(after), classes=["this-tests-elsewhere"])
    ]


def plain(
    section: Section, links: Links, how_to: Callable[[str], nodes.Node], *, breaks: bool = False
) -> list[nodes.Node]:
    """Return the section as ordinary nodes: a bold line, and a list of tests with their commands.

    Args:
        links: The addresses of sources.
        how_to: Makes the link to the page on adding a test.
        breaks: Whether lines may break inside of a name, as on paper.
    """
    if section.missing:
        return [_paragraph(_missing(section, how_to))]
    # LaTeX would make a heading of a rubric.
    head = nodes.strong("", section.title)
    said = " · ".join(text for text in (section.counts, section.members) if text)
    tests = nodes.bullet_list(
        "", *(_item(row, links.url(row.path, row.line, row.end), breaks=breaks) for row in section.rows)
    )
    rest = section.tests - len(section.rows)
    left_out = messages.left_out() if section.more else messages.more_tests(rest)
    foot = [_paragraph([nodes.Text(left_out)])] if rest > 0 or section.more else []
    return [_paragraph([head, nodes.Text(f" ({said})")]), *_of_another(section), tests, *foot]


def plain_overview(shown: Overview) -> list[nodes.Node]:
    """Return the overview as ordinary nodes: each module with its count and its objects without tests."""
    return [_paragraph([nodes.strong("", shown.counts)]), *_modules(shown.modules)]


def _modules(modules: Sequence[ModuleOverview]) -> list[nodes.Node]:
    if not modules:
        return []
    return [nodes.bullet_list("", *(nodes.list_item("", *_module(module)) for module in modules))]


def _module(module: ModuleOverview) -> Iterator[nodes.Node]:
    name = module.name or messages.text("Without a module")
    yield _paragraph([nodes.literal(name, name), nodes.Text(f" ({module.counts})")])
    if missing := [item.name for item in module.items if not item.tests]:
        said: list[nodes.Node] = [nodes.Text(messages.text("Without tests:"))]
        said += [part for name in missing for part in (nodes.Text(" "), nodes.literal(name, name))]
        yield _paragraph(said)
    yield from _modules(module.modules)


def _missing(section: Section, how_to: Callable[[str], nodes.Node]) -> Iterator[nodes.Node]:
    yield nodes.Text(section.missing)
    if section.members:
        yield nodes.Text(f" {section.members}.")
    if section.how_to_url:
        yield nodes.Text(" ")
        yield how_to(messages.text("How to add one"))


def _of_another(section: Section) -> list[nodes.Node]:
    if not section.other:
        return []
    said = "Inherited: tests of {name}" if section.inherited else "Tests of {name}"
    return [_paragraph([nodes.Text(messages.text(said).format(name=section.other))])]


def _item(row: SectionRow, url: str, *, breaks: bool) -> nodes.list_item:
    code = _breakable if breaks else _code
    name = f"{row.scope}{row.name}"
    labels = ", ".join((row.label, *([row.proven] if row.proven else []), *row.marks))
    said = [nodes.Text(" — "), *_inline(row.doc, code)] if row.doc else []
    where: nodes.Node = nodes.Text(row.place)
    if url:
        where = nodes.reference("", row.place, refuri=url, internal=False)
    first = _paragraph([*code(name), *said, nodes.Text(f" ({labels}; "), where, nodes.Text(")")])
    return nodes.list_item("", first, _paragraph(code(row.command)))


def _inline(text: Inline, code: Callable[[str], list[nodes.Node]]) -> Iterator[nodes.Node]:
    elements = {"emphasis": nodes.emphasis, "strong": nodes.strong}
    for kind, content in text.spans:
        if kind == "code":
            yield from code(content)
        else:
            yield elements[kind](content, content) if kind in elements else nodes.Text(content)


def _code(text: str) -> list[nodes.Node]:
    return [nodes.literal(text, text)]


def _breakable(text: str) -> list[nodes.Node]:
    """Return *text* as pieces of code between which LaTeX may break lines; it never does inside of code."""
    pieces = [_code(piece) for piece in _PIECE.findall(text)]
    allowed = nodes.raw("", r"\allowbreak{}", format="latex")
    return [node for piece in pieces for node in (allowed.deepcopy(), *piece)][1:]


def _paragraph(children: Iterator[nodes.Node] | Sequence[nodes.Node]) -> nodes.paragraph:
    return nodes.paragraph("", "", *children, classes=["no-search"])
