"""A site of several packages, each with its registry, its observations and its tests."""

import json
import shutil

import pytest
from observing import store_observed, store_proofs
from sites import Site

import sphinx_this_tests
from this_tests import Entry, Registry, this_tests
from this_tests.docs import monorepo
from this_tests.registry.model import Link, Observed

PAGES = """Reference
=========

.. py:function:: one.f

.. py:function:: two.f

.. py:function:: two.alias

:test:`packages/two/tests/test_x.py::test_f`
"""
LISTED = ["../packages/one/test_registry.json", "../packages/two/test_registry.json"]


@pytest.fixture
def packages(site: Site) -> Site:
    """Two packages with the same test file; the tests of the first also declare a function of the second."""
    for name in ("one", "two"):
        folder = f"packages/{name}"
        site.write(
            f"{folder}/pyproject.toml",
            f'[project]\nname = "{name}"\n[tool.this-tests]\nlibrary = ["{name}"]\n',
        )
        site.write(
            f"{folder}/src/{name}/__init__.py",
            f"from {name}.inner import f\nfrom {name}.inner import f as alias\n",
        )
        site.write(f"{folder}/src/{name}/inner.py", "def f():\n    return 1\n")
        site.write(
            f"{folder}/tests/test_x.py",
            f'from {name} import f\n\ndef test_f():\n    """Of {name}."""\n    assert f() == 1\n',
        )
        site.write(f"{folder}/tests/test_more.py", "")
        declared = {f"{name}.f": {"declared": {"tests/test_x.py::test_f": {}}}}
        if name == "one":
            declared["two.f"] = {"declared": {"tests/test_x.py::test_other": {}}}
        site.write(
            f"{folder}/test_registry.json", json.dumps({"format": 1, "callables": declared, "tests": {}})
        )
        observed = Observed(tests=12, direct=3, examples={"tests/test_x.py::test_f": Link(direct=True)})
        store_observed(site.root / folder / "test_observations", {f"{name}.f": observed})
    site.write("docs/conf.py", f'extensions = ["sphinx_this_tests"]\nthis_tests_registry = {LISTED!r}\n')
    site.write("docs/index.rst", PAGES)
    return site


def test_each_name_has_the_tests_of_the_package_that_owns_it(packages: Site):
    this_tests(sphinx_this_tests.setup, monorepo.joined, monorepo.owners)
    built = packages.build(this_tests_source_url="https://example.org/{path}#L{line}")

    assert built.warnings == ""
    for name in ("one", "two"):
        section = built.section(f"{name}.f")
        first = section.select_one(".this-tests-test")
        assert first["data-test"] == f"packages/{name}/tests/test_x.py::test_f"
        assert first.select_one(".this-tests-doc").text == f"Of {name}."
        assert (
            first.select_one(".this-tests-place")["href"]
            == f"https://example.org/packages/{name}/tests/test_x.py#L3"
        )
        assert first.select_one(".hll").text.strip() == "assert f() == 1"
        assert f"pytest packages/{name}/tests/test_x.py::test_f" in first.text
        assert all(test.startswith(f"packages/{name}/") for test in built.tests(f"{name}.f"))
        assert section.select_one(".this-tests-counts").text.startswith("12 tests")
        assert f"_this_tests/files/packages-{name}-tests-test_x.py.html" in str(section)
    # A re-export is found in the sources of its package.
    assert built.tests("two.alias") == built.tests("two.f")
    overview = built.soup("_this_tests/overview.html")
    assert [row["data-api"] for row in overview.select("tr[data-api]")] == ["one.f", "two.alias", "two.f"]
    (role,) = built.soup().select("p > a.reference")
    assert role["href"] == "_this_tests/files/packages-two-tests-test_x.py.html#test_f"
    listed = built.soup("_this_tests/two.f.html")
    assert all("packages/two/" in heading.text for heading in listed.select(".this-tests-all h3"))


def test_a_change_in_one_registry_writes_its_pages_again(packages: Site):
    this_tests(monorepo.joined)
    packages.write("docs/one.rst", ":orphan:\n\nOne\n===\n\n.. py:function:: one.g\n")
    packages.build()

    assert packages.build().written == []
    registry = packages.root / "packages/one/test_registry.json"
    content = json.loads(registry.read_text(encoding="utf-8"))
    content["callables"]["one.g"] = {"declared": {"tests/test_x.py::test_f": {}}}
    registry.write_text(json.dumps(content), encoding="utf-8")
    built = packages.build()
    assert built.written == ["one"]
    assert built.tests("one.g", "one.html") == ["packages/one/tests/test_x.py::test_f"]


def test_a_package_without_a_registry_leaves_the_others(packages: Site):
    this_tests("sphinx_this_tests.build_warnings.registry")
    shutil.rmtree(packages.root / "packages/one")

    built = packages.build(suppress_warnings=["ref.test"])

    assert "no tests of its package are shown: " in built.warnings
    assert built.tests("two.f")[0] == "packages/two/tests/test_x.py::test_f"


def test_the_common_folder_can_be_chosen(packages: Site):
    this_tests("sphinx_this_tests.config.paths")
    built = packages.build(this_tests_root="../packages", suppress_warnings=["ref.test"])
    assert "this_tests_root = '../packages': must" not in built.warnings
    assert built.tests("two.f")[0] == "two/tests/test_x.py::test_f"
    wrong = packages.build(this_tests_root="../packages/one")
    assert (
        "this_tests_root = '../packages/one': must be above the packages of this_tests_registry"
        in wrong.warnings
    )
    assert wrong.tests("two.f")[0] == "packages/two/tests/test_x.py::test_f"


@pytest.mark.parametrize(
    ("registry", "said"), [([], "must name a file"), ([1], "must be str"), (1, "must be str")]
)
def test_a_list_of_anything_else_is_refused(packages: Site, registry: object, said: str):
    this_tests("sphinx_this_tests.config.problems")
    assert said in packages.build(this_tests_registry=registry).warnings


def test_the_longest_name_of_a_library_owns_and_of_what_nobody_owns_all_tests_count():
    this_tests(monorepo.joined, monorepo.owners)

    def package(prefix: str, library: str, *names: str) -> monorepo.Package:
        observed = Observed(tests=2, direct=1, examples={"t.py::test": Link()})
        return monorepo.Package(
            prefix, (library,), Registry({name: Entry(observed=observed) for name in names})
        )

    first = package("a/", "acme", "acme.x.f", "acme.g", "other.f")
    second = package("b/", "acme.x", "acme.x.f", "other.f")

    found = monorepo.joined([first, second])

    assert {name: list(entry.observed.examples) for name, entry in found.callables.items()} == {
        "acme.g": ["a/t.py::test"],
        "acme.x.f": ["b/t.py::test"],
        "other.f": ["a/t.py::test", "b/t.py::test"],
    }
    assert (found.callables["other.f"].observed.tests, found.callables["other.f"].observed.direct) == (4, 2)
    assert first.node_id("pkg.tests.test_a::test") == "pkg.tests.test_a::test"


def test_a_proof_counts_for_the_package_that_owns_the_name(packages: Site):
    this_tests("sphinx_this_tests.inputs.Inputs.proven")
    test = "tests/test_x.py::test_f"
    for name in ("one", "two"):
        # The first also has a proof of what the second owns, with a test of the same node id.
        names = {"two.inner:f": "two.f"}
        store_proofs(packages.root / "packages" / name, {"two.inner:f": [test]}, names)
    built = packages.build()

    assert built.warnings == ""
    labelled = built.section("two.f").select(".this-tests-test:has(.this-tests-proven)")
    assert [row["data-test"] for row in labelled] == [f"packages/two/{test}"]
    assert not built.section("one.f").select(".this-tests-proven")
