"""What an editor's text defines, at which lines, also while it is not valid Python."""

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.language_server.outline import outline
from this_tests.language_server.positions import column_of, units_of
from this_tests.language_server.syntax import lines_of, read_syntax

SOURCE = '''\
"""A module."""
import os

@decorated(
    1,
)
@twice
def plain():
    """Say it.

    More.
    """
    def inner(): pass

class Outer(base.TestCase):
    x = """
def no_function(): pass
"""

    class Inner:
        async  def method(self): pass

if True:
    def hidden(): pass
else:
    def hidden(): return 1
'''


def places(found):
    return [(item.name, item.kind, item.line, item.column) for item in found.definitions]


PLACES = [
    ("plain", "function", 7, 4),
    ("Outer", "class", 14, 6),
    ("Outer.Inner", "class", 19, 10),
    ("Outer.Inner.method", "method", 20, 19),
    ("hidden", "function", 23, 8),
    ("hidden", "function", 25, 8),
]


def test_definitions_are_found_with_the_places_of_their_names():
    this_tests(outline)
    found = outline(SOURCE)
    assert places(found) == PLACES
    assert found.valid
    assert found.by_name["plain"].docstring == "Say it."
    assert (found.by_name["plain"].first, found.by_name["plain"].last) == (3, 12)
    assert found.by_name["Outer"].bases == ("TestCase",)
    assert found.around(12).name == "plain"
    assert found.around(1) is None
    assert found.named_at(14, 8).name == "Outer"
    assert found.named_at(14, 2) is None


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_are_line_ends(end):
    this_tests(outline)
    assert places(outline(SOURCE.replace("\n", end))) == PLACES


def test_what_python_takes_for_a_space_is_no_line_end():
    this_tests(outline, lines_of)
    assert places(outline("x = 1\n\f\ndef one(): pass\n# \u2028 \x85\ndef two(): pass\n")) == [
        ("one", "function", 2, 4),
        ("two", "function", 4, 4),
    ]


def test_a_text_that_is_not_valid_keeps_what_it_still_has_at_its_present_lines():
    this_tests(outline)
    before = outline("def one(): pass\n\ndef two(): pass\n\nclass Three:\n    def four(self): pass\n")
    broken = outline(
        "import os\n\ndef one(): pass\n\nx = (\n\nclass Three:\n    def four(self): pass\n", before
    )
    assert not broken.valid
    assert places(broken) == [
        ("one", "function", 2, 4),
        ("Three", "class", 6, 6),
        ("Three.four", "method", 7, 8),
    ]
    mended = outline("x = 1\ndef one(): pass\n", broken)
    assert places(mended) == [("one", "function", 1, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "def f(): \0",
        "(" * 100_000,
        "def f(:",
        "-" * 200_000 + "1",
        "x = '\ud800'",
        "\\",
        '"""',
        "@",
        "class",
    ],
    ids=range(10),
)
def test_no_text_is_an_error(text):
    this_tests(outline)
    before = outline("def one(): pass\n")
    found = outline(f"{text}\ndef one(): pass\n", before)
    assert [item.name for item in found.definitions] in (["one"], [])
    assert outline(text).definitions == ()


PARTS = [
    "import os\n", "def f(a,\n    b):\n    return 1\n", "@d\n", "@d(\n  1)\ndef f(): pass\n", "class C:\n    def m(self): pass\n",
    'x = """\ndef no(): pass\n"""\n', "if a:\n    pass\n", "else:\n    def g(): pass\n", "# @ def\n", "\n", "x = (\n", ")\n",
    "async def h(): pass\n", "y = 1; \\\n", "'''\n", "try:\n    def t(): pass\nfinally:\n    pass\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_a_text_is_parsed_by_pieces_as_it_is_as_a_whole(parts):
    this_tests(read_syntax)
    text = "".join(parts)
    try:
        whole = ast.parse(text)
    except SyntaxError:
        with pytest.raises(SyntaxError):
            read_syntax(text, {})
        return
    found = read_syntax(text, {})
    assert ast.dump(ast.Module(found.body(), [])) == ast.dump(whole)
    lines = [
        node.lineno - 1
        for node in ast.walk(whole)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert sorted(item.line for item in found.definitions()) == sorted(lines)


def test_only_what_changed_is_parsed_again():
    this_tests(read_syntax)
    before = read_syntax("def one(): pass\ndef two(): pass\n", {})
    after = read_syntax("def zero(): pass\ndef one(): pass\ndef two(): return 1\n", before.pieces)
    kept = [piece for text, piece in after.pieces.items() if before.pieces.get(text) is piece]
    assert [item.name for piece in kept for item in piece.definitions] == ["one"]


@pytest.mark.parametrize(
    ("line", "column", "found"),
    [
        (0, 7, "mylib"),
        (2, 5, "mylib"),
        (2, 12, "mylib.Thing"),
        (2, 19, "mylib.Thing.run"),
        (3, 13, "mylib.add"),
        (3, 1, "call"),
        (4, 6, "x"),
        (9, 0, ""),
    ],
)
def test_the_name_at_a_place_is_read_from_the_syntax(line, column, found):
    this_tests(outline)
    text = "mylib = mylib\ndef f():\n    mylib.Thing().run\ncall('mylib.add', 'no name')\n'ä', x\n"
    place = outline(text)
    column = 1 if line == 0 else column
    assert place.expression_at(line, column) == found


@given(st.text("aä€😀\u0301", max_size=6), st.integers(0, 8))
def test_columns_are_counted_in_the_units_of_the_protocol(line, column):
    this_tests(units_of, column_of)
    sizes = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
    for encoding, codec in sizes.items():
        units = len(line[:column].encode(codec)) // (int(encoding[4:]) // 8)
        assert units_of(line, column, encoding) == units
        assert column_of(line, units, encoding) == min(column, len(line))


def test_a_unit_inside_of_a_character_is_before_it():
    this_tests(column_of)
    assert [column_of("a😀b", units) for units in range(6)] == [0, 1, 1, 2, 3, 3]


@pytest.mark.slow
def test_a_change_in_a_long_file_takes_milliseconds():
    this_tests(outline)
    text = "".join(f"def function_{number}(a, b):\n    return a[{number}] + b\n\n" for number in range(3_400))
    before = outline(text)
    changed = text.replace("a[5] + b", "a[5] - b").replace("a[99] + b", "a[99]\n")
    best = min(_seconds(changed, before) for _ in range(5))
    assert len(outline(changed, before).definitions) == 3_400
    assert best < 0.2  # 0.02 on an idle machine.


def _seconds(text, before):
    begun = time.process_time()
    outline(text, before)
    return time.process_time() - begun
