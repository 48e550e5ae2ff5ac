"""Hovers: the first tests of a callable, or what a test exercises, and the command that runs them."""

from collections.abc import Iterator

from ..registry.model import Standing
from ..report.escaping import code, plain
from ..text import counted, printable
from .commands import command_for_callable, command_for_tests
from .evidence import Counts
from .meaning import Subject
from .project import EditedProject

__all__ = ["hover_lines"]

_SHOWN = 3


def hover_lines(project: EditedProject, subject: Subject) -> list[str]:
    """Return the lines of a hover, as Markdown in which nothing of the registry or a file is markup."""
    return list(_of_test(project, subject.test) if subject.test else _of_callable(project, subject))


def _of_callable(project: EditedProject, subject: Subject) -> Iterator[str]:
    evidence = project.evidence
    names = evidence.names(subject.definition)
    yield f"this-tests: {code(names[0] if names else subject.definition)}"
    yield ""
    tests = evidence.examples(subject.definition)
    number = (evidence.counts(subject.definition) or Counts()).tests
    if not tests:
        everything = evidence.tests(subject.definition, is_class=subject.is_class)
        tests, number = list(everything.items()), len(everything)
    if not tests:
        yield "No test exercises it."
        return
    yield f"{counted(number, 'test')}:"
    yield ""
    yield from (_test_line(project, test, standing) for test, standing in tests[:_SHOWN])
    command = command_for_callable(names, [test for test, _ in tests], project.options)
    yield from _command_lines(command)


def _test_line(project: EditedProject, test: str, standing: Standing) -> str:
    place = project.place_of_test(test)
    docstring = f": {plain(place[1].docstring)}" if place and place[1].docstring else ""
    return f"- {code(test)} ({standing}){docstring}"


def _of_test(project: EditedProject, test: str) -> Iterator[str]:
    found = project.evidence.exercised(test)
    yield f"this-tests: {code(test)}"
    yield ""
    if found:
        yield f"exercises {counted(len(found), 'callable')}:"
        yield ""
        yield from (f"- {code(item.name)} ({item.standing})" for item in found[:_SHOWN])
    else:
        yield "Nothing is known of what it exercises."
    yield from _command_lines(command_for_tests([test], project.options))


def _command_lines(command: str) -> list[str]:
    # One line that begins with a word cannot end the block.
    if not command:
        return []
    return ["", "```console", f"$ {printable(command)}", "```"]
