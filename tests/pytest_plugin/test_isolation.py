"""Each test in a fork, as a session of ``this-tests audit --isolate`` runs it."""

import sys

import pytest

from this_tests.observations.file import load
from this_tests.observations.relation import CALL, SETUP

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target="this_tests.pytest_plugin.isolation.Isolation"),
    pytest.mark.skipif(sys.platform == "win32", reason="cannot fork"),
]


@pytest.fixture
def alone(project, git, tmp_path_factory):
    """Return a function that runs tests, each in a fork."""
    project.write({"mylib/__init__.py": "from ._impl import add, subtract\nadd(1, 2)"})
    folder = tmp_path_factory.mktemp("audit")

    def run(source, *arguments):
        project.tests(source)
        git.commit()
        options = (f"--this-tests-audit={folder}", "--this-tests-isolate", "-p", "no:asyncio")
        return project.run_apart(*options, *arguments), load(folder)

    return run


def test_reports_come_back_with_what_the_tests_executed(alone):
    result, found = alone(
        """
        seen = []

        @pytest.fixture(scope="session")
        def wide():
            yield seen.append(mylib.subtract(2, 1))

        def test_one(wide, record_property, tmp_path):
            record_property("thing", object())
            seen.append(1)
            assert mylib.add(1, 1) == 2

        def test_two(wide, tmp_path):
            assert seen == [1]

        def test_fails():
            print("said")
            assert mylib.add(1, 1) == 3

        def test_skips():
            pytest.skip("not now")

        @pytest.mark.xfail(strict=True)
        def test_expected():
            raise ValueError
        """
    )
    result.assert_outcomes(passed=2, failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*assert 2 == 3", "*Captured stdout call*", "said"])
    (relation,) = found.relations.values()
    tests = {test: dict(relation.flags_of(f"tests/test_it.py::{test}")) for test in ("test_one", "test_two")}
    assert {test: row.keys() for test, row in tests.items()} == {
        "test_one": {"mylib._impl:add", "mylib._impl:subtract"},
        "test_two": {"mylib._impl:subtract"},
    }
    assert tests["test_one"]["mylib._impl:add"] & CALL
    assert tests["test_two"]["mylib._impl:subtract"] & SETUP
    (snapshot,) = found.snapshots.values()
    assert snapshot.at_import == ("mylib._impl:add",)


@pytest.mark.parametrize("arguments", [(), ("-s",), ("-n", "2")], ids=["", "-s", "-n"])
def test_a_crash_is_a_failure_and_names_the_signal(alone, arguments):
    result, found = alone(
        """
        import os, signal

        def test_killed():
            print("last words", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        def test_exits():
            os._exit(3)

        def test_goes_on():
            pass
        """,
        *arguments,
    )
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert "the process of the test was ended by SIGKILL" in text
    assert "the process of the test exited with 3 before the test ended" in text
    assert "last words" in text or arguments == ("-n", "2")
    (relation,) = found.relations.values()
    assert {test.partition("::")[2]: row.outcome for test, row in relation.rows.items()} == {
        "test_killed": "failed",
        "test_exits": "failed",
        "test_goes_on": "passed",
    }


@pytest.mark.parametrize(
    "interrupt", ["raise KeyboardInterrupt", "os.kill(os.getppid(), signal.SIGINT); signal.pause()"]
)
def test_an_interrupt_ends_the_session_in_order(alone, interrupt):
    result, _ = alone(
        f"""
        import os, signal

        def test_one(): pass
        def test_two(): {interrupt}
        def test_three(): pass
        """
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(passed=1)


def test_the_time_of_a_test_may_be_limited(alone, project):
    """As pytest-timeout does it: by a signal that the parent gets."""
    project.write(
        {
            "conftest.py": """
                import os, pytest, signal

                def ended(*_):
                    pytest.fail("it took too long")

                @pytest.hookimpl(wrapper=True)
                def pytest_runtest_protocol():
                    signal.signal(signal.SIGUSR1, ended)
                    return (yield)
            """
        }
    )
    result, _ = alone(
        """
        import os, signal

        def test_waits():
            os.kill(os.getppid(), signal.SIGUSR1)
            signal.pause()
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["it took too long"])


def test_failed_subtests_come_back(alone):
    result, _ = alone(
        """
        import unittest

        class TestIt(unittest.TestCase):
            def test(self):
                for number in range(2):
                    with self.subTest(number=number):
                        assert not number
        """
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("assert not 1") > 0
