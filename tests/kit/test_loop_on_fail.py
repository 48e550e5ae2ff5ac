"""xdist's ``--looponfail``: its subprocess reads no ``addopts``, and loads the kit last."""

import subprocess
import sys
import threading

import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests import this_tests

pytestmark = pytest.mark.slow


def first_round(project):
    """Return the output of the first round; then it would wait for changes without an end."""
    command = [sys.executable, "-m", "pytest", "-f", "-rs", "-p", "no:randomly"]
    with subprocess.Popen(
        command,
        cwd=project.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        timer = threading.Timer(PROCESS_TIMEOUT, process.kill)
        timer.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "waiting for changes" in line:
                break
        timer.cancel()
        process.kill()
    return "".join(lines)


def test_the_kit_works_with_it(kit):
    this_tests("this_tests.kit.plugin")
    kit.write({"conftest.py": ""})  # So that its folder is one of those that Python imports from.
    kit.tests(
        """
        @pytest.mark.slow
        def test_slow(): pass

        def test_fast(pytestconfig, temp_folder):
            this_tests(mylib.add)
            print(pytestconfig.getoption("--device"))
        """
    )
    output = first_round(kit)
    assert "1 passed, 1 skipped" in output
    assert "runs with --runslow" in output
    assert kit.links == {"mylib.add": ["test_fast"]}
