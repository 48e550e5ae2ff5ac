"""What runs when a file is imported: its statements, and what each of them does."""

import ast
import textwrap

import pytest

from this_tests import this_tests
from this_tests.source.import_time import Statement, split
from this_tests.source.syntax_text import syntax_text


def parts(source):
    source = textwrap.dedent(source)
    return split(ast.parse(source), source)


def statements(source):
    return [part.statement for part in parts(source).parts]


@pytest.mark.parametrize(
    ("source", "kind", "names"),
    [
        ("import a.b", "import", ("a",)),
        ("import a.b as c", "import", ("c",)),
        ("from a import b as c", "import", ("c",)),
        ("from .a import *", "star", (".a",)),
        ("a = b", "bind", ("a",)),
        ("a, (b, *c) = d", "bind", ("a", "b", "c")),
        ("a += 1", "bind", ("a",)),
        ("a: int = 1", "annotations", ("a",)),
        ("del a", "bind", ("a",)),
        ("a.b = 1", "write", ("a", "b")),
        ("a['b'].c = 1", "write", ("a", "c")),
        ("a['b'] = 1", "write", ("a",)),
        ("__all__ = ['a']", "export", ("a",)),
        ("__all__ += ['a']", "export", ("a",)),
        ("__all__.append('a')", "export", ("a",)),
        ("a.b(c, d=e.f)", "effect", ("a", "c", "e")),
        ("raise a", "effect", ()),
        ("def a(b: int): pass", "def", ("a",)),
        ("class A(b.C, metaclass=D): pass", "class", ("A", "b.C", "=D")),
        ("from __future__ import annotations", "future", ()),
        ("for a in b: pass", "bind", ("a",)),
        ("with a() as b: pass", "bind", ("b",)),
        ("if (a := b): pass", "bind", ("a",)),
    ],
)
def test_a_statement_has_a_kind_and_names(source, kind, names):
    this_tests(split, Statement)
    found = statements(source)[0]
    assert (found.kind, found.names) == (kind, names)


@pytest.mark.parametrize(
    "source",
    [
        "'''Text.'''",
        "pass",
        "assert a",
        "1",
        "if TYPE_CHECKING:\n    import a",
        "if typing.TYPE_CHECKING:\n    import a",
        "@overload\ndef a(b: int) -> int: ...",
    ],
)
def test_what_does_nothing_is_in_no_part(source):
    this_tests(split)
    assert statements(source) == []


def test_what_runs_in_a_script_alone_is_one_part():
    this_tests(split)
    [found] = statements("if __name__ == '__main__':\n    a = 1\n    run()")
    assert (found.kind, found.names) == ("main", ())


def test_the_other_branch_of_what_never_runs_stands_under_no_condition():
    this_tests(split)
    source = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\nif not TYPE_CHECKING:\n    import c\n"
    assert statements(source) == statements("import b\nimport c")


@pytest.mark.parametrize(
    "block", ["if b:", "for b in c:", "while b:", "with b:", "try:", "class B:", "match b:\n  case 1:"]
)
def test_what_a_statement_stands_under_counts(block):
    this_tests(split)
    ends = {"try:": "\nfinally: pass"}
    (bare,) = statements("a = 1")
    found = [part for part in statements(f"{block}\n    a = 1{ends.get(block, '')}") if part.names == ("a",)]
    assert [part.digest == bare.digest for part in found] == [False]


def test_what_changes_in_a_try_changes_all_of_it():
    this_tests(split)
    source = "try:\n    import a\nexcept ImportError:\n    a = {}\n"
    before, after = (statements(source.format(value)) for value in ("None", "1"))
    assert len(before) == len(after) == 3
    assert not {part.digest for part in before} & {part.digest for part in after}


def test_a_chain_of_conditions_may_be_long():
    this_tests(split)
    source = "if a: b = 0\n" + "".join(f"elif a == {number}: b = {number}\n" for number in range(2000))
    assert len(statements(source)) == 2001


@pytest.mark.parametrize(
    ("source", "loose"),
    [
        ("import a", True),
        ("import a\nimport a", False),
        ("def a(b=1): pass", True),
        ("def a(b=c): pass", False),
        ("@c\ndef a(): pass", False),
        ("class A: pass", True),
        ("class A(Exception): pass", True),
        ("class A(B): pass", False),
        ("class A:\n    def __init_subclass__(cls): pass", False),
        ("try:\n    import a\nfinally:\n    pass", False),
        ("a = 1", False),
    ],
)
def test_the_place_of_what_binds_one_name_once_does_not_matter(source, loose):
    this_tests(split)
    assert statements(source)[0].loose is loose


def test_calls_are_those_that_run():
    this_tests(split)
    (found,) = statements("a = b.c(lambda: d(), e())")
    assert found.calls == ("b.c", "e")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a: int = 1", "a = 1"),
        ("if TYPE_CHECKING:\n        import c\n    a = 1", "a = 1"),
        ("'''Text.'''\n    a = 1", "a = 1"),
    ],
)
def test_bodies_have_nothing_that_never_runs(one, other):
    this_tests(split, syntax_text)
    texts = [
        "".join(map(syntax_text, parts(f"def f():\n    {body}\n    return a\n").bodies["f"]))
        for body in (one, other)
    ]
    assert texts[0] == texts[1]


def test_definitions_of_one_name_are_one_function():
    this_tests(split)
    source = (
        "class A:\n    @property\n    def b(self): return 1\n    @b.setter\n    def b(self, c): self.c = c\n"
    )
    assert {name: len(body) for name, body in parts(source).bodies.items()} == {"A.b": 2}
