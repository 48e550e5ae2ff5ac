"""Reads the first sentences of docstrings."""

import ast

__all__ = ["summary"]


def summary(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return the first sentence of a docstring: its first line, and the lines that complete the sentence."""
    found = ""
    for line in (ast.get_docstring(definition) or "").strip().splitlines():
        if not line.strip() or found.endswith((".", "!", "?", ":")):
            break
        found = f"{found} {line.strip()}".strip()
    return found
