"""An observed run of a project, and what it saw, for the tests of several packages."""

import pytest

from this_tests.observations.file import Relation, load
from this_tests.observations.relation import BODY, CALL, DIRECT, SETUP, TEARDOWN

FLAGS = {SETUP: "setup", CALL: "call", TEARDOWN: "teardown", DIRECT: "direct", BODY: "body"}

OBSERVED = {
    "mylib/__init__.py": """
        from ._impl import *
        from ._impl import add, cached, made, numbers, wrapped
    """,
    "mylib/_impl.py": """
        import functools

        def add(a, b):
            return _helper(a) + b

        def _helper(a):
            return a

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper

        @logged
        def wrapped():
            return add(1, 2)

        @functools.lru_cache
        def cached():
            return 1

        def numbers():
            yield 1
            yield 2

        async def later():
            return add(1, 1)

        def outer():
            def inner():
                return (lambda: 4)()
            return inner

        made = outer()

        class Base:
            def __init__(self):
                self.x = 1

            def shared(self):
                return self.x

        class Thing(Base):
            def run(self):
                return 1

            @property
            def size(self):
                return 2

            def __add__(self, other):
                return add(1, 2)

            @classmethod
            def of(cls):
                return cls()

            @staticmethod
            def plain():
                return 3
    """,
}


class Observing:
    """A project whose tests are observed."""

    def __init__(self, project):
        self.project = project
        project.write(OBSERVED)
        project.configure('library = ["mylib"]\nmissing = "ignore"\nobserve = true')

    def run(self, source, *args, outcomes=None):
        """Run the tests in *source*, and return what was observed."""
        self.project.tests(source)
        return self.again(*args, outcomes=outcomes)

    def again(self, *args, outcomes=None):
        """Run what is there."""
        self.result = self.project.run(*args)
        if outcomes is not None:
            assert self.result.parseoutcomes() == outcomes
        return self

    @property
    def relation(self) -> Relation:
        """The whole relation."""
        return load(self.project.root / ".pytest_cache" / "d" / "this-tests")

    def of(self, test, file="tests/test_it.py"):
        """What *test* executed: functions of mylib, each with its flags in words."""
        return {
            name.removeprefix("mylib._impl:"): " ".join(word for bit, word in FLAGS.items() if bit & flags)
            for name, flags in self.relation.flags_of(f"{file}::{test}")
        }

    @property
    def seen(self):
        """By callable how many tests executed it, and how many of them directly."""
        return {
            name: (entry.observed.tests, entry.observed.direct)
            for name, entry in sorted(self.project.registry.callables.items())
        }


@pytest.fixture
def observing(project):
    """Return a project whose tests are observed."""
    return Observing(project)
