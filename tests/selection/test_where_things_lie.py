"""Choosing tests by changes, wherever the library lies: no affected test is left out, and few others are."""

import shutil
import subprocess
import sys
import textwrap

import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.deselection import Selecting

pytestmark = pytest.mark.slow

TESTS = {
    "tests/test_it.py": """
        import mylib

        def test_add():
            assert mylib.add(1, 2) == 3

        def test_run():
            assert mylib.Thing().run() == 1

        def test_deep():
            assert mylib.sub.deep() == "deep"

        def test_nothing():
            pass
    """,
}
ALL = ["test_add", "test_run", "test_deep", "test_nothing"]


def git(folder, *arguments):
    """Run git in *folder*."""
    settings = ("user.name=a", "user.email=a@b.c", "commit.gpgsign=false", "protocol.file.allow=always")
    options = [option for setting in settings for option in ("-c", setting)]
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder):
    """Commit all files of *folder*, in a repository of its own."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")


def edit(path, old, new):
    """Replace *old* by *new* in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def move_library(suite, folder):
    """Move the library ``mylib`` into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.move(suite.root / "mylib", folder / "mylib")
    return folder / "mylib"


def import_from(suite, *folders):
    """Let the tests import the library from *folders*."""
    named = ", ".join(f'"{folder}"' for folder in folders)
    suite.project.configure(rest=f"pythonpath = [{named}]")


def observe(suite):
    """Commit the project, and run its tests under observation."""
    suite.write(TESTS)
    suite.write(
        {
            ".gitignore": "__pycache__/\n.pytest_cache/\n.venv/\nbuild/\ntest_observations/\n/runpytest-*\n/std*\n"
        }
    )
    repository(suite.root)
    observe_again(suite, passed=len(ALL))


def observe_again(suite, *arguments, **outcomes):
    suite.project.run_apart("--this-tests-observe", *arguments).assert_outcomes(**outcomes)


# A library in a git submodule.


@pytest.fixture
def submodule(suite, tmp_path):
    """Return a project with the library in a submodule, and the library's folder."""
    move_library(suite, tmp_path / "core/src")
    (tmp_path / "core/README.md").write_text("Read me.")
    repository(tmp_path / "core")
    git(suite.root, "init", "-q")
    git(suite.root, "submodule", "add", str(tmp_path / "core"), "libs/core")
    import_from(suite, "libs/core/src")
    observe(suite)
    return suite, suite.root / "libs/core/src/mylib"


def test_a_clean_submodule_chooses_nothing(submodule):
    this_tests(Selecting)
    suite, _ = submodule
    chosen, line = suite.collect("--this-tests-changed")
    assert chosen == []
    assert line.endswith("nothing changed since HEAD")


def test_an_edit_in_a_submodule_chooses_what_executed_it(submodule):
    this_tests(Selecting)
    suite, library = submodule
    edit(library / "_impl.py", "return a + b", "return b + a")
    chosen, line = suite.collect("--this-tests-changed")
    assert chosen == ["test_add"]
    assert line.endswith("for 1 changed function: mylib._impl.add since HEAD")
    observe_again(suite, passed=4)
    assert suite.chosen() == ["test_add"]
    edit(library / "_impl.py", "return 1", "return 2")
    assert suite.chosen() == ["test_add", "test_run"]


def test_a_commit_in_a_submodule_chooses_what_executed_it(submodule):
    this_tests(Selecting)
    suite, library = submodule
    edit(library / "_impl.py", "return a + b", "return b + a")
    git(library, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]
    observe_again(suite, passed=4)
    assert suite.chosen() == []
    assert suite.chosen("--this-tests-changed=HEAD~1") == ["test_add"]
    git(library, "checkout", "-q", "HEAD~1")
    assert suite.chosen() == ["test_add"]


def test_a_new_module_in_a_submodule_is_seen(submodule):
    this_tests(Selecting)
    suite, library = submodule
    (library / "new.py").write_text("A = 1\n")
    chosen, line = suite.collect("--this-tests-changed")
    assert chosen == ["test_add"]
    assert "mylib.new.A" in line


def test_other_files_of_a_submodule_choose_nothing(submodule):
    this_tests(Selecting)
    suite, library = submodule
    (library.parents[1] / "README.md").write_text("Read me again.")
    git(library, "commit", "-qam", "two")
    assert suite.chosen() == []


def test_a_submodule_whose_former_commit_is_unknown_chooses_everything(submodule):
    this_tests(Selecting)
    suite, _ = submodule
    git(suite.root, "update-index", "--cacheinfo", f"160000,{'1' * 40},libs/core")
    git(suite.root, "commit", "-qm", "two")
    assert suite.chosen() == ALL


def test_a_submodule_in_a_submodule(suite, tmp_path):
    this_tests(Selecting)
    move_library(suite, tmp_path / "core")
    repository(tmp_path / "core")
    (tmp_path / "outer").mkdir()
    git(tmp_path / "outer", "init", "-q")
    git(tmp_path / "outer", "submodule", "add", str(tmp_path / "core"), "core")
    git(tmp_path / "outer", "commit", "-qm", "one")
    git(suite.root, "init", "-q")
    git(suite.root, "submodule", "add", str(tmp_path / "outer"), "outer")
    git(suite.root, "submodule", "update", "--init", "--recursive")
    import_from(suite, "outer/core")
    observe(suite)
    library = suite.root / "outer/core/mylib"
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    git(library, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]
    git(suite.root / "outer", "commit", "-qam", "two")
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]
    assert suite.chosen("--this-tests-changed=HEAD~1") == ["test_add"]


def test_a_helper_in_a_submodule_chooses_everything(suite, tmp_path):
    this_tests(Selecting)
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/helper.py").write_text("def help(): return 1\n")
    repository(tmp_path / "kit")
    git(suite.root, "init", "-q")
    git(suite.root, "submodule", "add", str(tmp_path / "kit"), "libs")
    suite.write({"tests/conftest.py": "import helper\n"})
    import_from(suite, ".", "libs")
    observe(suite)
    edit(suite.root / "libs/helper.py", "1", "2")
    assert suite.chosen() == ALL


# A library beside the project.


def test_a_sibling_in_the_same_repository(suite):
    this_tests(Selecting)
    library = move_library(suite, suite.root / "core/src")
    import_from(suite, "../core/src")
    (suite.root / "app").mkdir()
    shutil.move(suite.root / "pyproject.toml", suite.root / "app/pyproject.toml")
    suite.write({f"app/{path}": text for path, text in TESTS.items()})
    suite.write({".gitignore": "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n"})
    repository(suite.root)
    options = ("--rootdir=app", "-c", "app/pyproject.toml", "app")
    observe_again(suite, *options, passed=4)
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen(*options) == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen(*options) == ["test_add"]


@pytest.fixture
def sibling(suite, tmp_path):
    """Return a project with the library beside it, and the library's folder."""
    library = move_library(suite, tmp_path / "core/src")
    (tmp_path / "core/pyproject.toml").write_text("")
    import_from(suite, tmp_path / "core/src")
    return suite, library


def test_a_sibling_in_another_repository(sibling):
    this_tests(Selecting)
    suite, library = sibling
    repository(library.parents[1])
    observe(suite)
    assert suite.chosen() == []
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    observe_again(suite, passed=4)
    assert suite.chosen() == ["test_add"]  # It is not committed yet.
    git(library, "commit", "-qam", "two")
    assert suite.chosen() == []
    edit(library / "_impl.py", "return 1", "return 2")
    git(library, "commit", "-qam", "three")
    assert suite.chosen() == ["test_run"]


def test_another_repository_is_compared_with_the_session_where_the_commit_is_of_this_one(sibling):
    this_tests(Selecting)
    suite, library = sibling
    repository(library.parents[1])
    observe(suite)
    git(suite.root, "commit", "--allow-empty", "-qm", "two")
    edit(library / "_impl.py", "return a + b", "return b + a")
    chosen, line = suite.collect("--this-tests-changed=HEAD~1")
    assert chosen == ["test_add"]
    assert "core/src/mylib: compared with the observed session only" in line


def test_a_sibling_in_no_repository_is_compared_with_the_session(sibling):
    this_tests(Selecting)
    suite, library = sibling
    observe(suite)
    chosen, line = suite.collect("--this-tests-changed")
    assert chosen == []
    assert "mylib: compared with the observed session only" in line
    edit(library / "_impl.py", "return a + b", "return b + a")
    (library / "new.py").write_text("A = 1\n")
    assert suite.chosen() == ["test_add"]
    observe_again(suite, passed=4)
    assert suite.chosen() == []
    (library / "new.py").unlink()
    edit(library / "sub.py", '"deep"', '"dee" + "p"')
    assert suite.chosen() == ["test_deep"]


def test_workers_say_where_the_library_lies(sibling):
    this_tests(Selecting)
    suite, library = sibling
    suite.project.configure()
    suite.write({"tests/conftest.py": f"import sys\nsys.path.insert(0, {str(library.parent)!r})\n"})
    suite.write(TESTS)
    repository(suite.root)
    observe_again(suite, "-n", "2", passed=4)
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]


def test_a_library_that_changes_while_tests_run_proves_nothing(sibling):
    this_tests("this_tests.pytest_plugin.observation_finish.Watch")
    suite, library = sibling
    source = (
        f"import pathlib\ndef test_writes(): pathlib.Path({str(library / 'new.py')!r}).write_text('x = 1')\n"
    )
    suite.write({"tests/test_writes.py": source, **TESTS})
    repository(suite.root)
    observe_again(suite, passed=5)
    assert len(suite.chosen()) == 5


# An installed copy.


@pytest.fixture
def installed(suite):
    """Return a project whose tests run the installed copy of ``src/mylib``, and that copy's folder."""
    library = move_library(suite, suite.root / "src")
    site = suite.root / ".venv/lib/python3/site-packages"
    shutil.copytree(library, site / "mylib")
    import_from(suite, ".venv/lib/python3/site-packages")
    suite.write({"tests/data/mylib/_impl.py": "A = 1"})
    observe(suite)
    return suite, site / "mylib"


def test_a_changed_source_of_an_installed_copy_chooses_what_executes_it(installed):
    this_tests(Selecting)
    suite, copy = installed
    assert suite.chosen() == []
    edit(suite.root / "src/mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    shutil.copy(suite.root / "src/mylib/_impl.py", copy)
    assert suite.chosen() == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]
    observe_again(suite, passed=4)
    assert suite.chosen() == []


def test_what_an_older_copy_proved_does_not_hold_for_a_newer_one(installed):
    this_tests(Selecting)
    suite, copy = installed
    edit(suite.root / "src/mylib/_impl.py", "return a + b", "return b + a")
    observe_again(suite, passed=4)  # It ran the former code.
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == []
    shutil.copy(suite.root / "src/mylib/_impl.py", copy)
    assert suite.chosen() == ["test_add"]


def test_a_new_and_a_deleted_module_of_an_installed_copy(installed):
    this_tests(Selecting)
    suite, copy = installed
    for folder in (suite.root / "src/mylib", copy):
        edit(folder / "__init__.py", "from . import sub\n", "sub = _impl\n")
        (folder / "sub.py").unlink()
    assert suite.chosen() == ["test_deep"]


def test_a_constant_of_an_installed_copy_chooses_what_uses_it(suite):
    this_tests(Selecting)
    suite.edit("mylib/sub.py", "def deep", "DEPTH = 'deep'\ndef deep")
    suite.edit("mylib/sub.py", 'return "deep"', "return DEPTH")
    library = move_library(suite, suite.root / "src")
    site = suite.root / ".venv/lib/python3/site-packages"
    shutil.copytree(library, site / "mylib")
    import_from(suite, ".venv/lib/python3/site-packages")
    observe(suite)
    edit(library / "sub.py", "DEPTH = 'deep'", "DEPTH = 'dee' + 'p'")
    assert suite.chosen() == ["test_deep"]
    shutil.copy(library / "sub.py", site / "mylib")
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == ["test_deep"]


def test_a_copy_outside_of_the_project(suite, tmp_path):
    this_tests(Selecting)
    library = move_library(suite, suite.root / "src")
    shutil.copytree(library, tmp_path / "site-packages/mylib")
    import_from(suite, tmp_path / "site-packages")
    observe(suite)
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    observe_again(suite, passed=4)
    assert suite.chosen() == []  # It still is the former copy.
    shutil.copy(library / "_impl.py", tmp_path / "site-packages/mylib")
    assert suite.chosen() == ["test_add"]


# Editable installs.


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
@pytest.mark.parametrize("hard", [False, True], ids=["symbolic links", "hard links"])
def test_a_strict_editable_install(suite, hard):
    this_tests(Selecting)
    library = move_library(suite, suite.root / "src")
    links = suite.root / "build/__editable__.mylib-1-py3-none-any/mylib"
    links.mkdir(parents=True)
    for file in library.glob("*.py"):
        link = links / file.name
        link.hardlink_to(file) if hard else link.symlink_to(file)
    import_from(suite, links.parent)
    observe(suite)
    assert suite.chosen() == []
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]


HOOK = """
    import importlib.util
    import sys

    # As the redirecting finders of setuptools, scikit-build-core and meson-python do.
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name in FILES:
                search = [SEARCH] if FILES[name].endswith("__init__.py") else None
                return importlib.util.spec_from_file_location(
                    name, FILES[name], submodule_search_locations=search
                )
            return None

    sys.meta_path.insert(0, Finder)
"""


@pytest.mark.parametrize("search", ["a folder that is not there", "the sources"])
def test_an_editable_install_by_an_import_hook(suite, search):
    this_tests(Selecting)
    library = move_library(suite, suite.root / "lib")
    (library / "_impl.py").rename(library.parent / "impl.py")
    files = {
        "mylib": library / "__init__.py",
        "mylib._impl": library.parent / "impl.py",
        "mylib.sub": library / "sub.py",
    }
    folder = str(library) if search == "the sources" else "/nowhere/mylib"
    names = {name: str(path) for name, path in files.items()}
    suite.write({"tests/conftest.py": f"FILES = {names!r}\nSEARCH = {folder!r}\n" + textwrap.dedent(HOOK)})
    suite.project.configure()
    observe(suite)
    edit(library.parent / "impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    git(suite.root, "commit", "-qam", "two")
    edit(library / "sub.py", '"deep"', '"dee" + "p"')
    assert suite.chosen() == ["test_add", "test_deep"]


# Symbolic links.


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
@pytest.mark.parametrize("target", ["inside", "outside", "in another repository"])
def test_sources_behind_a_link(suite, tmp_path, target):
    this_tests(Selecting)
    folder = suite.root / "real" if target == "inside" else tmp_path / "real"
    library = move_library(suite, folder)
    if target == "in another repository":
        repository(folder)
    (suite.root / "src").symlink_to(folder)
    import_from(suite, "src")
    observe(suite)
    edit(library / "_impl.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]
    if target != "outside":
        git(folder, "commit", "-qam", "two")
    assert suite.chosen() == ["test_add"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
def test_one_module_behind_a_link(suite, tmp_path):
    this_tests(Selecting)
    shutil.move(suite.root / "mylib/_impl.py", tmp_path / "shared.py")
    (suite.root / "mylib/_impl.py").symlink_to(tmp_path / "shared.py")
    observe(suite)
    edit(tmp_path / "shared.py", "return a + b", "return b + a")
    assert suite.chosen() == ["test_add"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
def test_a_root_behind_a_link(suite, tmp_path, monkeypatch):
    this_tests(Selecting)
    observe(suite)
    (tmp_path / "link").symlink_to(suite.root)
    suite.edit("mylib/_impl.py", "return a + b", "return b + a")
    assert suite.chosen(f"--rootdir={tmp_path / 'link'}", str(tmp_path / "link/tests")) == ["test_add"]


# What is moved.


def test_a_moved_module_concerns_its_importers(suite):
    this_tests(Selecting)
    observe(suite)
    (suite.root / "mylib/sub.py").rename(suite.root / "mylib/below.py")
    suite.edit("mylib/__init__.py", "from . import sub", "from . import below as sub")
    chosen = suite.chosen()
    assert "test_deep" in chosen
    assert "test_nothing" not in chosen
    git(suite.root, "add", "-A")
    git(suite.root, "commit", "-qm", "two")
    chosen = suite.chosen()
    assert "test_deep" in chosen
    assert "test_nothing" not in chosen


def test_a_renamed_test_file_runs(suite):
    this_tests(Selecting)
    observe(suite)
    (suite.root / "tests/test_it.py").rename(suite.root / "tests/test_that.py")
    assert suite.chosen() == ALL


def test_a_renamed_data_file_chooses_everything(suite):
    this_tests(Selecting)
    suite.write({"tests/data.csv": "1", "tests/test_data.py": "def test_data(): open('tests/data.csv')\n"})
    suite.write(TESTS)
    repository(suite.root)
    observe_again(suite, passed=5)
    (suite.root / "tests/data.csv").rename(suite.root / "tests/more.csv")
    assert "test_data" in suite.chosen()


# Namespace packages.


@pytest.fixture
def namespace(suite, tmp_path):
    """Return a project of a namespace package with an installed portion, and that portion's folder."""
    shutil.rmtree(suite.root / "mylib")
    suite.write({"src/mylib/core/one.py": "def one():\n    return 1\n"})
    portion = tmp_path / "site-packages/mylib/extra"
    portion.mkdir(parents=True)
    (portion / "two.py").write_text("def two():\n    return 2\n")
    import_from(suite, "src", tmp_path / "site-packages")
    suite.write({".gitignore": "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n"})
    tests = """
        import mylib.core.one
        import mylib.extra.two

        def test_one():
            assert mylib.core.one.one() == 1

        def test_two():
            assert mylib.extra.two.two() == 2
    """
    suite.write({"tests/test_it.py": tests})
    repository(suite.root)
    observe_again(suite, passed=2)
    return suite, portion


def test_portions_of_a_namespace_package(namespace):
    this_tests(Selecting)
    suite, portion = namespace
    assert suite.chosen() == []
    suite.edit("src/mylib/core/one.py", "return 1", "return 3 - 2")
    assert suite.chosen() == ["test_one"]
    edit(portion / "two.py", "return 2", "return 4 - 2")
    assert suite.chosen() == ["test_one", "test_two"]
    git(suite.root, "commit", "-qam", "two")
    observe_again(suite, passed=2)
    assert suite.chosen() == []
