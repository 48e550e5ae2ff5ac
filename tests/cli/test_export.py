"""``this-tests export``: what the docs need where no tests run."""

import json

import pytest
from observing import store, store_observed

from this_tests import Entry, Link, Registry, load
from this_tests.registry.model import Observed

pytestmark = pytest.mark.this_tests(target="this_tests.cli")

DECLARED = Registry(callables={"mylib.add": Entry(declared={"tests/test_it.py::test_add": Link()})})


def test_the_file_has_declarations_and_examples_and_no_numbers(project, command):
    store(project, DECLARED)
    many = Observed(40, 2, {"tests/test_it.py::test_add": Link(direct=True)})
    store_observed(project.root / "test_observations", {"mylib.subtract": many})
    result = command("export", "-o", "docs/tests.json")
    assert (result.returncode, result.stderr) == (0, "this-tests: docs/tests.json: 2 callables\n")
    found = json.loads((project.root / "docs/tests.json").read_text(encoding="utf-8"))["callables"]
    assert found["mylib.add"] == {"declared": {"tests/test_it.py::test_add": {}}}
    assert found["mylib.subtract"].keys() - {"more"} == {"examples"}
    assert len(found["mylib.subtract"]["examples"]) == 12
    assert "40" not in json.dumps(found)


def test_what_is_exported_is_read_as_a_registry(project, command):
    store(project, DECLARED)
    store_observed(
        project.root / "test_observations", {"mylib.subtract": Observed(1, 0, {"t.py::test": Link()})}
    )
    command("export", "-o", "docs/tests.json")
    kinds = {
        name: [item.standing for item in load(project.root / "docs/tests.json").evidence(name)]
        for name in ("mylib.add", "mylib.subtract")
    }
    assert kinds == {"mylib.add": ["declared"], "mylib.subtract": ["indirect"]}


def test_inferred_evidence_is_added_on_request(project, command):
    project.tests("def test_subtract(): assert mylib.subtract(2, 1) == 1")
    assert command("export", "-o", "tests.json").returncode == 2  # There is nothing to export.
    assert command("export", "--inferred", "-o", "tests.json").returncode == 0
    (evidence,) = load(project.root / "tests.json").evidence("mylib.subtract")
    assert (evidence.kind, evidence.test) == ("inferred", "tests/test_it.py::test_subtract")
