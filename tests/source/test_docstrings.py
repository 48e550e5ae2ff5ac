"""The sentence that a docstring begins with."""

import ast

import pytest

from this_tests import this_tests
from this_tests.source.docstrings import summary


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("One line", "One line"),
        ("On one line,\nand the next. Mostly.\nNot more.", "On one line, and the next. Mostly."),
        ("A title\n=======\nMore.", "A title"),
        ("# A title\nof Markdown", "A title of Markdown"),
        ("#12: it works", "#12: it works"),
        ("Sorts\n- by name\n- by size", "Sorts"),
        ("Sorts\n1. by name", "Sorts"),
        ("- by name", "- by name"),
        ("Sorts\n:param x: what", "Sorts"),
        (":func:`f` sorts\n:func:`g` too", ":func:`f` sorts :func:`g` too"),
        ("Sorts\n>>> sort()", "Sorts"),
        (">>> sort()\n1", ""),
        ("Sorts::\n\n    sort()", "Sorts:"),
        ("Sorts\n```python\nsort()\n```", "Sorts"),
        ("Sorts\n.. note:: slowly", "Sorts"),
        ("Sorts\n... more", "Sorts ... more"),
        ("", ""),
    ],
)
def test_it_ends_with_the_sentence_or_where_something_else_begins(docstring: str, sentence: str):
    this_tests(summary)
    function = ast.parse(f"def f():\n    {docstring!r}").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert summary(function) == sentence
