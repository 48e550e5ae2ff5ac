"""The inventory that mkdocstrings writes, as the command reads it from the folder of a built site."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mkdocs_sites import MkDocsSite

from this_tests import this_tests
from this_tests.check.api import read_api
from this_tests.settings import Project, read_project
from this_tests.source.inventory import Inventory, read_inventory

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inventory(tmp_path_factory) -> bytes:
    made = MkDocsSite(tmp_path_factory.mktemp("inventory") / "project", "mkdocs")
    made.add("site.txt")
    return (made.build({}).folder / "objects.inv").read_bytes()


@pytest.fixture
def project(site: MkDocsSite, inventory: bytes) -> Path:
    (site.root / "site").mkdir()
    (site.root / "site/objects.inv").write_bytes(inventory)
    return site.root


def counted(root: Path) -> tuple[int, str]:
    """Return how many callables `coverage` counts, and what it says besides."""
    command = [sys.executable, "-m", "this_tests", "coverage", "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return len(json.loads(done.stdout)["callables"]), done.stderr


def test_where_an_object_is_defined_is_an_alias(project: Path):
    this_tests(read_inventory)
    inventory = read_inventory(project / "site/objects.inv")
    assert [name for name in inventory.entries if "_impl" in name] == []
    assert inventory.canonical["pkg._impl.add"] == "pkg.add"
    assert inventory.canonical["pkg._impl.Base.size"] == "pkg.Base.size"
    # Inherited members are described as those of the subclass.
    assert {"pkg.add", "pkg.Base.size", "pkg.Sub.method"} <= inventory.callables


def test_the_command_finds_it_in_the_site(project: Path):
    this_tests(read_api, Project.built_inventory)
    assert counted(project) == (14, "")
    (project / "site/objects.inv").unlink()
    # Without it, inherited members count with their class.
    assert counted(project) == (9, "")


def test_one_that_cannot_be_used_is_as_if_it_were_not_there(project: Path, inventory: bytes):
    this_tests(read_api, Inventory.lists)
    (project / "site/objects.inv").write_bytes(b"no inventory")
    number, said = counted(project)
    assert number == 9
    assert "this is no Sphinx inventory" in said
    (project / "site/objects.inv").write_bytes(inventory)
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(text.replace('"pkg"', '"other"'), encoding="utf-8")
    assert read_api(read_project(project), print).callables == ()


def test_the_name_that_a_test_is_recorded_under_needs_no_build(project: Path):
    this_tests(Project.inventories)
    assert read_project(project).inventories() == ()


def test_a_setting_comes_before_it(project: Path):
    this_tests(Project.built_inventory)
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(f'{text}inventory = ["docs/objects.inv"]\n', encoding="utf-8")
    assert read_project(project).built_inventory() is None
