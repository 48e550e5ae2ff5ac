"""Where a test expects an error, and which values it checks."""

import ast
import textwrap

import pytest

from this_tests import this_tests
from this_tests.docs.snippets.assertions import checks_value
from this_tests.docs.snippets.refusals import refusing


def refusing_lines(source: str) -> list[str]:
    lines = textwrap.dedent(source).strip().splitlines()
    (test,) = ast.parse("\n".join(lines)).body
    assert isinstance(test, ast.FunctionDef)
    found = {line for part in refusing(test) for line in part}
    return [line.strip() for number, line in enumerate(lines, 1) if number in found]


def test_a_block_that_expects_an_error():
    this_tests(refusing)
    source = "def test():\n    lib.f()\n    with pytest.raises(E):\n        lib.g()"
    assert refusing_lines(source) == ["with pytest.raises(E):", "lib.g()"]


def test_a_function_in_the_test_that_is_expected_to_raise():
    this_tests(refusing)
    source = """
        def test(self):
            def f():
                return lib.f()
            def g():
                return lib.g()
            self.assertRaisesRegex(E, "text", f)
            self.assertEqual(g(), 1)
    """
    assert refusing_lines(source) == ["def f():", "return lib.f()", 'self.assertRaisesRegex(E, "text", f)']


@pytest.mark.parametrize(
    ("mark", "lines"), [("pytest.mark.xfail(raises=E)", 2), ("pytest.mark.xfail", 0), ("mark.xfail('x')", 0)]
)
def test_a_test_that_is_expected_to_fail_with_an_error(mark, lines):
    this_tests(refusing)
    assert len(refusing_lines(f"@{mark}\ndef test():\n    lib.f()")) == lines


@pytest.mark.parametrize(
    ("handler", "lines"),
    [
        ("except E as error:\n        assert str(error) == snapshot", 2),
        ("except E as error:\n        print(error)", 0),
        ("except E:\n        assert True", 0),
    ],
)
def test_an_error_that_is_caught_and_compared(handler, lines):
    this_tests(refusing)
    assert len(refusing_lines(f"def test():\n    try:\n        lib.f()\n    {handler}")) == lines


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("assert f() == 1", True),
        ("assert f() == [a]", True),
        ("self.assertEqual(f(), 'a')", True),
        ("for x in y:\n    assert x == 'a'", True),
        ("assert f() is None", False),
        ("assert f() == True", False),
        ("assert a == b", False),
        ("f(1)", False),
    ],
)
def test_a_value_that_is_written_out(statement, expected):
    this_tests(checks_value)
    assert checks_value(ast.parse(statement).body[0]) == expected
