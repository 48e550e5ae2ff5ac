"""Settings are added to a pyproject.toml, and all else in it stays as it is."""

import tomllib

import pytest

from this_tests import this_tests
from this_tests.scaffold.edits import NotEditableError
from this_tests.scaffold.settings_table import Setting, with_settings

LIBRARY = Setting("library", ("mylib",), "What is imported.")
OBSERVE = Setting("observe", value=True, comment="Each run notes it.")
BOTH = (LIBRARY, OBSERVE)
LINES = '# What is imported.\nlibrary = ["mylib"]\n# Each run notes it.\nobserve = true\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[tool.this-tests]\n{LINES}"),
        ('[project]\nname = "a"\n', f'[project]\nname = "a"\n\n[tool.this-tests]\n{LINES}'),
        ('[project]\nname = "a"', f'[project]\nname = "a"\n\n[tool.this-tests]\n{LINES}'),
        (
            '[[tool.mypy.overrides]]\nmodule = "ä"  # last',
            f'[[tool.mypy.overrides]]\nmodule = "ä"  # last\n\n[tool.this-tests]\n{LINES}',
        ),
        (
            '[tool.this-tests]\nmissing = "warn"\n[tool.x]\n',
            f'[tool.this-tests]\n{LINES}missing = "warn"\n[tool.x]\n',
        ),
        ("[tool.this-tests]", f"[tool.this-tests]\n{LINES}"),
        ('[ tool . "this-tests" ] # ours\n', f'[ tool . "this-tests" ] # ours\n{LINES}'),
        (
            "[tool.this-tests]\nobserve = false\n",
            '[tool.this-tests]\n# What is imported.\nlibrary = ["mylib"]\nobserve = false\n',
        ),
        (
            'text = """\n[tool.other]\n"""\n[tool.this-tests]\n',
            f'text = """\n[tool.other]\n"""\n[tool.this-tests]\n{LINES}',
        ),
    ],
)
def test_a_table_is_added_or_extended(before, after):
    this_tests(with_settings)
    assert with_settings(before, BOTH) == after
    assert with_settings(after, BOTH) == after


@pytest.mark.parametrize("before", ['[project]\r\nname = "a"\r\n', "[tool.this-tests]\r\n[tool.x]\r\n"])
def test_line_endings_stay(before):
    this_tests(with_settings)
    after = with_settings(before, BOTH)
    assert "\n" not in after.replace("\r\n", "")
    assert tomllib.loads(after)["tool"]["this-tests"] == {"library": ["mylib"], "observe": True}


@pytest.mark.parametrize(
    "before",
    [
        "[tool]\nthis-tests.missing = 'warn'\n",
        "[tool]\nthis-tests = {missing = 'warn'}\n",
        "tool = {}\n",
        'text = """\n[tool.this-tests]\n"""\n[tool]\nthis-tests = {}\n',
        "[project\n",
        "tool = 1\n",
        "[tool]\nthis-tests = 1\n",
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_what_to_add(before):
    this_tests(with_settings)
    with pytest.raises(NotEditableError) as caught:
        with_settings(before, BOTH)
    assert set(LINES.splitlines()) <= set(caught.value.lines)
