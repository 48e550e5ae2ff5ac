"""Progress, help and completion of the command."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.this_tests(target="this_tests.cli")

PROGRESS = """
import sys
from types import SimpleNamespace
from this_tests.cli import console
now = 0.0
console.time = SimpleNamespace(monotonic=lambda: now)
for step in console.progress(range(6), "Reading tests"):
    now += float(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "terminal", "shown"), [("0.5", True, True), ("0.01", True, False), ("0.5", False, False)]
)
def test_progress_is_shown_on_terminals_after_two_seconds(seconds, terminal, shown):
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm"} | ({"FORCE_COLOR": "1"} if terminal else {})
    done = subprocess.run(
        [sys.executable, "-c", PROGRESS, seconds], capture_output=True, text=True, check=True, env=environment
    )
    assert ("Reading tests" in done.stderr) == shown
    assert done.stdout == ""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["show", "check", "coverage", "audit", "diff", "merge"])
def test_the_help_of_each_verb_has_examples_and_fits_80_columns(command, verb):
    # Typer treats either as a terminal, whatever its value.
    text = command(verb, "--help", PY_COLORS="", GITHUB_ACTIONS="", FORCE_COLOR="").stdout
    assert f"$ this-tests {verb}" in text
    assert max(map(len, text.splitlines())) <= 80
