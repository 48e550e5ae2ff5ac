"""Writes syntax as text, however deeply nested it is, and makes digests of texts."""

import ast
from collections.abc import Iterator
from hashlib import blake2b

__all__ = ["digest", "syntax_text"]


def digest(text: str | bytes) -> str:
    """Return a short digest of *text*."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return blake2b(data, digest_size=6).hexdigest()


def syntax_text(node: ast.AST) -> str:
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
