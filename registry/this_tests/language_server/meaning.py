"""What the name at a place of a text means: a callable of the library, or a test."""

from dataclasses import dataclass

from ..source.scopes import Class, Imported, Value
from .project import Document, EditedProject
from .syntax import Definition

__all__ = ["Subject", "subject_at", "subject_of"]


@dataclass(frozen=True)
class Subject:
    """What a question is about.

    Attributes:
        definition: Of a callable, its module and qualified name, joined by a dot.
        test: The node id of a test.
        is_class: Whether it is a class of the library.
    """

    definition: str = ""
    test: str = ""
    is_class: bool = False


def subject_at(project: EditedProject, document: Document, line: int, column: int) -> Subject | None:
    """Return what is at a place: the name of a definition, or one that leads to the library."""
    found = document.outline.named_at(line, column)
    if found is not None:
        return subject_of(project, document, found)
    expression = document.outline.expression_at(line, column)
    name = _full_name(document, expression, line) if expression else ""
    if name.partition(".")[0] not in project.places:
        return None
    definition = project.evidence.meant(name)
    place = project.place_of_definition(definition)
    if place is None and not project.evidence.names(definition):
        return None
    return Subject(definition, is_class=place is not None and place[1].kind == "class")


def subject_of(project: EditedProject, document: Document, definition: Definition) -> Subject | None:
    """Return the subject that a definition is; None for helpers, fixtures and classes of tests."""
    if document.role == "library":
        is_class = definition.kind == "class"
        return Subject(f"{document.module}.{definition.name}", is_class=is_class)
    test = project.test_id(document, definition)
    return Subject(test=test) if test else None


def _full_name(document: Document, expression: str, line: int) -> str:
    """Return the full dotted name of an expression, by what the module binds; or the expression itself."""
    head, _, rest = expression.partition(".")
    around = document.outline.around(line)
    if (
        head in ("self", "cls")
        and around is not None
        and around.kind == "method"
        and document.role == "library"
    ):
        return ".".join(filter(None, (document.module, around.name.rpartition(".")[0], rest)))
    match document.outline.scope(document.package).names.get(head):
        case Imported(module, attribute) if module:
            return ".".join(filter(None, (module, attribute, rest)))
        case Class() | Value() if document.role == "library":
            return f"{document.module}.{expression}"
    return expression
