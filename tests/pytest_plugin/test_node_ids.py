"""Node ids of tests outside of pytest's rootdir, and of packages of a repository that has several."""

import subprocess

import pytest

from this_tests import this_tests
from this_tests.cli import main

pytestmark = pytest.mark.slow

TEST = """
    import pytest
    from installed.core import work
    from this_tests import this_tests

    @pytest.mark.parametrize("number", [1, 2])
    def test_work(number):
        this_tests(work)
        assert work() == 1

    class TestWork:
        def test_it(self):
            this_tests(work)
            work()
"""
FILES = {
    "site/installed/__init__.py": "",
    "site/installed/core.py": "def work(): return 1\n",
    "site/installed/tests/__init__.py": "",
    "site/installed/tests/test_one.py": TEST,
    "site/installed/tests/test_two.py": TEST,
    "site/alone/test_alone.py": TEST,
}
LINKS = [
    f"installed.tests.test_{number}::{test}"
    for number in ("one", "two")
    for test in ("TestWork::test_it", "test_work")
]


@pytest.fixture
def outside(project, tmp_path_factory, monkeypatch):
    """Return a project whose library, with its tests, is installed elsewhere."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "project").mkdir()
    project.root = folder / "project"
    monkeypatch.chdir(project.root)
    project.write({f"../{name}": text for name, text in FILES.items()})
    project.configure('library = ["installed"]\nobserve = true')
    monkeypatch.setenv("PYTHONPATH", str(folder / "site"), prepend=":")
    return project


def declared(project):
    return sorted(project.registry.callables["installed.core.work"].declared)


@pytest.mark.parametrize(
    "args",
    [
        ["--pyargs", "installed"],
        ["--pyargs", "installed.tests.test_one", "installed.tests.test_two"],
        ["../site/installed"],
        ["../site/installed/tests/test_two.py", "../site/installed/tests/test_one.py"],
        ["-n", "2", "--pyargs", "installed"],
    ],
    ids=" ".join,
)
def test_tests_of_an_installed_package_are_named_by_module(outside, args):
    this_tests("this_tests.pytest_plugin")
    outside.run_apart(*args).assert_outcomes(passed=6)
    assert declared(outside) == LINKS
    assert outside.registry.evidence("installed.core.work")[0].kind == "declared"
    assert outside.registry.callables["installed.core.work"].observed.tests == 4


def test_pytest_runs_them_by_these_names(outside):
    this_tests("this_tests.registry.commands.pytest_command")
    outside.run_apart("--pyargs", *LINKS[:2]).assert_outcomes(passed=3)
    whole = declared(outside)
    assert whole == LINKS[:2]
    outside.run_apart("--pyargs", "installed").assert_outcomes(passed=6)
    outside.run_apart("--pyargs", LINKS[0])
    assert declared(outside) == LINKS


def test_they_take_nothing_from_the_projects_own(outside):
    """Below their own folder, their file has the name of one of ours."""
    this_tests("this_tests.pytest_plugin")
    outside.write(
        {
            "tests/test_one.py": "from this_tests import this_tests\ndef test_own(): this_tests('installed.core.work')\n"
        }
    )
    outside.run_apart().assert_outcomes(passed=1)
    outside.run_apart("../site/installed").assert_outcomes(passed=6)
    assert declared(outside) == [*LINKS, "tests/test_one.py::test_own"]


def test_the_check_does_not_call_them_stale(outside, monkeypatch, capsys):
    this_tests("this_tests.cli", "this_tests.settings.Project.has_test_file")
    outside.run_apart("--pyargs", "installed").assert_outcomes(passed=6)
    monkeypatch.setattr("sys.argv", ["this-tests", "check"])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main()
    assert " stale " not in capsys.readouterr().out


def test_a_file_in_no_package_goes_by_its_path(outside):
    this_tests("this_tests.pytest_plugin")
    outside.run_apart("../site/alone").assert_outcomes(passed=3)
    assert declared(outside) == [
        f"../site/alone/test_alone.py::{test}" for test in ("TestWork::test_it", "test_work")
    ]
    outside.run_apart(*declared(outside)).assert_outcomes(passed=3)


def test_they_are_selected_by_change(outside, git_in):
    this_tests("this_tests.pytest_plugin")
    git_in(outside.root)
    outside.run_apart("--pyargs", "installed").assert_outcomes(passed=6)
    result = outside.run_apart("--pyargs", "installed", "--this-tests-changed")
    result.assert_outcomes(deselected=6)


@pytest.fixture
def git_in():
    """Return a function that makes a repository of a folder."""

    def commit(folder):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
            subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    return commit


@pytest.fixture
def monorepo(project):
    """Return a repository of two packages, whose tests are run from above."""
    project.write(
        {
            "pytest.ini": "[pytest]\n",
            "one/pyproject.toml": '[tool.this-tests]\nlibrary = ["mylib"]\n',
            "one/tests/test_it.py": "from this_tests import this_tests\ndef test_one(): this_tests('mylib.add')\n",
            "two/pyproject.toml": '[tool.this-tests]\nlibrary = ["mylib"]\n',
            "two/tests/test_other.py": "from this_tests import this_tests\ndef test_two(): this_tests('mylib.add')\n",
        }
    )
    (project.root / "pyproject.toml").unlink()
    return project


@pytest.mark.parametrize(
    "args",
    [["one"], ["one/tests/test_it.py"], ["one/tests/test_it.py::test_one"], ["-n", "1", "one"]],
    ids=" ".join,
)
def test_settings_are_found_from_where_the_tests_are(monorepo, args):
    this_tests("this_tests.settings.find_configured")
    monorepo.run_apart(*args).assert_outcomes(passed=1)
    assert not monorepo.path.exists()
    text = (monorepo.root / "one/test_registry.json").read_text(encoding="utf-8")
    assert '"tests/test_it.py::test_one": {"via": "string"}' in text
    monorepo.run_apart(*args, "--this-tests-check").assert_outcomes(passed=1)
    monorepo.run_apart("--this-tests-for", "mylib.add", *args).assert_outcomes(passed=1)


def test_each_package_has_a_registry_of_its_own(monorepo):
    this_tests("this_tests.settings.find_configured")
    monorepo.run_apart("one")
    before = (monorepo.root / "one/test_registry.json").read_bytes()
    monorepo.run_apart("two")
    assert (monorepo.root / "one/test_registry.json").read_bytes() == before
    assert b"tests/test_other.py::test_two" in (monorepo.root / "two/test_registry.json").read_bytes()
