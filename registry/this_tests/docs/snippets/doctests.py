"""Finds the examples of a doctest, in a docstring or in a text file, as the source of a test."""

import ast
import re
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ...registry.commands import doctest_module, is_text_doctest
from ...source.parsing import parsed
from .definitions import Definition, Files, SourceFile

__all__ = ["Doctest", "doctest"]

_ELLIPSIS = "# …"
_QUOTES = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')")


@dataclass(frozen=True)
class _Example:
    """A statement with its prompts, and the output that it should have; lines are counted from 1.

    Attributes:
        last: The last line of the statement, and `end` that of the output.
        code: The statement without its prompts.
    """

    first: int
    last: int
    end: int
    code: str = field(repr=False)


@dataclass(frozen=True)
class Doctest:
    """A doctest.

    Attributes:
        file: A file with these lines, which imports what the examples know.
        definition: A function that consists of the examples.
        is_checked: Whether any example has an output.
    """

    file: SourceFile
    definition: Definition
    is_checked: bool
    examples: Sequence[_Example] = field(repr=False)
    lines: Sequence[str] = field(repr=False)

    def shown(self, wanted: Collection[int], limit: int) -> tuple[list[str], list[int]]:
        """Return the examples, at most *limit* lines, and where in them the *wanted* lines are.

        The first of those with a wanted line is kept, then what it may need before it, then the others.
        """
        centre = next((number for number, example in enumerate(self.examples) if _has(example, wanted)), 0)
        order = [centre, *reversed(range(centre)), *range(centre + 1, len(self.examples))]
        order.sort(key=lambda number: number != centre and number > centre and not self._has(number, wanted))
        kept: list[int] = []
        for number in order:
            if len(self._text(sorted([*kept, number]))) <= limit:
                kept.append(number)
            elif not kept:
                kept = [number]
        text = self._text(sorted(kept))[:limit]
        shown = textwrap.dedent("\n".join(line for line, _ in text)).split("\n")
        return shown, [index for index, (_, line) in enumerate(text, 1) if line in wanted]

    def _has(self, number: int, wanted: Collection[int]) -> bool:
        return _has(self.examples[number], wanted)

    def _text(self, kept: Sequence[int]) -> list[tuple[str, int]]:
        """Return the lines of some examples, each with its number, which is 0 for what stands for others."""
        found: list[tuple[str, int]] = []
        before = -1
        for number in kept:
            example = self.examples[number]
            if number - before > 1:
                found.append((_indent(self.lines[example.first - 1]) + _ELLIPSIS, 0))
            found += [(self.lines[line - 1].rstrip(), line) for line in range(example.first, example.end + 1)]
            before = number
        if before < len(self.examples) - 1:
            found.append((_indent(self.lines[self.examples[-1].first - 1]) + _ELLIPSIS, 0))
        return found


class _Examples(SourceFile):
    """The file of a doctest, whose definition is all of it."""

    def whole(self, test: Definition) -> Definition:
        """Return the definition, which was made from the examples."""
        return test


def doctest(files: Files, node_id: str) -> Doctest | None:
    """Return the doctest with a node id, or ``None`` if that is no doctest, or its source has no example."""
    path, _, name = node_id.partition("::")
    if is_text_doctest(node_id):
        text = files.text(path)
        return _made(path, text.split("\n"), 1, ()) if text is not None else None
    module = doctest_module(node_id)
    if not module:
        return None
    found = _docstring(files, path, name[len(module) + 1 :])
    if found is None:
        return None
    file, start, lines = found
    # In its docstrings, a module's own names are known.
    known: list[ast.stmt] = [statement for statement, _ in file.imported.values()]
    if file.names:
        own = [ast.alias(own) for own in file.names]
        known.append(ast.ImportFrom(module=module, names=own, level=0, lineno=1, end_lineno=1))
    return _made(path, lines, start, known)


def _docstring(files: Files, path: str, name: str) -> tuple[SourceFile, int, list[str]] | None:
    """Return the file, the first line of a docstring in it, and its lines, without their quotation marks."""
    file = files.file(path)
    node: ast.AST | None = file.tree if file else None
    if name:
        found = files.find("::".join((path, *name.split("."))))
        node = found.node if found and found.file is file else None
    body = getattr(node, "body", None)
    if not (file and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
        return None
    string = body[0].value
    if not isinstance(string.value, str):
        return None
    lines = list(file.lines[string.lineno - 1 : string.end_lineno])
    # Columns are counted in bytes; before a docstring, there is only white space.
    marks = _QUOTES.match(lines[0].lstrip())
    if not marks:
        return None
    indent = len(lines[0]) - len(lines[0].lstrip())
    lines[0] = " " * (indent + marks.end()) + lines[0][indent + marks.end() :]
    lines[-1] = lines[-1].rstrip().removesuffix(marks[1])
    return file, string.lineno, lines


def _made(path: str, lines: Sequence[str], start: int, known: Sequence[ast.stmt]) -> Doctest | None:
    numbered = [*[""] * (start - 1), *lines]
    examples = list(_examples(numbered, start))
    body = [statement for example in examples for statement in _statements(example)]
    if not (examples and body):
        return None
    # Each Python has other fields, so that it is made of one that was parsed.
    (definition,) = ast.parse("def _(): pass").body
    assert isinstance(definition, ast.FunctionDef)
    definition.name, definition.body = PurePosixPath(path).name, body
    definition.lineno, definition.end_lineno = examples[0].first, examples[-1].end
    file = _Examples(path, ast.Module(body=list(known), type_ignores=[]), tuple(numbered))
    is_checked = any(example.end > example.last for example in examples)
    return Doctest(file, definition, is_checked, examples, numbered)


def _examples(lines: Sequence[str], start: int) -> Iterator[_Example]:
    # A build without doctests does not need the module, which brings the debugger in.
    from doctest import DocTestParser

    try:
        found = DocTestParser().get_examples("\n".join(lines[start - 1 :]))
    except ValueError:
        return  # It is no doctest that could run.
    for example in found:
        first = start + example.lineno
        last = first + example.source.count("\n") - 1
        yield _Example(first, last, last + example.want.count("\n"), example.source)


def _statements(example: _Example) -> list[ast.stmt]:
    try:
        found = parsed(example.code).body
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []  # It is shown all the same.
    for statement in found:
        ast.increment_lineno(statement, example.first - 1)
    return found


def _has(example: _Example, wanted: Collection[int]) -> bool:
    return any(example.first <= line <= example.last for line in wanted)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
