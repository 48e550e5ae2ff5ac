"""Renders a callable's tests as plain text, and as HTML for a notebook."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import FrameType

from ..names import Names
from ..observations.evidence import load
from ..registry.commands import pytest_command
from ..registry.model import Evidence, Registry
from ..registry.query import belonging, strongest
from ..settings import Project, find_project
from ..suite.excerpts import Excerpt, Excerpts
from ..text import counted, printable, tests_counted

__all__ = ["View", "display"]

# A longer list would not be read; the command lists all tests.
_SHOWN = 25


def display(target: object, caller: FrameType, *, popup: bool) -> None:
    """Display the tests that exercise *target*, an argument written in *caller*; see `notebook.show`.

    Args:
        popup: Whether a notebook shows them in a panel above the page.
    """
    _display(_view(target, caller, popup=popup))


@dataclass(frozen=True)
class View:
    """The tests of a callable, displayed as text or as HTML.

    Attributes:
        name: The name of the target.
        evidence: By the canonical name of each callable that the target includes.
        numbers: The minimum number of tests of each of them.
        sources: The tests' sources by node id, where they can be read.
        popup: Whether the HTML is a panel above the page.
    """

    name: str
    evidence: Mapping[str, tuple[Evidence, ...]]
    numbers: Mapping[str, int]
    sources: Mapping[str, Excerpt]
    popup: bool = False

    def __str__(self) -> str:
        return "\n".join(map(printable, _text_lines(self)))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return _html(self)


def _view(target: object, caller: FrameType, *, popup: bool) -> View:
    project = find_project(Path.cwd())
    registry = load(project.registry)
    name, known = _named(target, caller, project, registry)
    names = sorted({found for alias in known for found in belonging(registry, alias)})
    evidence = {api_name: strongest(registry.evidence(api_name)) for api_name in names}
    numbers = {api_name: registry.number_of_tests(api_name) for api_name in names}
    excerpts = Excerpts(project.root)
    tests = {record.test for found in evidence.values() for record in found}
    sources = {test: found for test in tests if (found := excerpts.of(test)) is not None}
    return View(name, evidence, numbers, sources, popup=popup)


def _named(
    target: object, caller: FrameType, project: Project, registry: Registry
) -> tuple[str, Sequence[str]]:
    """Return the name of *target*, and all names that the registry may list it under."""
    if type(target) is str and belonging(registry, target):
        return target, (target,)
    names = Names(
        project.needed_library(), inventories=project.inventories(), private=project.settings.private
    )
    found = names.resolve(target, caller)
    return found.name, (found.name, *found.aliases)


def _display(view: View) -> None:
    if _in_ipython():
        from IPython.display import display

        display(view)  # type: ignore[no-untyped-call]  # IPython has no types for it
    else:
        print(view)  # noqa: T201  # printing is its purpose


def _in_ipython() -> bool:
    # A plain session must not pay for importing IPython.
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


# As text.


def _text_lines(view: View) -> Iterator[str]:
    if not view.evidence:
        yield f"{view.name}: {_NOTHING}"
        return
    for name, found in view.evidence.items():
        yield f"{name}  {tests_counted(view.numbers[name], len(found))}"
        for record in found[:_SHOWN]:
            yield from _text_of(record, view.sources.get(record.test))
        yield from _left_out(name, found)
    yield ""
    tests = [record.test for found in view.evidence.values() for record in found[:_SHOWN]]
    yield f"$ {pytest_command(tests)}"


def _text_of(evidence: Evidence, source: Excerpt | None) -> Iterator[str]:
    labels = "".join(f"  {label}" for label in _labels(evidence))
    yield f"  {evidence.kind:8}  {evidence.test}{labels}"
    if source and source.doc:
        yield f"            {source.doc}"


def _left_out(name: str, found: Sequence[Evidence]) -> Iterator[str]:
    if len(found) > _SHOWN:
        yield f"  … and {counted(len(found) - _SHOWN, 'more test')}: this-tests show {name}"


# As HTML. All text from files is escaped here and nowhere else.


def _html(view: View) -> str:
    body = "".join(_html_parts(view))
    section = f'<div class="this-tests" data-api="{escape(view.name)}">{_STYLE}{body}</div>'
    return _PANEL.format(section) if view.popup else section


def _html_parts(view: View) -> Iterator[str]:
    if not view.evidence:
        yield f"<p><code>{escape(view.name)}</code>: {escape(_NOTHING)}</p>"
    for name, found in view.evidence.items():
        yield f"<p><code>{escape(name)}</code> {tests_counted(view.numbers[name], len(found))}</p>"
        yield from (_html_of(record, view.sources.get(record.test)) for record in found[:_SHOWN])
        yield from (f"<p>{escape(line.strip())}</p>" for line in _left_out(name, found))


def _html_of(evidence: Evidence, source: Excerpt | None) -> str:
    labels = "".join(f" <small>{escape(label)}</small>" for label in (evidence.kind, *_labels(evidence)))
    doc = f" {escape(source.doc)}" if source and source.doc else ""
    file, _, test = evidence.test.partition("::")
    place = f"{file}:{source.line}" if source else file
    code = f"<pre><code>{escape(source.text)}</code></pre>" if source else ""
    return (
        f'<details class="this-tests-test" data-test="{escape(evidence.test)}"'
        f' data-evidence="{evidence.kind}">'
        f"<summary><code>{escape(test or file)}</code>{labels}{doc}</summary>"
        f"<p>{escape(place)}</p>{code}"
        f"<pre><code>$ {escape(pytest_command([evidence.test]))}</code></pre></details>"
    )


def _labels(evidence: Evidence) -> tuple[str, ...]:
    return (*evidence.markers, *([evidence.outcome] if evidence.outcome != "passed" else []))


_NOTHING = "no tests found. Write one, and begin it with this_tests(…)."

_STYLE = (
    "<style>.this-tests summary{cursor:pointer}"
    ".this-tests summary small{opacity:.7;border:1px solid;border-radius:3px;padding:0 .3em}"
    ".this-tests pre{overflow-x:auto;margin:.3em 0 .3em 1em}"
    ".this-tests p{margin:.3em 0}</style>"
)

# An open dialog needs no script to appear, and its form needs none to close it.
_PANEL = (
    '<dialog open class="this-tests-popup" style="position:fixed;inset:3em 3em auto auto;z-index:1000;'
    'max-width:70%;max-height:70%;overflow:auto;border:1px solid;border-radius:6px;padding:1em">'
    '<form method="dialog"><button autofocus>Close</button></form>{}</dialog>'
)
