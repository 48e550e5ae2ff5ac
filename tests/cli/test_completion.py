"""`this-tests completion`: shells complete verbs, options and names, as their users type."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

import pytest

from this_tests import this_tests
from this_tests.cli.completion import completion

pytestmark = pytest.mark.slow

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
SETUP = {
    "bash": "bind 'set enable-bracketed-paste off'; ",
    "zsh": "autoload -U compinit; compinit -u -D; unsetopt zle_bracketed_paste; ",
}
SECONDS = 60


@pytest.fixture
def folder(project, git, tmp_path_factory):
    """Return a project with tests, and a command that says what it was called with, but for completion."""
    project.tests(
        """
        class TestThing:
            def test_run(self):
                this_tests(mylib.Thing.run)

        def test_add():
            this_tests(mylib.add)
        """
    )
    project.run().assert_outcomes(passed=2)
    git.commit()
    git("branch", "trunk")
    bin_folder = tmp_path_factory.mktemp("bin")
    script = f"""#!/bin/sh
        [ "$1" = completion ] && exec "{sys.executable}" -m this_tests "$@"
        printf 'called'; printf '|%s' "$@"; echo '|'
    """
    (bin_folder / "this-tests").write_text(script)
    (bin_folder / "this-tests").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "HOME": str(bin_folder),
        "XDG_CACHE_HOME": str(bin_folder / "cache"),
        "TERM": "dumb",
        "PS1": "$ ",
    }
    return project, environment


def needed(shell):
    if shutil.which(shell) is None:
        if os.environ.get("THIS_TESTS_REQUIRE_SHELLS"):
            pytest.fail(f"there must be {shell} here")
        pytest.skip(f"needs {shell}")


def typed(shell, folder, text):
    """Return the arguments of the command, after *text* was typed into a shell, with a tab and a return."""
    needed(shell)
    project, environment = folder
    child, terminal = pty.fork()
    if not child:
        os.chdir(project.root)
        os.execvpe(START[shell][0], START[shell], environment)
    try:
        os.write(terminal, f'{SETUP[shell]}eval "$(this-tests completion {shell})"; echo rea""dy\r'.encode())
        until(terminal, r"ready\r?\n")
        os.write(terminal, f"{text}\t\r".encode())
        return until(terminal, r"called\|([^\r\n]*)\|\r?\n").split("|")
    finally:
        os.kill(child, 9)
        os.close(terminal)
        os.waitpid(child, 0)


def until(terminal, pattern):
    """Read the terminal until its output matches; return the first group, or all."""
    output, end = "", time.monotonic() + SECONDS
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            output += os.read(terminal, 65536).decode(errors="replace")
        if found := re.search(pattern, output):
            return found[found.re.groups]
    raise AssertionError(output)


WORDS = [
    ("cov", ["coverage"]),
    ("show mylib.a", ["show", "mylib.add"]),
    ("show mylib.Thing", ["show", "mylib.Thing."]),
    ("show mylib.Thing.", ["show", "mylib.Thing.run"]),
    ("show --al", ["show", "--all"]),
    ("show mylib.add --format j", ["show", "mylib.add", "--format", "json"]),
    ("callables-of tests/test_it.py::te", ["callables-of", "tests/test_it.py::test_add"]),
    ("why tests/test_it.py::T", ["why", "tests/test_it.py::TestThing::test_run"]),
    ("affected --since tru", ["affected", "--since", "trunk"]),
    ("check mylib/s", ["check", "mylib/sub.py"]),
]
# Only a part is completed, up to the next separator; so another tab would follow.
PARTS = {"show mylib.Thing", "why tests/test_it.py::T"}


@pytest.mark.parametrize("shell", START)
@pytest.mark.parametrize(("text", "arguments"), [pair for pair in WORDS if pair[0] not in PARTS])
def test_a_tab_completes_what_is_typed(folder, shell, text, arguments):
    this_tests(completion)
    assert typed(shell, folder, f"this-tests {text}") == arguments


@pytest.mark.parametrize("shell", START)
def test_names_are_completed_part_by_part(folder, shell):
    this_tests(completion)
    text = "this-tests why tests/test_it.py::T\t"
    assert typed(shell, folder, text) == ["why", "tests/test_it.py::TestThing::test_run"]


@pytest.mark.parametrize(("text", "arguments"), WORDS)
def test_fish_completes_what_is_typed(folder, text, arguments):
    this_tests(completion)
    needed("fish")
    project, environment = folder
    script = f"this-tests completion fish | source; complete -C 'this-tests {text}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    expected = "tests/test_it.py::TestThing::" if text.startswith("why") else arguments[-1]
    assert (done.stdout.splitlines(), done.stderr) == ([expected], "")


def test_what_is_known_is_renewed_in_the_background(folder):
    this_tests(completion)
    project, environment = folder
    script = 'eval "$(this-tests completion bash)"; _this_tests_words "this-tests show mylib.s"'

    def words():
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    assert words() == []
    time.sleep(0.05)  # The registry must be newer.
    project.tests("def test_deep(): this_tests(mylib.sub.deep)\n", "tests/test_more.py")
    project.run().assert_outcomes(passed=3)
    end = time.monotonic() + SECONDS
    while not (found := words()) and time.monotonic() < end:
        time.sleep(0.1)
    assert found == ["mylib.sub."]


def test_names_and_tests_are_listed_for_the_scripts(folder, command):
    this_tests(completion)
    assert command("completion", "callables").stdout.splitlines() == ["mylib.Thing.run", "mylib.add"]
    assert command("completion", "tests").stdout.splitlines() == [
        "tests/test_it.py::TestThing::test_run",
        "tests/test_it.py::test_add",
    ]
    assert command("completion", "csh").returncode == 2


def test_a_folder_without_a_project_has_no_names(folder, tmp_path):
    this_tests(completion)
    _, environment = folder
    script = 'eval "$(this-tests completion bash)"; _this_tests_words "this-tests show m"; echo end'
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("end\n", "")
