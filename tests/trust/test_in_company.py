"""The registry of the reference suite is the same alone and in company of what is installed here.

`make trust` installs the rest, and makes the table of the docs.
"""

import sys

import pytest
from company import GUESTS, Host

FAST = ("repeat", "randomly", "rerunfailures", "asyncio", "anyio", "hypothesis", "subtests", "python -O", "settrace", "xdist `-n 4`", "no:this_tests")  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.pytest_plugin")]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Return what runs the reference suite."""
    return Host(tmp_path_factory.mktemp("company"), sys.executable)


@pytest.mark.parametrize(
    "guest",
    [each for each in GUESTS if any(name in each.name for name in FAST)],
    ids=lambda guest: guest.name,
)
def test_the_registry_is_the_same_with(host, guest):
    if not host.knows(guest):
        pytest.skip(f"needs {guest.needs}")
    assert host.receive(guest).problem == ""
