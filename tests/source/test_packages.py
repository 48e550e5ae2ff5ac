"""Tests inside of a library are recognised in one way everywhere."""

import importlib
import sys

import pytest

from this_tests import NotInApiError, this_tests
from this_tests.names import Names
from this_tests.names.paths import is_public
from this_tests.observe.code_owner import CodeOwners
from this_tests.source.packages import is_test_module
from this_tests.source.public_api import public_callables

# By the name of a module whether it is one of the tests that the library ships.
MODULES = {
    "shipping": False,
    "shipping.attest": False,
    "shipping.conftest": True,
    "shipping.ops_test": True,
    "shipping.sub.tests.helpers": True,
    "shipping.test": False,
    "shipping.test.client": False,
    "shipping.test_ops": True,
    "shipping.testbed": False,
    "shipping.testing": False,
    "shipping.tests": True,
    "shipping.tests.helpers": True,
}
PACKAGES = {"shipping", "shipping.sub", "shipping.sub.tests", "shipping.test", "shipping.tests"}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Return the folder of a library in which each module defines one function."""
    for name in {*MODULES, *PACKAGES}:
        base = tmp_path.joinpath(*name.split("."))
        path = base / "__init__.py" if name in PACKAGES else base.with_name(f"{base.name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def f(): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "shipping"
    for name in [name for name in sys.modules if name.partition(".")[0] == "shipping"]:
        del sys.modules[name]


def test_a_module_of_tests_is_told_by_its_name():
    this_tests(is_test_module)
    assert {name: is_test_module(name) for name in MODULES} == MODULES


@pytest.mark.parametrize("name", ["test_kit", "test_kit.tools", "ops_test.tools"])
def test_a_library_may_be_called_like_a_test(name):
    this_tests(is_test_module)
    assert not is_test_module(name)


def test_the_api_that_coverage_lists_goes_by_it(library):
    this_tests(public_callables, is_test_module)
    listed = {name for function in public_callables({"shipping": library}) for name in function.names}
    assert {name: f"{name}.f" not in listed for name in MODULES} == MODULES


def test_the_recorder_goes_by_it(library):
    this_tests(is_public, Names.resolve, is_test_module)
    assert {name: not is_public(f"{name}.f") for name in MODULES} == MODULES
    functions = {name: importlib.import_module(name).f for name in MODULES}
    names = Names(["shipping"])
    for name, is_test in MODULES.items():
        if is_test:
            with pytest.raises(NotInApiError):
                names.resolve(functions[name], None)
        else:
            assert names.resolve(functions[name], None).name == f"{name}.f"


def test_observing_goes_by_it(library):
    this_tests(CodeOwners.owner, is_test_module)
    owners = CodeOwners(["shipping"], library.parent, files=["test_*.py", "*_test.py"], functions=["test"])
    files = {name: importlib.import_module(name).__file__ for name in MODULES}
    found = {name: owners.owner(file, name) for name, file in files.items()}
    assert found == {name: "tests" if is_test else "library" for name, is_test in MODULES.items()}
