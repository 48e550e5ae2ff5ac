"""The garbage collector is paused during large allocations, skips frozen objects, and goes on as before."""

import gc
import weakref

import pytest
from sites import Site

from sphinx_this_tests.gc_freeze import GcFreeze
from this_tests import this_tests
from this_tests.gc_pause import collector_paused


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


@pytest.fixture
def nothing_set_aside():
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("nothing_set_aside")
def test_what_lives_is_set_aside_and_taken_back():
    this_tests(GcFreeze.freeze, GcFreeze.unfreeze)
    frozen = GcFreeze()
    frozen.freeze()
    first = gc.get_freeze_count()
    more = [[] for _ in range(10_000)]
    frozen.freeze()
    second = gc.get_freeze_count()
    frozen.unfreeze()

    assert first > 1000
    assert second >= first + len(more)
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("nothing_set_aside")
def test_what_somebody_else_set_aside_is_left_to_them():
    this_tests(GcFreeze.freeze, GcFreeze.unfreeze)
    gc.freeze()
    frozen = GcFreeze()
    frozen.freeze()
    frozen.unfreeze()

    assert gc.get_freeze_count() > 1000


@pytest.mark.usefixtures("nothing_set_aside")
def test_garbage_that_is_made_later_is_collected_all_the_same():
    this_tests(GcFreeze.freeze)
    GcFreeze().freeze()

    class Ring:
        pass

    ring = Ring()
    ring.self = ring
    gone = weakref.ref(ring)
    del ring
    gc.collect()
    assert gone() is None


# An extension of the project that records the collector's state while pages are written.
WITNESS = """

def setup(app):
    import gc

    def seen(app, doctree, page):
        with open(app.outdir / "frozen.txt", "w") as file:
            file.write(str(gc.get_freeze_count()))
        {then}

    app.connect("doctree-resolved", seen)
"""


def witnessed(site: Site, then: str = "") -> Site:
    site.add("pages.txt")
    conf = site.root / "docs" / "conf.py"
    conf.write_text(conf.read_text(encoding="utf-8") + WITNESS.format(then=then), encoding="utf-8")
    return site


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_set_aside")
def test_what_a_build_has_read_is_set_aside_while_it_writes(site: Site):
    this_tests(
        "sphinx_this_tests.extension.Extension.compare", "sphinx_this_tests.extension.Extension.finish"
    )
    built = witnessed(site).build()

    assert int((built.outdir / "frozen.txt").read_text(encoding="utf-8")) > 1000
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("nothing_set_aside")
def test_a_build_that_fails_leaves_nothing_set_aside(site: Site):
    this_tests("sphinx_this_tests.extension.Extension.finish")
    with pytest.raises(Exception, match="division by zero"):
        witnessed(site, then="1 / 0").build()

    assert gc.get_freeze_count() == 0
