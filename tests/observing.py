"""An observed run of a project, and what it saw, for the tests of several packages."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path

import pytest

from this_tests import Entry, Registry
from this_tests.observations.file import load, write
from this_tests.observations.observations import Observations
from this_tests.observations.proofs import Proof
from this_tests.observations.relation import BODY, CALL, DIRECT, SETUP, TEARDOWN, Relation, RelationBuilder
from this_tests.prove.current_code import CurrentCode
from this_tests.registry.model import Observed, Outcome
from this_tests.registry.store import encode
from this_tests.settings import find_project

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

_SESSION = 1
_ENVIRONMENT = "an environment"


def store_observed(
    folder: Path, observed: Mapping[str, Observed], outcomes: Mapping[str, Outcome] | None = None
) -> Path:
    """Write a file into the folder of observations *folder* as if a run had seen what is *observed*.

    The examples of a callable executed it, and further tests, up to its number, that are called
    ``tests/test_more.py::test_1``, ``test_2`` and so on, the first ones directly. So what is loaded lists
    some of these if there are fewer examples than a registry lists, or more relevant tests than those.

    Args:
        outcomes: Those of later runs that did not observe, by node id without brackets.
    """
    executed: dict[str, dict[str, int]] = {}
    for name, tests in observed.items():
        for test, flags in _executing(tests):
            executed.setdefault(test, {})[name.replace(".", ":", 1)] = flags
    builder = RelationBuilder(_SESSION)
    for test, functions in executed.items():
        builder.add(test, functions, functions.values(), "passed")
    later = {test: (_SESSION + 1, outcome) for test, outcome in (outcomes or {}).items()}
    observations = Observations(
        relations={_ENVIRONMENT: builder.relation()},
        names={name.replace(".", ":", 1): (_SESSION, name) for name in observed},
        outcomes={_ENVIRONMENT: later} if later else {},
    )
    return write(folder, "run", observations)


def store_proofs(root: Path, noticed: Mapping[str, Iterable[str]], named: Mapping[str, str]) -> Path:
    """Write a further file of observations, as if each function had done nothing while its tests ran.

    Args:
        root: The root of the project, whose code is the one that the proofs are of.
        noticed: By function, as ``module:qualname``, the tests that failed then.
        named: The functions' public names.
    """
    code = CurrentCode(find_project(root))
    proofs = {
        function: Proof(
            session=_SESSION + 1,
            code=code.of_function(function),
            replaced=("returns None",),
            noticed=dict.fromkeys(tests, (0,)),
            tests={test.partition("[")[0]: code.of_test(test) for test in tests},
        )
        for function, tests in noticed.items()
    }
    names = {function: (_SESSION + 1, name) for function, name in named.items()}
    return write(root / "test_observations", "prove", Observations(names=names, proofs=proofs))


def _executing(observed: Observed) -> Iterator[tuple[str, int]]:
    examples = observed.examples
    for test, link in examples.items():
        yield test, CALL | DIRECT if link.direct else CALL
    direct = observed.direct - sum(link.direct for link in examples.values())
    others = (test for number in count(1) if (test := f"tests/test_more.py::test_{number}") not in examples)
    for number, test in enumerate(islice(others, max(observed.tests - len(examples), 0))):
        yield test, CALL | DIRECT if number < direct else CALL


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
        return self.observations.combined()

    @property
    def observations(self) -> Observations:
        """All that was observed."""
        return load(self.project.root / "test_observations")

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


def store(project, registry: Registry) -> None:
    """Write *registry* as the two files of *project*: what is declared or inferred, and what was observed."""
    rest = {
        name: Entry(declared=entry.declared, inferred=entry.inferred)
        for name, entry in registry.callables.items()
        if entry.declared or entry.inferred
    }
    project.path.write_bytes(encode(Registry(callables=rest, tests=registry.tests)))
    observed = {name: entry.observed for name, entry in registry.callables.items() if entry.observed}
    outcomes = {test: info.outcome for test, info in registry.tests.items() if info.outcome != "passed"}
    store_observed(project.root / "test_observations", observed, outcomes=outcomes)
