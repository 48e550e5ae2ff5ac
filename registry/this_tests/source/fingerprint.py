"""Fingerprints a Python file by its syntax: the body of each function, and everything around them.

A function's body affects the tests that execute it. What is around the bodies (imports, constants,
classes, decorators, headers) runs when the file is imported, and may affect all tests.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

import msgspec

from .parsing import parsed, statements

__all__ = ["Outline", "ParsedFile", "digest", "parse"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Outline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digests of a file's parts, stored to compare the file with a later version.

    Attributes:
        functions: Those of function bodies, by qualified name; nested functions belong to the outer one.
        frame: That of all statements around the bodies, in the order of the file.
        docstrings: That of all docstrings, which do not count as code.
        doc_is_read: Whether the file mentions ``__doc__``, so that docstrings count as code.
    """

    functions: Mapping[str, str]
    frame: str
    docstrings: str
    doc_is_read: bool = False


class ParsedFile(msgspec.Struct, frozen=True):
    """A parsed file.

    Attributes:
        bodies: The syntax of the functions' bodies as text, by qualified name. Definitions of
            one name (a property's getter and setter, the branches of an ``if``) are one.
        frame: The syntax around them, one text for each statement.
        free: The functions whose definition only binds a name.
    """

    bodies: Mapping[str, str]
    frame: tuple[str, ...]
    docstrings: tuple[str, ...]
    free: frozenset[str]

    def outline(self) -> Outline:
        """Return the digests."""
        return Outline(
            functions={name: digest(text) for name, text in self.bodies.items()},
            frame=self.without(()),
            docstrings=digest("\0".join(self.docstrings)),
            doc_is_read=any("'__doc__'" in text for text in (*self.bodies.values(), *self.frame)),
        )

    def without(self, functions: Iterable[str]) -> str:
        """Return the digest of the frame without the definitions of *functions*."""
        heads = tuple(f"def {name} " for name in functions)
        return digest("\0".join(text for text in self.frame if not (heads and text.startswith(heads))))

    def mentions(self, name: str, *, outside: Iterable[str]) -> bool:
        """Return whether the file mentions *name* anywhere but in the functions *outside*."""
        skipped = set(outside)
        heads = tuple(f"def {function} " for function in skipped)
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        texts = [
            *(text for function, text in self.bodies.items() if function not in skipped),
            *(text for text in self.frame if not (heads and text.startswith(heads))),
        ]
        return any(map(word.search, texts))


def digest(text: str | bytes) -> str:
    """Return a short digest of *text*."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return blake2b(data, digest_size=6).hexdigest()


def parse(source: bytes) -> ParsedFile | None:
    """Return the parts of *source*, or None if this Python cannot parse it."""
    try:
        return _OutlineReader(parsed(source)).module()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _OutlineReader:
    """The reader of one syntax tree."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._docstrings = tuple(_take_docstrings(tree))
        self._lazy = _annotations_are_lazy(tree)
        self._bodies: dict[str, str] = {}
        self._frame: list[str] = []
        self._free: set[str] = set()
        # Classes that do nothing with what is defined in them.
        self._plain: set[str] = {"object"}

    def module(self) -> ParsedFile:
        self._read(self._tree.body, scope="", plain=True)
        return ParsedFile(self._bodies, tuple(self._frame), self._docstrings, frozenset(self._free))

    def _read(self, body: list[ast.stmt], scope: str, *, plain: bool) -> None:
        for node in body:
            if isinstance(node, _Definition):
                self._read_function(node, scope, plain=plain)
            elif isinstance(node, ast.ClassDef):
                self._read_class(node, scope, plain=plain)
            else:
                self._frame.append(self._emptied(node, scope))

    def _read_function(self, node: _Definition, scope: str, *, plain: bool) -> None:
        name = scope + node.name
        if name in self._bodies:
            self._free.discard(name)
        elif plain and self._is_free(node):
            self._free.add(name)
        self._frame.append(f"def {name} {self._emptied(node, scope)}")

    def _read_class(self, node: ast.ClassDef, scope: str, *, plain: bool) -> None:
        members, node.body = node.body, []
        plain = plain and self._is_plain(node, members)
        if plain and not scope:
            self._plain.add(node.name)
        self._frame.append(_text(node))
        self._read(members, f"{scope}{node.name}.", plain=plain)
        self._frame.append("end")

    def _emptied(self, node: ast.stmt, scope: str) -> str:
        """Return the text of *node* without the bodies of its functions, which are noted."""
        for function, name in list(_outermost(node, scope)):
            body, function.body = function.body, []
            # Whether it is a coroutine or a generator shows in the head, or in the body.
            self._bodies[name] = self._bodies.get(name, "") + "\n".join(["", *map(_text, body)])
        return _text(node)

    def _is_free(self, node: _Definition) -> bool:
        given = node.args
        defaults = [default for default in (*given.defaults, *given.kw_defaults) if default is not None]
        return (
            not node.decorator_list
            and not getattr(node, "type_params", None)
            and all(isinstance(default, ast.Constant) for default in defaults)
            and (self._lazy or all(map(_is_harmless, _annotations(node))))
        )

    def _is_plain(self, node: ast.ClassDef, members: list[ast.stmt]) -> bool:
        return (
            not (node.decorator_list or node.keywords)
            and all(isinstance(base, ast.Name) and base.id in self._plain for base in node.bases)
            and not any(getattr(member, "name", "") == "__init_subclass__" for member in statements(members))
        )


def _text(node: ast.AST) -> str:
    """Return the syntax of *node* as text, much as `ast.dump` does, but without recursion."""
    found: list[str] = []
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            found.append(part)
        else:
            waiting += reversed(list(_pieces(part)))
    return "".join(found)


def _pieces(part: object) -> Iterator[object]:
    """Yield the parts of a node or a list of a tree: texts, nodes and lists."""
    if isinstance(part, list):
        yield "["
        for item in part:
            yield item if isinstance(item, ast.AST) else repr(item)
            yield ", "
        yield "]"
    elif isinstance(part, ast.AST):
        yield f"{type(part).__name__}("
        for name, value in ast.iter_fields(part):
            if value is not None and value != []:
                yield f"{name}="
                yield value if isinstance(value, ast.AST | list) else repr(value)
                yield ", "
        yield ")"


def _outermost(node: ast.AST, scope: str) -> Iterator[tuple[_Definition, str]]:
    waiting = [(node, scope)]
    while waiting:
        current, around = waiting.pop()
        if isinstance(current, _Definition):
            yield current, around + current.name
        else:
            inner = f"{around}{current.name}." if isinstance(current, ast.ClassDef) else around
            waiting += [(child, inner) for child in ast.iter_child_nodes(current)][::-1]


def _take_docstrings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, _Documented):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield text
                node.body = node.body[1:] or [ast.Pass()]


def _annotations_are_lazy(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _annotations(node: _Definition) -> Iterator[ast.expr]:
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    yield from (
        argument.annotation for argument in every if argument is not None and argument.annotation is not None
    )
    if node.returns is not None:
        yield node.returns


def _is_harmless(annotation: ast.expr) -> bool:
    # Any other is evaluated where the function is defined, and might fail.
    return isinstance(annotation, ast.Constant) or (
        isinstance(annotation, ast.Name) and hasattr(builtins, annotation.id)
    )
