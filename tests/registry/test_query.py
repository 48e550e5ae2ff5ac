"""Queries: which callables a name stands for."""

from this_tests import Entry, Link, Registry, this_tests
from this_tests.registry.query import belonging


def asked(callables, name):
    """Return what belongs to *name*, and the names of which the origins were asked for."""
    requests = []

    def origins(other):
        requests.append(other)
        return ("mylib.impl.Thing",) if other in {"mylib.Alias", "mylib.Thing"} else ()

    entries = {other: Entry(declared={"test_it.py::test": Link()}) for other in callables}
    return belonging(Registry(callables=entries, origins=origins), name), requests


def test_no_source_is_read_for_a_name_that_the_registry_has():
    this_tests(belonging)
    callables = ["mylib.Thing", "mylib.Thing.run", "mylib.add"]
    assert asked(callables, "mylib.Thing") == ({"mylib.Thing", "mylib.Thing.run"}, [])


def test_members_that_an_inventory_lists_in_another_module_belong_to_their_class():
    this_tests(belonging)
    found, _ = asked(["mylib.Thing", "mylib.impl.Thing.run", "mylib.impl.add"], "mylib.Thing")
    assert found == {"mylib.Thing", "mylib.impl.Thing.run"}


def test_members_are_found_by_another_name_of_their_class():
    this_tests(belonging)
    found, requests = asked(["mylib.impl.Thing.run"], "mylib.Alias")
    assert found == {"mylib.impl.Thing.run"}
    assert "mylib.Alias" in requests
