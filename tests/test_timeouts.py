"""A test of this suite that hangs fails with a message."""

import signal

import pytest

from this_tests import this_tests

BRIEF = """
    import timeouts
    from timeouts import pytest_runtest_call, pytest_runtest_setup

    def pytest_runtest_logstart(nodeid):
        timeouts.TEST_TIMEOUT = 60 if nodeid.endswith("test_next") else 1
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs SIGALRM")
@pytest.mark.parametrize("wait", ["time.sleep(60)", "subprocess.run(['sleep', '60'])"])
def test_a_test_that_hangs_fails_and_the_next_one_runs(project, wait):
    project.write({"conftest.py": BRIEF})
    project.tests(
        f"import subprocess, time\ndef test_long(): {wait}\n"
        "def test_next(): this_tests(mylib.add)\n"
        "@pytest.fixture\ndef slow(): time.sleep(60)\n"
        "def test_slow(slow): pass\n"
    )
    done = project.run("--this-tests-missing=ignore")
    done.assert_outcomes(failed=1, passed=1, errors=1)
    done.stdout.fnmatch_lines(["*Failed: not ended after 1 s"])
    this_tests("na")
