"""Code actions: declare what a test exercises, and run tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..check.findings import Finding
from ..check.fixes import find_fixes
from ..suite.call_roles import read_calls
from ..suite.import_settings import read_order
from ..text import counted
from .commands import command_for_callable, command_for_tests
from .diagnostics import Gate
from .meaning import Subject, subject_of
from .project import Document, EditedProject
from .syntax import Definition, lines_of

__all__ = ["Action", "Edit", "actions", "edit_between"]

_MOST_CANDIDATES = 5


@dataclass(frozen=True)
class Edit:
    """A text in the place of whole lines: from *first* up to, and without, *last*."""

    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Action:
    """A code action.

    Attributes:
        edits: What it changes in the text.
        command: The pytest command line that it runs; empty for none.
        preferred: Whether it is certain.
    """

    title: str
    edits: tuple[Edit, ...] = ()
    command: str = ""
    preferred: bool = False


def actions(project: EditedProject, gate: Gate, document: Document, line: int) -> Iterator[Action]:
    """Yield the code actions at a line.

    Raises:
        ImportError: libcst, which writes the declarations, is not installed.
    """
    definition = document.outline.around(line)
    subject = subject_of(project, document, definition) if definition else None
    if definition is None or subject is None:
        return
    yield from _run(project, subject)
    if subject.test and document.outline.valid:
        yield from _declare(project, gate, document, definition)


def _run(project: EditedProject, subject: Subject) -> Iterator[Action]:
    if subject.test:
        command = command_for_tests([subject.test], project.options)
        yield from [Action("Run this test", command=command)] if command else []
        return
    evidence = project.evidence
    tests = evidence.tests(subject.definition, is_class=subject.is_class)
    command = command_for_callable(evidence.names(subject.definition), tests, project.options)
    if tests and command:
        yield Action(f"Run these tests ({counted(len(tests), 'test')})", command=command)


def _declare(
    project: EditedProject, gate: Gate, document: Document, definition: Definition
) -> Iterator[Action]:
    name = definition.name.replace(".", "::")
    suite = gate.suite(document)
    tests = suite.tests[0].functions if suite else ()
    if suite is None or any(test.name == name and test.declares for test in tests):
        return
    source = document.outline.text
    calls = read_calls(source.encode("utf-8", "surrogatepass"))
    if name not in calls:
        return  # It is defined more than once, or inside an `if`.
    missing = Finding(document.file, definition.line + 1, "missing", name, "")
    relation = project.evidence.combined()
    found = find_fixes([missing], suite, relation, gate.api.callables, {document.file: calls})
    for fix in found.fixes:
        edit = _declaration(project, source, name, (fix.target, *fix.aliases))
        yield Action("Declare what this test exercises", (edit,), preferred=True)
    if not found.fixes:
        test = f"{document.file}::{name}"
        direct = [item.name for item in project.evidence.exercised(test) if item.standing == "direct"]
        by_name = gate.api.by_name
        for target in [target for target in direct if target in by_name][:_MOST_CANDIDATES]:
            edit = _declaration(project, source, name, (target, *by_name[target].aliases))
            yield Action(f"Declare that this test exercises {target}", (edit,))


def _declaration(project: EditedProject, source: str, test: str, names: tuple[str, ...]) -> Edit:
    from ..suite.codemod import declared_in

    old = source.encode("utf-8", "surrogatepass")
    new = declared_in(old, {test: names}, read_order(project.project.root))
    return edit_between(source, new.decode("utf-8", "surrogatepass"))


def edit_between(old: str, new: str) -> Edit:
    """Return the edit of the lines that differ between two texts."""
    before, after = lines_of(old), lines_of(new)
    same = next(
        (number for number, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    most = min(len(before), len(after)) - same
    ends = zip(reversed(before), reversed(after), strict=False)
    equal = next((number for number, pair in enumerate(ends) if pair[0] != pair[1]), most)
    equal = min(equal, most)
    added = after[same : len(after) - equal]
    return Edit(same, len(before) - equal, "".join(f"{line}\n" for line in added))
