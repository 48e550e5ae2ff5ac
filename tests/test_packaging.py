"""The wheel, and the three packages that it installs."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel, from the source distribution as an index would."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_our_three_packages_and_what_children_begin_with(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "this_tests",
        "sphinx_this_tests",
        "griffe_this_tests",
        "this_tests_children.pth",
    }


def test_the_wheel_ships_types_templates_and_styles(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"{top}/py.typed" for top in ("this_tests", "sphinx_this_tests", "griffe_this_tests")} <= names
    assert any(name.startswith("griffe_this_tests/templates/material/") for name in names)
    assert any(name.startswith("this_tests/docs/templates/") for name in names)
    assert any(name.startswith("this_tests/docs/static/") for name in names)
    assert any(name.startswith("this_tests/docs/locales/") and name.endswith(".mo") for name in names)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel into a separate folder."""
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--quiet",
        "--target",
        str(folder),
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def test_the_command_and_the_extension_tell_the_version_that_pyproject_states(installed, tmp_path):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    (tmp_path / "conf.py").write_text("extensions = ['sphinx_this_tests']\n")
    (tmp_path / "index.rst").write_text("Title\n=====\n")
    extension = (
        "from sphinx.application import Sphinx\n"
        "app = Sphinx('.', '.', 'out', 'out', 'dummy', status=None)\n"
        "print('this-tests', app.extensions['sphinx_this_tests'].version)\n"
    )
    for command in (["-m", "this_tests", "--version"], ["-c", extension]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"this-tests {version}\n"


@pytest.mark.parametrize("name", ["registry", "sphinx_ext", "griffe_ext"])
def test_a_package_of_the_users_with_our_folders_names_lives_in_peace(installed, tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("def mine(): return 'mine'\n")
    (tmp_path / "pyproject.toml").write_text(f"[tool.this-tests]\nlibrary = ['{name}']\n")
    (tmp_path / "test_it.py").write_text(
        f"import {name}, sphinx_this_tests\nfrom this_tests import this_tests\n"
        f"def test_it():\n    this_tests({name}.mine)\n    assert {name}.mine() == 'mine'\n"
        "def test_ours():\n    this_tests('na')\n"
        f"    assert sphinx_this_tests.__file__.startswith({str(installed)!r})\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{installed}:{tmp_path}")
    command = [sys.executable, "-m", "pytest", "-q", "--this-tests-missing=error"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "1 callable, 1 link, 1 new" in result.stdout


def test_two_builds_of_the_wheel_are_the_same_file(wheel, tmp_path):
    """Also from another folder, where each file is new and readable only by its owner."""
    for folder in ("registry", "sphinx_ext", "griffe_ext"):
        caches = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=caches, copy_function=shutil.copyfile)
    for file in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copyfile(ROOT / file, tmp_path / file)
    for path in tmp_path.rglob("*.py"):
        path.chmod(0o600)
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "TZ": "Asia/Tokyo"})
    assert next(tmp_path.glob("dist/*.whl")).read_bytes() == wheel.read_bytes()
