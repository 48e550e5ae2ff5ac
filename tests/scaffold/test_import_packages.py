"""The library of a project is found by its files, whatever tool builds it."""

import pytest

from this_tests import this_tests
from this_tests.scaffold.import_packages import find_import_packages, find_members

SHAPES = {
    "src": (["src/a/__init__.py", "src/a.egg-info/PKG-INFO", "src/b.py"], {}, ("a", "b")),
    "src, a namespace": (["src/company/product/__init__.py"], {}, ("company",)),
    "flat": (["a/__init__.py", "tests/__init__.py", "docs/conf.py", "setup.py", "conftest.py"], {}, ("a",)),
    "flat, by the project's name": (
        ["my_lib/__init__.py", "helpers/__init__.py"],
        {"setup.cfg": "[metadata]\nname = My-Lib\n"},
        ("my_lib",),
    ),
    "flat, a namespace": (["company/product/__init__.py", "notes/a.txt"], {}, ("company",)),
    "one module": (["a.py", "test_a.py", "noxfile.py"], {}, ("a",)),
    "several modules": (["a.py", "b.py"], {}, ()),
    "several modules, listed": (
        ["a.py", "b.py", "c.py"],
        {"setup.py": "from setuptools import setup\nsetup(py_modules=['a', 'b'])\n"},
        ("a", "b"),
    ),
    "a folder of setup.py": (
        ["code/a/__init__.py"],
        {"setup.py": "import setuptools\nsetuptools.setup(packages=setuptools.find_packages('code'))\n"},
        ("a",),
    ),
    "package_dir of setup.py": (
        ["code/a/__init__.py"],
        {
            "setup.py": "from setuptools import setup\nsetup(package_dir={'': 'code'}, packages=['a', 'a.b'])\n"
        },
        ("a",),
    ),
    "package_dir of setup.cfg": (
        ["code/a/__init__.py"],
        {"setup.cfg": "[options]\npackage_dir =\n    = code\npackages = find:\n"},
        ("a",),
    ),
    "where of setup.cfg": (
        ["code/a/__init__.py"],
        {"setup.cfg": "[options]\npackages = find:\n[options.packages.find]\nwhere = code\n"},
        ("a",),
    ),
    "setuptools": (
        ["code/a/__init__.py"],
        {"pyproject.toml": "[tool.setuptools.packages.find]\nwhere = ['code']\n"},
        ("a",),
    ),
    "poetry": (
        ["code/a/__init__.py"],
        {"pyproject.toml": "[tool.poetry]\nname = 'b'\npackages = [{include = '*', from = 'code'}]\n"},
        ("a",),
    ),
    "maturin": (
        ["python/a/__init__.py", "src/lib.rs"],
        {"pyproject.toml": "[tool.maturin]\npython-source = 'python'\nmodule-name = 'a._core'\n"},
        ("a",),
    ),
    "files that cannot be read": (
        ["a/__init__.py"],
        {"pyproject.toml": "[", "setup.cfg": "a", "setup.py": "("},
        ("a",),
    ),
    "nothing": (["README.md"], {}, ()),
}


@pytest.fixture
def make(tmp_path):
    """Return a function that makes empty files, and files with a content."""

    def made(files, contents=()):
        for name, text in {**dict.fromkeys(files, ""), **dict(contents)}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return made


@pytest.mark.parametrize(("files", "contents", "packages"), SHAPES.values(), ids=SHAPES)
def test_it_is_found(make, files, contents, packages):
    this_tests(find_import_packages)
    assert find_import_packages(make(files, contents)) == packages


def test_the_projects_of_a_monorepo_are_found(make):
    this_tests(find_members)
    root = make(["packages/b/setup.py", "packages/a/pyproject.toml", "tool/setup.cfg", "examples/x/setup.py"])
    names = [path.relative_to(root).as_posix() for path in find_members(root)]
    assert names == ["packages/a", "packages/b", "tool"]


def test_a_workspace_names_its_projects(make):
    this_tests(find_members)
    table = {"pyproject.toml": "[tool.uv.workspace]\nmembers = ['libs/*']\n"}
    root = make(["libs/a/pyproject.toml", "other/b/pyproject.toml"], table)
    assert [path.name for path in find_members(root)] == ["a"]
