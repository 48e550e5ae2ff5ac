"""Reads the first sentences of docstrings."""

import ast
import re

__all__ = ["summary"]

# What is no sentence, wherever it stands: an example, a field, a directive, a block of code.
_NO_SENTENCE = re.compile(r">>>( |$)|:\w[^:`]*:(\s|$)|\.\. |[`~:]{3,}")
# What ends one: the line under a title, an item of a list, a table, a quotation of Markdown.
_AFTERWARDS = re.compile(r"([^\w\s])\1{2,}$|[-*+] |\d+[.)] |\||> ")
_TITLE = re.compile(r"#{1,6}\s+")


def summary(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return the first sentence of a docstring: its first line, and the lines that complete the sentence.

    It is empty where the docstring begins with something else, such as an example.
    """
    found = ""
    for line in (ast.get_docstring(definition) or "").strip().splitlines():
        text = line.strip()
        if not text or found.endswith((".", "!", "?", ":")) or _NO_SENTENCE.match(text):
            break
        if found and _AFTERWARDS.match(text):
            break
        found = f"{found} {text}".strip()
    found = _TITLE.sub("", found, count=1) if _TITLE.match(found) else found
    # Two colons introduce a block of code.
    return found[:-1] if found.endswith("::") else found
