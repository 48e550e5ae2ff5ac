"""The collector rests while much is made, and goes on as before."""

import gc

import pytest

from sphinx_this_tests.garbage import collector_paused
from this_tests import this_tests


@pytest.fixture(params=[True, False], ids=["collecting", "not collecting"])
def collecting(request: pytest.FixtureRequest):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_it_rests_inside_and_is_afterwards_as_it_was(collecting):
    this_tests(collector_paused)
    with collector_paused():
        inside = gc.isenabled()
    assert (inside, gc.isenabled()) == (False, collecting)


def test_an_error_does_not_leave_it_at_rest(collecting):
    this_tests(collector_paused)
    with pytest.raises(ZeroDivisionError), collector_paused():
        _ = 1 / 0
    assert gc.isenabled() == collecting
