"""Code lenses: how many tests each callable has, and how many callables each test exercises."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..text import counted
from .commands import command_for_callable, command_for_tests
from .evidence import Counts
from .project import Document, EditedProject
from .syntax import Definition

__all__ = ["Lens", "lenses", "resolved"]


@dataclass(frozen=True)
class Lens:
    """A line of text above a definition.

    Attributes:
        title: Empty if it takes longer to find out: `resolved` does.
        command: The pytest command line that it runs; empty for none.
    """

    definition: Definition
    title: str = ""
    command: str = ""


def lenses(project: EditedProject, document: Document) -> Iterator[Lens]:
    """Yield the lenses of a file, as far as they are known at once."""
    evidence = project.evidence
    for definition in document.outline.definitions:
        if document.role == "library":
            name = f"{document.module}.{definition.name}"
            counts = evidence.counts(name)
            yield (
                Lens(definition)
                if counts is None
                else _of_callable(project, definition, name, counts, evidence.names(name))
            )
        elif test := project.test_id(document, definition):
            found = evidence.exercised_at_once(test)
            yield Lens(definition) if found is None else _of_test(project, definition, test, len(found))


def resolved(project: EditedProject, document: Document, name: str) -> Lens | None:
    """Return the lens of the definition called *name*, whatever it takes; None if it is not there."""
    definition = document.outline.by_name.get(name)
    if definition is None:
        return None
    evidence = project.evidence
    if document.role == "library":
        full = f"{document.module}.{name}"
        counts = evidence.all_counts(full, is_class=definition.kind == "class")
        return _of_callable(project, definition, full, counts, evidence.names(full))
    test = project.test_id(document, definition)
    return _of_test(project, definition, test, len(evidence.exercised(test))) if test else None


def _of_callable(
    project: EditedProject, definition: Definition, name: str, counts: Counts, names: tuple[str, ...]
) -> Lens:
    if not counts.tests:
        return Lens(definition, "no tests")
    parts = [(counts.direct, "direct"), (counts.declared, "declared")]
    numbers = [f"{number:,} {kind}" for number, kind in parts if number]
    title = ", ".join([counted(counts.tests, "test"), *numbers])
    # Most have a name, and then nobody asks for all of their tests.
    tests = () if names else project.evidence.tests(name, is_class=definition.kind == "class")
    return Lens(definition, title, command_for_callable(names, tests, project.options))


def _of_test(project: EditedProject, definition: Definition, test: str, number: int) -> Lens:
    title = f"exercises {counted(number, 'callable')}" if number else "run this test"
    return Lens(definition, title, command_for_tests([test], project.options))
