"""The extension is added to a conf.py in the format of its list, and all else in it stays as it is."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.scaffold.edits import NotEditableError
from this_tests.scaffold.sphinx_extensions import with_extension

BELOW = 'extensions = [*extensions, "sphinx_this_tests"]'
CASES = {
    "one line": ('extensions = ["a", "b"]\n', 'extensions = ["a", "b", "sphinx_this_tests"]\n'),
    "single quotes": ("extensions = ['a']\n", "extensions = ['a', 'sphinx_this_tests']\n"),
    "trailing comma": ('extensions = ["a",]\n', 'extensions = ["a", "sphinx_this_tests",]\n'),
    "empty": ("extensions = []\n", 'extensions = ["sphinx_this_tests"]\n'),
    "several lines": (
        'extensions = [\n  "a",\n  "b",  # why\n]\nx = 1\n',
        'extensions = [\n  "a",\n  "b",  # why\n  "sphinx_this_tests",\n]\nx = 1\n',
    ),
    "no comma at the end": (
        "extensions = [\n    'a',\n    'b'  # why, really\n]\n",
        "extensions = [\n    'a',\n    'b',  # why, really\n    'sphinx_this_tests'\n]\n",
    ),
    "comment at the end": (
        'extensions = [\n    "a",\n    # "b",\n]\n',
        'extensions = [\n    "a",\n    # "b",\n    "sphinx_this_tests",\n]\n',
    ),
    "bracket behind the last item": (
        "extensions = ['a',\n              'b']\n",
        "extensions = ['a',\n              'b',\n              'sphinx_this_tests']\n",
    ),
    "several in a line": (
        'extensions = [\n    "a", "b",\n]\n',
        'extensions = [\n    "a", "b",\n    "sphinx_this_tests",\n]\n',
    ),
    "empty, with a comment": (
        "extensions = [\n    # none yet\n]\n",
        'extensions = [\n    # none yet\n    "sphinx_this_tests",\n]\n',
    ),
    "tuple": ('extensions = ("a",)\n', 'extensions = ("a", "sphinx_this_tests",)\n'),
    "empty tuple": ("extensions = ()\n", 'extensions = ("sphinx_this_tests",)\n'),
    "bare tuple": ('extensions = "a", "b"\n', 'extensions = "a", "b", "sphinx_this_tests"\n'),
    "annotated": (
        'extensions: list[str] = ["a"]\n',
        'extensions: list[str] = ["a", "sphinx_this_tests"]\n',
    ),
    "added to": (
        'from base import *\nextensions += ["a"]\n',
        'from base import *\nextensions += ["a", "sphinx_this_tests"]\n',
    ),
    "assigned, then added to": (
        'extensions = base()\nextensions += [\n    "a",\n]\n',
        'extensions = base()\nextensions += [\n    "a",\n    "sphinx_this_tests",\n]\n',
    ),
    "assigned twice": (
        'extensions = ["a"]\nextensions = ["b"]\n',
        'extensions = ["a"]\nextensions = ["b", "sphinx_this_tests"]\n',
    ),
    "extended on a condition": (
        'extensions = ["a"]\nif x:\n    extensions += ["b"]\n',
        'extensions = ["a", "sphinx_this_tests"]\nif x:\n    extensions += ["b"]\n',
    ),
    "worked out": (
        'extensions = base + ["a"]\nx = 1\n',
        f'extensions = base + ["a"]\n{BELOW}\nx = 1\n',
    ),
    "worked out on the last line": ("extensions = list(base)", f"extensions = list(base)\n{BELOW}\n"),
    "item in parentheses": ('extensions = [("a")]\n', f'extensions = [("a")]\n{BELOW}\n'),
    "no variable": ('project = "a"\n', 'project = "a"\n\nextensions = ["sphinx_this_tests"]\n'),
    "nothing": ("", 'extensions = ["sphinx_this_tests"]\n'),
    "no newline at the end": ('project = "a"', 'project = "a"\n\nextensions = ["sphinx_this_tests"]\n'),
    "characters of several bytes": (
        'project = "ä"; extensions = ["ä", "b"]  # ö\n',
        'project = "ä"; extensions = ["ä", "b", "sphinx_this_tests"]  # ö\n',
    ),
    "a variable of a function": (
        "def setup(app):\n    extensions = [1]\n",
        'def setup(app):\n    extensions = [1]\n\nextensions = ["sphinx_this_tests"]\n',
    ),
    "carriage returns": (
        'extensions = [\r\n    "a"\r\n]\r\n',
        'extensions = [\r\n    "a",\r\n    "sphinx_this_tests"\r\n]\r\n',
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_the_list_keeps_its_format(before, after):
    this_tests(with_extension)
    assert with_extension(before) == after
    assert with_extension(after) == after


@pytest.mark.parametrize(
    "source",
    [
        'extensions = ["a", "sphinx_this_tests"]\n',
        'extensions = []\nif x:\n    extensions.append("sphinx_this_tests")\n',
        'def setup(app):\n    app.setup_extension("sphinx_this_tests")\n',
    ],
)
def test_a_file_that_names_it_stays(source):
    this_tests(with_extension)
    assert with_extension(source) == source


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("extensions = [\n", "line 1: cannot be parsed: '[' was never closed"),
        ('if x:\n    extensions = ["a"]\n', "its extensions depends on a condition"),
        ("from base import *\n", "its extensions may come from another place"),
        ('if x:\n    extensions += ["a"]\n', "its extensions may come from another place"),
        ("extensions = 1; x = (\n1)\n", "its extensions cannot be edited safely"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_what_to_add(source, reason):
    this_tests(with_extension)
    with pytest.raises(NotEditableError) as caught:
        with_extension(source)
    assert (str(caught.value), caught.value.lines) == (reason, (BELOW,))


ITEMS = ['"a"', "'ä'", "('c')", '"d" "e"', "x", "*y", '"""f"""', "f(1, [2])"]
GAPS = ["", " ", "\n", "\n    ", "  # no, ]\n"]
HEADS = ["", "ö = 1; ", "import sys\n", '"""Docs\n"""\n']


@st.composite
def sources(draw):
    """Return a source with some list, or tuple, of extensions."""
    gaps, items = st.sampled_from(GAPS), draw(st.lists(st.sampled_from(ITEMS), max_size=3))
    opening, closing = draw(st.sampled_from(["[]", "()"]))
    body = "".join(f"{item}{draw(gaps)},{draw(gaps)}" for item in items)
    if draw(st.booleans()) and (opening == "[" or len(items) > 1):
        body = body.rpartition(",")[0]
    tail = draw(st.sampled_from(["", "; z = 1", "  # end", "\n", "\nz = 1"]))
    source = f"{draw(st.sampled_from(HEADS))}extensions = {opening}{draw(gaps)}{body}{closing}{tail}"
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def extensions_of(source):
    values = {"x": "x", "y": ["y"], "f": lambda *_: "f"}
    exec(source, values)
    return list(values["extensions"])


@given(sources())
def test_any_list_has_one_more_item_and_no_other(source):
    this_tests(with_extension)
    try:
        before = extensions_of(source)
    except SyntaxError:
        reject()
    after = with_extension(source)
    assert extensions_of(after) == [*before, "sphinx_this_tests"]
    assert "\r\n" not in source or "\n" not in after.replace("\r\n", "")
