"""``this-tests remove``: shows the declarations, and takes them out."""

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli", "this_tests.suite.removal"]),
]

DECLARED = "from this_tests import this_tests\n\n\ndef test_it():\n    this_tests('mylib.add')\n"


def test_remove_shows_a_difference_and_writes_nothing_without_consent(project, command):
    project.write({"tests/test_it.py": DECLARED})
    result = command("remove")
    assert result.returncode == 1
    assert "-    this_tests('mylib.add')\n+    pass\n" in result.stdout
    assert result.stderr == (
        "this-tests: 1 declaration in 1 file\nthis-tests: nothing written; add --yes to write\n"
    )
    assert (project.root / "tests/test_it.py").read_text() == DECLARED


def test_remove_writes_what_is_left_of_each_file(project, command):
    helper = "from this_tests import this_tests\n\n\ndef helper():\n    this_tests('na')\n    return 1\n"
    project.write({"tests/test_it.py": DECLARED, "tests/helper.py": helper, "tests/test_bare.py": "X = 1\n"})
    result = command("remove", "tests", "--yes")
    assert (result.returncode, result.stderr) == (0, "this-tests: 2 declarations in 2 files\n")
    assert (project.root / "tests/test_it.py").read_text() == "def test_it():\n    pass\n"
    assert (project.root / "tests/helper.py").read_text() == "def helper():\n    return 1\n"
    again = command("remove", "--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "this-tests: 0 declarations in 0 files\n"


def test_remove_leaves_all_files_if_one_cannot_be_parsed(project, command):
    project.write({"tests/test_a.py": DECLARED, "tests/test_b.py": "import this_tests\ndef (\n"})
    result = command("remove", "--yes")
    assert result.returncode == 2
    assert "test_b.py:2: cannot be parsed" in result.stderr
    assert (project.root / "tests/test_a.py").read_text() == DECLARED


def test_remove_shows_a_file_outside_of_the_project_by_its_path(project, command, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "test_it.py"
    path.write_text(DECLARED)
    result = command("remove", str(path))
    assert result.returncode == 1
    assert result.stdout.splitlines()[0] == f"--- a/{path.as_posix()}"
