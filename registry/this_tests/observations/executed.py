"""All tests that executed each function, where the summary lists only the most relevant ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ..gc_pause import collector_paused
from ..settings import OBSERVATIONS
from . import file
from .relation import CALL, DIRECT, MAKERS, SETUP, Named, Relation

__all__ = ["Executed", "executed"]

# What the flags of a pair mean: not executed (as in a teardown only), indirectly, or directly.
_NOT, _INDIRECTLY, _DIRECTLY = range(3)


def _meaning(flags: int) -> int:
    if not flags & (SETUP | CALL):
        return _NOT
    return _DIRECTLY if flags & DIRECT else _INDIRECTLY


_MEANINGS = bytes(map(_meaning, range(256)))


class Executed:
    """All tests that executed each function, in runs that passed or failed as expected.

    Nothing is computed for functions that nobody asks for: there may be millions of pairs.

    Args:
        relations: Those of all environments.
        named: The public names of functions.
    """

    def __init__(self, relations: Iterable[Relation], named: Named) -> None:
        relations = tuple(relations)
        tests = {case.partition("[")[0] for relation in relations for case, _ in relation.passing()}
        self._tests = sorted(tests)
        self._numbers = {test: number for number, test in enumerate(self._tests)}
        # By function, for each case twice the number of its test, and one more if it called the function.
        self._cases: dict[str, list[int]] = {}
        for relation in relations:
            self._add(relation)
        self._named = named

    def _add(self, relation: Relation) -> None:
        columns = [self._cases.setdefault(function, []) for function in relation.table]
        for case, row in relation.passing():
            number = self._numbers[case.partition("[")[0]]
            # The columns share these objects: millions of numbers would take four times the memory.
            code = (0, 2 * number, 2 * number + 1)
            for position, meaning in zip(row.functions, row.flags.translate(_MEANINGS), strict=True):
                if meaning:
                    columns[position].append(code[meaning])

    def tests(self) -> frozenset[str]:
        """Return the tests that executed any callable with a public name."""
        numbers = {
            code >> 1
            for functions in self._functions.values()
            for function in functions
            for code in set(self._cases[function])
        }
        return frozenset(self._tests[number] for number in numbers)

    def of(self, name: str) -> Mapping[str, bool]:
        """Return the tests that executed the callable of a public name, and whether they called it."""
        return self._of(self._functions.get(name, ()))

    def of_definition(self, name: str) -> Mapping[str, bool]:
        """Return the same for a function, public or not, by its defining module and qualified name.

        They are joined by a dot: ``pkg.module.Class.method``.
        """
        return self._of(self._by_definition.get(name, ()))

    def definitions_below(self, name: str) -> list[str]:
        """Return the functions whose definitions begin with *name*, such as the methods of a class."""
        return sorted(path for path in self._by_definition if path.startswith(f"{name}."))

    def _of(self, functions: Iterable[str]) -> Mapping[str, bool]:
        codes: set[int] = set()
        for function in functions:
            cases = self._cases[function]
            # A class is called by its own name; a base's `__init__` only runs on the way.
            codes.update((code & ~1 for code in cases) if function.endswith(MAKERS) else cases)
        # Of a test with both codes, that of the call is the last.
        return {self._tests[code >> 1]: bool(code & 1) for code in sorted(codes)}

    @cached_property
    def _functions(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for function in self._cases:
            if name := self._named.get(function):
                found.setdefault(name, []).append(function)
        return found

    @cached_property
    def _by_definition(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for function in self._cases:
            found.setdefault(function.replace(":", "."), []).append(function)
        return found


def executed(registry: Path, notice: Callable[[str], object] = lambda _: None) -> Executed:
    """Return what the observations beside the file *registry* say.

    It takes seconds if there are millions of pairs.

    Args:
        notice: Called with a message for each file that cannot be read; it is left out.
    """
    with collector_paused():
        return Executed(*file.load_relations(registry.parent / OBSERVATIONS, notice))
