"""References: from a callable of the library to its tests, and from a test to what it exercises."""

from collections.abc import Iterator

from .meaning import Subject
from .project import Document, EditedProject
from .syntax import Definition

__all__ = ["references"]


def references(project: EditedProject, subject: Subject) -> Iterator[tuple[Document, Definition]]:
    """Yield the definitions of the tests of a callable, or of the callables of a test.

    The strongest evidence comes first. What is not in the project's files is left out: doctests, tests that
    a class inherits, callables of other libraries.
    """
    evidence = project.evidence
    if subject.test:
        names = (evidence.meant(item.name) for item in evidence.exercised(subject.test))
        places = map(project.place_of_definition, dict.fromkeys(names))
    else:
        places = map(project.place_of_test, evidence.tests(subject.definition, is_class=subject.is_class))
    yield from filter(None, places)
