"""Everything that a user can set, see or read in a message is in the docs."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import sphinx_this_tests.build_warnings
import sphinx_this_tests.config
import this_tests as face
from this_tests import this_tests
from this_tests.check.findings import RULES
from this_tests.settings import Settings, describe

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


def terms(page):
    """Return the terms that a page of the reference defines: code at the start of a line, or of a row."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return set(re.findall(r"^(?:\| )?`([\w.=|-]+)[^`\n]*`", text, re.MULTILINE))


def test_each_setting_is_explained():
    this_tests(Settings, describe)
    assert set(describe()) <= terms("settings.md")


def test_each_rule_of_the_check_is_explained_in_the_same_words():
    this_tests("this_tests.check.rules")
    text = (REFERENCE / "command.md").read_text(encoding="utf-8").replace("`", "")
    assert set(RULES) <= terms("command.md")
    assert all(sentence.rstrip(".") in text for sentence in RULES.values())


def test_each_option_of_pytest_is_explained(pytester):
    this_tests("this_tests.pytest_plugin")
    # pytest-asyncio would warn that its scope is not set.
    text = pytester.runpytest("-p", "no:asyncio", "--help").stdout.str()
    options = set(re.findall(r"--this-tests-[\w-]+", text))
    assert {term.partition("=")[0] for term in terms("pytest.md")} >= options


def test_each_setting_of_sphinx_is_explained():
    this_tests(sphinx_this_tests.config.ConfValues)
    names = {f"this_tests_{field.name}" for field in fields(sphinx_this_tests.config.ConfValues)}
    assert names <= terms("sphinx.md")


def test_each_warning_of_sphinx_is_explained():
    this_tests("sphinx_this_tests.build_warnings")
    names = {f"this_tests.{name}" for name in sphinx_this_tests.build_warnings.__all__}
    assert names == {term for term in terms("sphinx.md") if term.startswith("this_tests.")}


@pytest.mark.parametrize("name", face.__all__)
def test_each_public_name_has_its_entry(name):
    this_tests("this_tests")
    text = (REFERENCE / "api.md").read_text(encoding="utf-8")
    assert re.search(rf"^\.\. auto\w+:: {name}$", text, re.MULTILINE)


def test_the_readme_has_the_two_commands_that_the_makefile_has():
    this_tests("na")
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in ("demo", "test"):
        assert f"$ make {target} " in readme
        assert re.search(rf"^{target}: .*## ", makefile, re.MULTILINE)


def test_ci_runs_the_readmes_test_command():
    this_tests("na")
    assert re.search(
        r"^    make_with .*\btest$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE
    )


WITHOUT_THIS_TESTS = """
    import sys
    from importlib.machinery import PathFinder

    class Without(PathFinder):
        @classmethod
        def find_spec(cls, name, path=None, target=None):
            return None if name.partition(".")[0] == "this_tests" else super().find_spec(name, path, target)

    sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""


@pytest.mark.slow
def test_the_lines_for_a_suite_without_this_tests_run_it(project, monkeypatch):
    this_tests("na")
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    lines = text.partition("not installed")[2].partition("```python\n")[2].partition("```")[0]
    project.write({"without.py": WITHOUT_THIS_TESTS})
    project.tests("def test_it(): this_tests(mylib.add)\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(project.root), prepend=":")
    assert project.run_apart("-p", "without", "tests").parseoutcomes()["errors"] == 1
    project.write({"conftest.py": lines})
    assert project.run_apart("-p", "without", "tests").parseoutcomes()["passed"] == 1
