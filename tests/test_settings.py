"""The sources of settings, and the messages for wrong ones."""

import textwrap

import pytest

from this_tests import SettingsError, this_tests
from this_tests.settings import Settings, describe, find_project, read_project


def write(root, text):
    (root / "pyproject.toml").write_text(textwrap.dedent(text))
    return root


def test_a_project_without_a_file_has_the_defaults(tmp_path):
    this_tests(read_project)
    project = read_project(tmp_path)
    assert project.settings == Settings()
    assert not project.configured
    assert project.registry == tmp_path / "test_registry.json"


def test_the_table_sets_each_setting(tmp_path):
    this_tests(read_project, Settings)
    write(
        tmp_path,
        """
        [tool.this-tests]
        library = ["a", "b"]
        registry = "docs/r.json"
        missing = "error"
        guide = "https://a.example/testing"
        markers = ["gpu"]
        inventory = ["docs/objects.inv"]
        private = true
        """,
    )
    project = read_project(tmp_path)
    assert project.configured
    assert project.settings == Settings(
        library=("a", "b"),
        registry="docs/r.json",
        missing="error",
        guide="https://a.example/testing",
        markers=("gpu",),
        inventory=("docs/objects.inv",),
        private=True,
    )
    assert project.inventories() == (tmp_path / "docs/objects.inv",)


def test_an_empty_table_is_a_configuration_too(tmp_path):
    this_tests(read_project)
    write(tmp_path, "[project]\nname = 'mypkg'\n[tool.this-tests]").joinpath("mypkg").mkdir()
    project = read_project(tmp_path)
    assert project.configured
    assert project.library == ("mypkg",)


def test_a_project_is_found_upwards(tmp_path):
    this_tests(find_project)
    write(tmp_path, "[tool.this-tests]\nlibrary = ['a']")
    inner = tmp_path / "docs" / "source"
    inner.mkdir(parents=True)
    assert find_project(inner).root == tmp_path
    assert find_project(inner / "conf.py").library == ("a",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool.this-tests]\nlibary = []", "unknown setting (known: library, registry, missing"),
        ("[tool.this-tests]\nlibrary = 'a'", "Expected `array`, got `str` - at `$.library`"),
        ("[tool.this-tests]\nguide = 'see the docs'", "matching regex '^\\\\S*$' - at `$.guide`"),
        ("[tool.this-tests]\nmissing = 'never'", "Invalid enum value 'never' - at `$.missing`"),
        (
            "[tool.this-tests]\nlibrary = ['my-pkg']",
            "library: 'my-pkg' is not the import name of a whole package",
        ),
        ("[tool.this-tests]\nlibrary = ['acme.tools']", "did you mean 'acme'?"),
        ("[tool.this_tests]\nlibrary = ['a']", "[tool.this_tests] is ignored"),
        ("[tool]\nthis-tests = 'a'", "Expected `object`, got `str`"),
        ("[tool.this-tests\n", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_reported_with_its_place(tmp_path, text, reason):
    this_tests(read_project, SettingsError)
    write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read_project(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "files", "library"),
    [
        ("[project]\nname = 'my-pkg'", ["my_pkg/__init__.py"], ("my_pkg",)),
        ("[project]\nname = 'my-pkg'", ["src/my_pkg/__init__.py"], ("my_pkg",)),
        ("[project]\nname = 'MyPkg'", ["mypkg/__init__.py"], ("mypkg",)),
        ("[project]\nname = 'single'", ["single.py"], ("single",)),
        ("[project]\nname = 'ns.part'", ["src/ns_part/__init__.py"], ("ns_part",)),
        ("[tool.hatch.build.targets.wheel]\npackages = ['src/a', 'src/b']", [], ("a", "b")),
        ("[tool.setuptools]\npackages = ['a', 'a.sub']", [], ("a",)),
        ("[tool.poetry]\nname = 'x'\npackages = [{include = 'a', from = 'lib'}]", [], ("a",)),
        ("[tool.poetry]\nname = 'my-pkg'", ["my_pkg/__init__.py"], ("my_pkg",)),
        ("[tool.flit.module]\nname = 'a'", [], ("a",)),
        ("[tool.uv.build-backend]\nmodule-name = 'a'", [], ("a",)),
        ("[tool.uv.build-backend]\nmodule-name = ['a', 'b.c']", [], ("a", "b")),
        ("[project]\nname = 'nowhere'", [], ()),
        ("", [], ()),
    ],
)
def test_the_library_is_inferred_from_the_projects_files(tmp_path, text, files, library):
    this_tests(read_project)
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert read_project(write(tmp_path, text)).library == library


def test_a_configured_library_wins_over_an_inferred_one(tmp_path):
    this_tests(read_project)
    write(tmp_path, "[tool.flit.module]\nname = 'a'\n[tool.this-tests]\nlibrary = ['b']")
    assert read_project(tmp_path).library == ("b",)


def test_each_setting_has_a_type_and_a_help_text():
    this_tests(describe)
    assert set(describe()) == set(Settings.__struct_fields__)
    assert all(text.endswith(".") for _, text in describe().values())
