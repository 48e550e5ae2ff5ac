"""``this-tests check --fix``: the declarations that it writes, and those that it leaves to people."""

import os
import pty
import subprocess
import sys
import textwrap
import zlib

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli", "this_tests.check.fixes"]),
]

CERTAIN = """\
# A comment that stays.
import mylib
from mylib   import (
    Thing,  # a class
)


class   Decorator:   ...   # as it is


def test_adding():
    \"\"\"One callable.\"\"\"
    assert mylib.add(1,2)==3   # odd   spacing


class TestThings:
    def test_run_twice(self):
        thing = Thing()
        assert thing.run() == thing.run()

    async_ = None


def test_subtract(): mylib.subtract(2, 1)
"""


@pytest.fixture
def observed(project):
    """Return a function that writes a test file, and observes what its tests execute."""
    project.configure('library = ["mylib"]\nobserve = true')

    def run(source, name="tests/test_it.py"):
        project.write({name: source})
        result = project.run_apart("-q")
        assert result.ret == 0
        return project.root / name

    return run


def test_fix_shows_a_difference_and_writes_nothing_without_consent(observed, command):
    path = observed("import mylib\n\ndef test_adding():\n    assert mylib.add(1, 2) == 3\n")
    before = path.read_text()
    result = command("check", "--fix")
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "--- a/tests/test_it.py",
        "+++ b/tests/test_it.py",
        "@@ -1,4 +1,7 @@",
        "+from this_tests import this_tests",
        "+",
        " import mylib",
        " ",
        " def test_adding():",
        "+    this_tests(mylib.add)",
        "     assert mylib.add(1, 2) == 3",
    ]
    assert result.stderr == (
        "this-tests: 1 test without a declaration, 1 with an unambiguous fix\n"
        "this-tests: nothing written; add --yes to write\n"
    )
    assert path.read_text() == before


def test_fix_writes_what_is_certain_and_leaves_every_other_character(observed, command):
    path = observed(CERTAIN)
    assert command("check", "--fix", "--yes").returncode == 0
    assert path.read_text() == CERTAIN.replace(
        "stays.\n", "stays.\nfrom this_tests import this_tests\n\n"
    ).replace('"""One callable."""\n', '"""One callable."""\n    this_tests(mylib.add)\n').replace(
        "    def test_run_twice(self):\n", "    def test_run_twice(self):\n        this_tests(Thing.run)\n"
    ).replace("test_subtract(): ", "test_subtract(): this_tests(mylib.subtract); ")
    assert command("check").returncode == 0


def test_fix_reads_a_class_and_its_method_in_a_name(observed, command):
    path = observed(
        "import mylib\n\ndef test_thing_run_twice():\n    thing = mylib.Thing()\n    thing.run()\n"
        "\ndef test_thing_made():\n    thing = mylib.Thing()\n    thing.run()\n"
    )
    assert command("check", "--fix", "--yes").returncode == 0
    assert [line.strip() for line in path.read_text().splitlines() if "this_tests(" in line] == [
        "this_tests(mylib.Thing.run)",
        "this_tests(mylib.Thing)",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "mylib.add(1, mylib.subtract(2, 1))",  # two, and the name names neither
        "len([])",  # nothing of the library
        "helper()",  # not the test's own body
        "getattr(mylib, 'a' + 'dd')(1, 2)",  # the source has no call of that name
        "mylib._impl._helper()",  # something private
        "mylib.Thing().shared()",  # what the API does not list
    ],
)
def test_fix_leaves_what_is_in_doubt(observed, command, body):
    path = observed(f"import mylib\ndef helper(): mylib.add(1, 2)\ndef test_it():\n    {body}\n")
    before = path.read_text()
    result = command("check", "--fix", "--yes")
    assert result.returncode == 1
    assert "1 test without a declaration, 0 with an unambiguous fix" in result.stderr
    assert path.read_text() == before


def test_fix_leaves_a_test_that_is_named_after_a_helper_of_its_file(observed, command):
    path = observed(
        "import mylib\n"
        "def make_thing(): return [1]\n"
        "def test_make_thing(): assert mylib.add(*make_thing(), 1) == 2\n"
        "def test_make(): assert mylib.add(1, 1) == 2\n"
    )
    assert (
        "2 tests without a declaration, 1 with an unambiguous fix"
        in command("check", "--fix", "--yes").stderr
    )
    assert path.read_text().index("this_tests(mylib.add)") > path.read_text().index("def test_make()")


def test_fix_leaves_tests_that_changed_or_fail(observed, command, project):
    source = "import mylib\ndef test_it(): mylib.add(1, 2)\ndef test_no(): mylib.add(1, 2)\n"
    path = observed(source)
    project.write(
        {
            "tests/test_it.py": source.replace(
                "test_no(): mylib.add(1, 2)", "test_no(): assert not mylib.add(1, 2)"
            )
        }
    )
    project.run_apart("-q")
    path.write_text(path.read_text().replace("test_it(): mylib.add", "test_it(): mylib.subtract"))
    assert (
        "2 tests without a declaration, 0 with an unambiguous fix"
        in command("check", "--fix", "--yes").stderr
    )


def test_fix_without_an_observed_run_fixes_nothing(project, command):
    project.tests("def test_it(): mylib.add(1, 2)\n")
    assert (
        "1 test without a declaration, 0 with an unambiguous fix" in command("check", "--fix", "--yes").stderr
    )


def test_fix_says_why_a_test_is_left(project, command):
    project.tests("".join(f"def test_{number}(): pass\n" for number in range(12)))
    lines = command("check", "--fix").stderr.splitlines()
    assert lines[0] == "this-tests: 12 tests without a declaration, 0 with an unambiguous fix"
    assert lines[1].endswith(": test_0 is left: was not observed")
    assert lines[11:] == ["this-tests: … and 2 more tests (-v lists all)"]
    assert len(command("check", "--fix", "-v").stderr.splitlines()) == 13


def test_fix_heeds_the_baseline_and_what_changed(observed, command, git):
    old = "import mylib\ndef test_old(): assert mylib.add(1, 2)\n"
    new = "def test_new(): assert mylib.subtract(2, 1)\n"
    path = observed(old)
    git.commit()
    command("check", "--write-baseline")
    observed(old + new)
    result = command("check", "--fix")
    assert "+def test_new(): this_tests(mylib.subtract); assert" in result.stdout
    assert "1 test without a declaration, 1 with an unambiguous fix" in result.stderr
    (path.parents[1] / "this-tests-baseline.json").unlink()
    assert "2 tests without a declaration, 2 with" in command("check", "--fix").stderr
    result = command("check", "--fix", "--changed", "--yes")
    assert result.returncode == 0
    assert "1 test without a declaration, 1 with" in result.stderr
    assert "test_old(): assert" in path.read_text()


def test_fix_writes_the_documented_name(observed, command, project):
    inventory = zlib.compress(b"mylib._impl.add py:function 1 api.html#$ -\n")
    header = b"# Sphinx inventory version 2\n# Project: mylib\n# Version: 1\n# zlib\n"
    (project.root / "objects.inv").write_bytes(header + inventory)
    project.configure('library = ["mylib"]\nobserve = true\ninventory = ["objects.inv"]')
    path = observed("import mylib._impl\ndef test_add(): assert mylib._impl.add(1, 2)\n")
    command("check", "--fix", "--yes")
    assert "this_tests(mylib._impl.add);" in path.read_text()


def test_fix_on_a_terminal_asks(observed, project):
    path = observed("import mylib\ndef test_it():\n    assert mylib.add(1, 2)\n")
    for answer, written in ((b"n\n", False), (b"y\n", True)):
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        done = subprocess.run(
            [sys.executable, "-m", "this_tests", "check", "--fix"],
            cwd=project.root, stdin=theirs, capture_output=True, text=True, check=False,
        )  # fmt: skip
        os.close(ours)
        os.close(theirs)
        assert "Write these changes? [y/N]:" in done.stderr
        assert ("this_tests(mylib.add)" in path.read_text()) == written == (done.returncode == 0)


def test_fix_names_the_package_that_it_needs(observed, project):
    observed(textwrap.dedent("import mylib\ndef test_it(): assert mylib.add(1, 2)\n"))
    code = "import sys; sys.modules['libcst'] = None; from this_tests.cli import main; sys.argv[1:] = ['check', '--fix']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "this-tests: --fix needs libcst: pip install 'this-tests[fix]'\n"
