"""Declarations that are taken out of a file again."""

from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.source.parsing import parsed
from this_tests.suite.call_roles import defined_once
from this_tests.suite.codemod import declared_in
from this_tests.suite.removal import without_declarations

TESTS = Path(__file__).parents[1]
IMPORT = "from this_tests import this_tests\n"


@pytest.mark.parametrize(
    ("source", "expected", "count"),
    [
        (f"{IMPORT}\n\ndef test_it():\n    this_tests(f)\n", "def test_it():\n    pass\n", 1),
        (f"{IMPORT}\n\ndef test_it(): this_tests(f)\n", "def test_it(): pass\n", 1),
        (f"{IMPORT}\n\ndef test_it(): this_tests(f); g()\n", "def test_it(): g()\n", 1),
        (f"{IMPORT}\n\ndef test_it():\n    g(); this_tests(f)", "def test_it():\n    g()", 1),
        (
            f"{IMPORT}\n\ndef test_it():\n    this_tests(f)  # about it\n    this_tests(g)\n",
            "def test_it():\n    pass  # about it\n",
            2,
        ),
        (
            f"{IMPORT}\n\ndef test_it():\n    'Doc.'\n    this_tests(\n        f,\n        g,\n    )\n",
            "def test_it():\n    'Doc.'\n",
            1,
        ),
        (
            "import this_tests as tt\nimport os\n\ntt.this_tests(os)\n",
            "import os\n\n",
            1,
        ),
        (
            "from this_tests import load, this_tests as says\n\n\ndef test_it():\n\tsays(f)\n\tload(p)\n",
            "from this_tests import load\n\n\ndef test_it():\n\tload(p)\n",
            1,
        ),
        (
            "import pytest\n\n\n@pytest.mark.slow\n@pytest.mark.this_tests(\n    target=f,\n)\ndef test_it(): g()\n",
            "import pytest\n\n\n@pytest.mark.slow\ndef test_it(): g()\n",
            1,
        ),
        (
            "import pytest\n\npytestmark = pytest.mark.this_tests(f, g)\nX = 1\n",
            "import pytest\n\nX = 1\n",
            1,
        ),
        (
            "class TestIt:\n    pytestmark = [pytest.mark.this_tests(target=f)]\n",
            "class TestIt:\n    pass\n",
            1,
        ),
        (
            "pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target=f)]\n",
            "pytestmark = [pytest.mark.slow]\n",
            1,
        ),
        (
            "pytestmark = [pytest.mark.this_tests(target=f), pytest.mark.slow]\n",
            "pytestmark = [pytest.mark.slow]\n",
            1,
        ),
        (
            "pytestmark = [\n    pytest.mark.slow,  # it is\n    pytest.mark.this_tests(target=f),  # it\n]\n",
            "pytestmark = [\n    pytest.mark.slow,  # it is\n]\n",
            1,
        ),
        (
            "def test_it():  # this-tests: off (made by a tool)\n    # this-tests: off (x)\n    f()  # noqa  # this-tests: off (y)\n",
            "def test_it():\n    f()  # noqa\n",
            3,
        ),
        (
            f"{IMPORT}\n\ndef test_it():\n    if x:\n        this_tests(f)\n    else:\n        this_tests(g)\n",
            "def test_it():\n    if x:\n        pass\n    else:\n        pass\n",
            2,
        ),
        # What still uses the import keeps it, and what is no declaration of ours stays.
        (
            f"{IMPORT}\n\ndef test_it():\n    this_tests(f)\n    g(this_tests)\n",
            f"{IMPORT}\n\ndef test_it():\n    g(this_tests)\n",
            1,
        ),
        (f'{IMPORT}\n__all__ = ["this_tests"]\nthis_tests(f)\n', f'{IMPORT}\n__all__ = ["this_tests"]\n', 1),
        ("def this_tests(x): ...\n\n\nthis_tests(f)\n", None, 0),
        (f"{IMPORT}\nx = [this_tests(f)]\n", None, 0),
        (IMPORT, None, 0),
        ("text = '# this-tests: off (not a comment)'\n", None, 0),
    ],
)
def test_declarations_go_and_the_rest_stays(source, expected, count):
    this_tests(without_declarations)
    assert without_declarations(source.encode()) == ((expected or source).encode(), count)


@pytest.mark.parametrize(
    "source",
    [
        b"import lib\r\n\r\n\r\ndef test_it():\r\n\tlib.f()\r\n",
        b"import lib\n\n\ndef test_it():\n\tlib.f()",
        b"\xef\xbb\xbfimport lib\n\n\ndef test_it():\n    lib.f()\n",
        "# -*- coding: latin-1 -*-\nimport lib\n\n\ndef test_it():\n    'é'\n    lib.f('é')  # é\n".encode(
            "latin-1"
        ),
        "# coding: shift_jis\nimport lib\n\n\ndef test_it(): lib.f('表'); g()\n".encode("shift_jis"),
        b"import lib\n\x0c\n\ndef test_it():\n    lib.f()\n\n\x0c\ndef g(): ...\n",
        b"import lib\n\n\ndef test_it():\n    # A comment.\n\n    lib.f()\n",
        b"import lib\n\n\ndef test_it():\n    def inner():\n        lib.f()\n",
        b"import lib\n\n\ndef test_it():\n\n    class Inner: ...\n",
        b"import lib\n\n\ndef test_it():\n    '''Doc.'''\n    @lib.f\n    def inner(): ...\n",
        b"import lib\r\n\n\ndef test_it():\n    lib.f()\r\n    g()\n",
        b"import lib\n\n\nclass TestIt:\n    async def test_it(self): ...\n\n    def test_other(self, x=(\n        1)): return lib.f()\n",
    ],
)
def test_a_fix_can_be_taken_out_byte_for_byte(source):
    this_tests(without_declarations, declared_in)
    names = [*defined_once(parsed(source))]
    fixed = declared_in(source, {name: ["lib.f"] for name in names})
    assert fixed != source
    assert without_declarations(fixed) == (source, len(names))


@pytest.mark.slow
def test_a_fix_of_our_own_tests_can_be_taken_out_byte_for_byte(subtests):
    this_tests(without_declarations, declared_in)
    for path in sorted(TESTS.glob("[crs]*/test_*.py"))[::3]:
        with subtests.test(path.name):
            bare, _ = without_declarations(path.read_bytes())
            names = [*defined_once(parsed(bare))]
            fixed = declared_in(bare, {name: ["lib.f"] for name in names})
            assert without_declarations(fixed) == (bare, len(names))
