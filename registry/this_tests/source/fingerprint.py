"""Fingerprints a Python file by its syntax: the body of each function, and each statement around them.

A function's body affects the tests that execute it. What is around the bodies (imports, constants,
classes, decorators, headers) runs when the file is imported, and affects what uses the names that it binds.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from .import_time import Statement, split
from .parsing import parsed
from .syntax_text import digest, syntax_text

__all__ = ["Outline", "ParsedFile", "digest", "parse"]

# Not where it is set.
_DOC = re.compile(r"(?:attr|id)='__doc__', ctx=Load|value='__doc__'")


class Outline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digests of a file's parts, stored to compare the file with a later version.

    Attributes:
        functions: Those of function bodies, by qualified name; nested functions belong to the outer one.
        statements: The statements around the bodies, in the order of the file.
        docstrings: That of all docstrings, which do not count as code.
    """

    functions: Mapping[str, str] = {}
    statements: tuple[Statement, ...] = ()
    docstrings: str = ""


class ParsedFile(msgspec.Struct, frozen=True):
    """A parsed file.

    Attributes:
        bodies: The syntax of the functions' bodies as text, by qualified name.
        statements: The statements around them.
        texts: The syntax of each of these statements.
    """

    bodies: Mapping[str, str]
    statements: tuple[Statement, ...]
    texts: tuple[str, ...]
    docstrings: tuple[str, ...]

    def outline(self) -> Outline:
        """Return the digests."""
        return Outline(
            functions={name: digest(text) for name, text in self.bodies.items()},
            statements=self.statements,
            docstrings=digest("\0".join(self.docstrings)),
        )

    def doc_readers(self) -> tuple[tuple[str, ...], tuple[Statement, ...]]:
        """Return the functions, and the statements, that read ``__doc__``: docstrings are code for them."""
        statements = zip(self.statements, self.texts, strict=True)
        return (
            tuple(name for name, text in self.bodies.items() if _DOC.search(text)),
            tuple(statement for statement, text in statements if _DOC.search(text)),
        )

    def mentions(self, name: str, *, outside: Iterable[str]) -> bool:
        """Return whether the file mentions *name* anywhere but in the functions *outside*."""
        return not self.naming(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")).issubset(outside)

    def naming(self, name: re.Pattern[str]) -> frozenset[str]:
        """Return the functions with *name* in their syntax; ``""`` is the code around them."""
        parts = (
            *self.bodies.items(),
            *((_defined(part), text) for part, text in zip(self.statements, self.texts, strict=True)),
        )
        return frozenset(function for function, text in parts if name.search(text))


def _defined(statement: Statement) -> str:
    return statement.names[0] if statement.kind in ("def", "decorators", "annotations") else ""


@lru_cache(maxsize=64)  # What changed is compared with several earlier states.
def parse(source: bytes) -> ParsedFile | None:
    """Return the parts of *source*, or None if this Python cannot parse it."""
    try:
        found = split(parsed(source), source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return ParsedFile(
        bodies={name: "\n".join(map(syntax_text, body)) for name, body in found.bodies.items()},
        statements=tuple(part.statement for part in found.parts),
        texts=tuple(part.text for part in found.parts),
        docstrings=found.docstrings,
    )
