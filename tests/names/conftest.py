"""Fixtures: the library ``shapes``, which has one of each kind of named object."""

import importlib

import pytest
from calls import inventory

from this_tests.names import Names


@pytest.fixture(scope="session")
def shapes():
    """Return the library of the folder ``shapes``, imported."""
    return importlib.import_module("shapes")


@pytest.fixture
def names(shapes):
    """Return a resolver for the library, without documentation."""
    return Names([shapes.__name__])


@pytest.fixture
def documented(shapes, tmp_path):
    """Return a function that makes a resolver for the library, from lines of an inventory."""

    def make(*lines, library=(shapes.__name__,), **options):
        path = tmp_path / "objects.inv"
        path.write_bytes(inventory(*lines))
        return Names(library, inventories=[path], **options)

    return make
