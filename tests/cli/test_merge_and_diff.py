"""``this-tests merge`` and ``this-tests diff``."""

import itertools
import json

import pytest
from observing import store_observed, store_proofs

from this_tests import Entry, Link, Registry, Test, load, this_tests
from this_tests.registry.diff import Change, Difference
from this_tests.registry.diff import difference as found_difference
from this_tests.registry.model import Observed
from this_tests.registry.store import encode

pytestmark = pytest.mark.this_tests(target=["this_tests.cli", "this_tests.merge", "this_tests.registry.diff"])


def registry(*markers, **tests):
    """Return a registry in which callables of mylib have declared tests."""
    return Registry(
        callables={
            f"mylib.{name}": Entry(declared={f"tests/test_it.py::{test}": Link() for test in found})
            for name, found in tests.items()
        },
        tests={"tests/test_it.py::test_a": Test(markers=markers)} if markers else {},
    )


@pytest.fixture
def shards(project):
    """Return three registries of one suite, as files."""
    parts = [
        registry(add=["test_a"]),
        registry("slow", add=["test_a", "test_b"]),
        registry(subtract=["test_c"]),
    ]
    for number, part in enumerate(parts):
        (project.root / f"{number}.json").write_bytes(encode(part))
    return ["0.json", "1.json", "2.json"]


def test_merge_knows_what_any_shard_knows(project, command, shards):
    result = command("merge", *shards, "-o", "merged.json")
    assert result.returncode == 0
    assert result.stderr == "this-tests: merged.json: 2 callables, 3 links of 3 registries\n"
    assert load(project.root / "merged.json") == registry(
        "slow", add=["test_a", "test_b"], subtract=["test_c"]
    )


@pytest.mark.slow
def test_merge_in_any_order_and_any_number_of_times_writes_the_same_bytes(project, command, shards):
    texts = set()
    for order in itertools.permutations(shards):
        command("merge", *order, *order[:1], "-o", "merged.json")
        command("merge", "merged.json", order[0], "-o", "merged.json")
        texts.add((project.root / "merged.json").read_bytes())
    assert len(texts) == 1


def test_merge_of_a_file_that_is_broken_writes_nothing(project, command, shards):
    (project.root / "1.json").write_text("<<<<<<< HEAD\n")
    result = command("merge", *shards, "-o", "merged.json")
    assert result.returncode == 2
    assert "1.json: line 1, column 1: git conflict markers" in result.stderr
    assert not (project.root / "merged.json").exists()


@pytest.fixture
def machines(project):
    """Write what two machines observed, as folders."""
    first = {"mylib.add": observed(2, "a", "b")}
    store_observed(project.root / "one/test_observations", first)
    store_observed(project.root / "two/test_observations", {"mylib.subtract": observed(1, "c")})
    return ["one/test_observations", "two/test_observations"]


def test_merge_takes_folders_of_observations(project, command, machines):
    result = command("merge", *machines, "-o", "test_observations")
    assert result.stderr == "this-tests: test_observations: 3 tests, 1 environment of 2 folders\n"
    assert {name: entry.observed.tests for name, entry in load(project.path).callables.items()} == {
        "mylib.add": 2,
        "mylib.subtract": 1,
    }
    again = command("merge", "test_observations", *machines, "-o", "test_observations")
    assert again.returncode == 0
    assert len(list((project.root / "test_observations").glob("*.observed"))) == 1


def test_merge_of_observations_that_cannot_be_read_writes_nothing(project, command, machines):
    (project.root / "two/test_observations/bad.observed").write_text("<<<<<<< HEAD\n")
    result = command("merge", *machines, "-o", "test_observations")
    assert result.returncode == 2
    assert "bad.observed: incomplete, or of another version" in result.stderr
    assert not (project.root / "test_observations").exists()


@pytest.mark.parametrize("path", ["nothing.json", "nothing"])
def test_merge_of_what_is_not_there_writes_nothing(project, command, path):
    result = command("merge", path, "-o", "merged.json")
    assert result.returncode == 2
    assert result.stderr.startswith(f"this-tests: {path}: no such file")


OLD = registry(add=["test_a", "test_b"], subtract=["test_c"])
NEW = registry("slow", add=["test_a", "test_d"], deep=["test_c"])


@pytest.fixture
def two(project):
    """Write two registries, the older and the newer one."""
    (project.root / "old.json").write_bytes(encode(OLD))
    project.path.write_bytes(encode(NEW))


def test_diff_reports_gained_lost_and_changed_tests(two, command):
    result = command("diff", "old.json", "test_registry.json")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "lost their last test",
        "  mylib.subtract  1 → 0 tests",
        "    - tests/test_it.py::test_c",
        "have their first tests",
        "  mylib.deep  0 → 1 test",
        "    + tests/test_it.py::test_c",
        "changed tests",
        "  mylib.add  2 → 2 tests",
        "    + tests/test_it.py::test_d",
        "    - tests/test_it.py::test_b",
        "other outcomes, markers or numbers",
        "  tests/test_it.py::test_a",
        "1 callable lost its last test, 1 callable has its first tests, 1 callable changed tests, "
        "1 other difference.",
    ]


def observed(count, *listed):
    """Return that *count* tests executed a callable, and *listed* are listed."""
    return Observed(tests=count, examples={f"tests/test_it.py::{test}": Link() for test in listed})


@pytest.mark.parametrize(
    ("before", "now", "difference"),
    [
        # The listed tests may differ although none is new and none is gone.
        (observed(9, "a", "b"), observed(9, "a", "c"), Difference(other=("mylib.add",))),
        (
            observed(9, "a", "b"),
            observed(8, "a", "c"),
            Difference(changed=(Change("mylib.add", 9, 8, (), ()),)),
        ),
        (
            observed(2, "a", "b"),
            observed(9, "a", "c"),
            Difference(changed=(Change("mylib.add", 2, 9, ("tests/test_it.py::c",), ()),)),
        ),
    ],
)
def test_a_difference_names_no_test_that_may_have_been_there_without_a_name(before, now, difference):
    old, new = (Registry(callables={"mylib.add": Entry(observed=found)}) for found in (before, now))
    assert found_difference(old, new) == difference


def test_diff_of_files_counts_what_runs_observed_beside_them(project, command):
    (project.root / "old").mkdir()
    (project.root / "old/test_registry.json").write_bytes(encode(Registry()))
    store_observed(project.root / "old/test_observations", {"mylib.add": observed(1, "a")})
    store_observed(project.root / "test_observations", {"mylib.add": observed(2, "a", "b")})
    project.path.write_bytes(encode(Registry()))
    assert command("diff", "old/test_registry.json").stdout.splitlines()[:-1] == [
        "changed tests",
        "  mylib.add  1 → 2 tests",
        "    + tests/test_it.py::b",
    ]


@pytest.mark.slow
def test_a_commit_is_compared_with_what_is_declared_alone(project, command, git, two):
    project.path.write_bytes(encode(OLD))
    git.commit()
    store_observed(project.root / "test_observations", {"mylib.sub.deep": observed(1, "a")})
    assert command("diff", "HEAD").stdout == "The same tests exercise the same callables.\n"


@pytest.mark.slow
def test_diff_of_equal_registries_reports_no_difference(two, command):
    assert command("diff", "old.json", "old.json").stdout == "The same tests exercise the same callables.\n"
    assert "same tests" in command("diff", "old.json", "old.json", "--format", "markdown").stdout


@pytest.mark.slow
def test_diff_takes_commits(project, command, git, two):
    git.commit()
    project.path.write_bytes(encode(OLD))
    against_file = command("diff", "test_registry.json", "HEAD", "--format", "json")
    assert json.loads(against_file.stdout)["gained"][0]["name"] == "mylib.deep"
    against_now = command("diff", "HEAD", "--format", "json")
    assert json.loads(against_now.stdout)["lost"] == [
        {"name": "mylib.deep", "before": 1, "now": 0, "new": [], "gone": ["tests/test_it.py::test_c"]}
    ]


@pytest.mark.slow
def test_diff_of_what_is_no_file_and_no_commit_could_not_run(two, command, git):
    git.commit()
    result = command("diff", "nothing")
    assert result.returncode == 2
    assert result.stderr.endswith(", and no such file\n")


def test_diff_in_markdown_is_a_comment(two, command):
    assert command("diff", "old.json", "--format", "markdown").stdout.splitlines() == [
        "### Tests of the API",
        "",
        "1 callable lost its last test, 1 callable has its first tests, 1 callable changed tests, "
        "1 other difference.",
        "",
        "| 1 callable lost its last test | before | now |",
        "| --- | ---: | ---: |",
        "| `mylib.subtract` | 1 | 0 |",
        "",
        "| 1 callable has its first tests | before | now |",
        "| --- | ---: | ---: |",
        "| `mylib.deep` | 0 | 1 |",
        "",
        "| 1 callable changed tests | before | now |",
        "| --- | ---: | ---: |",
        "| `mylib.add` | 2 | 2 |",
        "",
        "<details><summary>4 links</summary>",
        "",
        "```diff",
        "- mylib.subtract  tests/test_it.py::test_c",
        "+ mylib.deep  tests/test_it.py::test_c",
        "+ mylib.add  tests/test_it.py::test_d",
        "- mylib.add  tests/test_it.py::test_b",
        "```",
        "",
        "</details>",
    ]


@pytest.mark.slow
def test_diff_in_markdown_stays_within_what_a_comment_holds(project, command):
    many = registry(**{f"function_with_a_name_{number}": [f"test_{number}"] for number in range(2_000)})
    project.path.write_bytes(encode(many))
    (project.root / "old.json").write_bytes(encode(Registry()))
    text = command("diff", "old.json", "--format", "markdown").stdout
    assert len(text) < 65_536
    assert "| … and 1,900 more | | |" in text


@pytest.fixture
def proven(project):
    """Return a function that stores which functions of the library are proven to be noticed, in a folder."""
    names = {f"mylib._impl:{name}": f"mylib.{name}" for name in ("add", "subtract")}

    def store(*functions, into=None):
        path = store_proofs(
            project.root, {f"mylib._impl:{name}": ["tests/test_it.py::a"] for name in functions}, names
        )
        if into is not None:
            path.rename(project.root / into / "test_observations" / path.name)

    return store


def test_diff_names_the_callables_whose_proof_is_new_or_gone(project, command, proven):
    this_tests("this_tests.cli.diff", "this_tests.report.diff")
    found = {"mylib.add": observed(1, "a"), "mylib.subtract": observed(1, "a")}
    store_observed(project.root / "old/test_observations", found)
    store_observed(project.root / "test_observations", found)
    for path in (project.root / "old/test_registry.json", project.path):
        path.write_bytes(encode(Registry()))
    proven("add", into="old")
    assert command("diff", "old/test_registry.json").stdout == (
        "The same tests exercise the same callables.\n"
    )  # Here, nobody tried.
    proven("subtract")
    result = command("diff", "old/test_registry.json")
    assert result.stdout == (
        "no longer proven\n  mylib.add\nnewly proven\n  mylib.subtract\n"
        "1 callable no longer proven, 1 callable newly proven.\n"
    )
    found = json.loads(command("diff", "old/test_registry.json", "--format", "json").stdout)
    assert (found["no longer proven"], found["newly proven"]) == (["mylib.add"], ["mylib.subtract"])
    comment = command("diff", "old/test_registry.json", "--format", "markdown").stdout
    assert "No longer proven: `mylib.add`." in comment
    proven("add", "subtract")
    source = project.root / "mylib/_impl.py"
    source.write_text(source.read_text().replace("a + b", "b + a"))
    assert command("diff", "old/test_registry.json").stdout.startswith("no longer proven\n  mylib.add\nnewly")
