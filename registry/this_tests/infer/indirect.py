"""What a test is likely to be about though it uses it through others only: pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .cases import Case
from .identifiers import own_words, said, speaks_of, telling, words
from .usage import Use
from .values import Function

__all__ = ["MAKERS", "Ran", "named_behind"]

MAKERS = ("__init__", "__new__")
# Nearly every test compares.
_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
# How much of a function's name the test's must say, and how much that and its rarity must make together.
_HALF = 0.5
_TELLING = 0.7


def named_behind(case: Case, found: Sequence[Function]) -> Iterator[tuple[Function, Function]]:
    """Yield what the functions *found* call that says what they do not: of ``bar`` in ``test_bar_color``.

    A word of the test's name that several functions say tells nothing.

    Returns:
        The function, and the one of *found* that calls it.
    """
    own = own_words(case.node_id)
    told = [word for each in found for word in words(each.last)]
    left = [word for word in telling(own) if not said([word], told)]
    behind = {
        callee.path: (callee, caller)
        for caller in found
        for callee in case.behind.get(caller.path, ())
        if _is_behind(callee, case)
    }
    speaking = [[each for each in behind.values() if speaks_of(each[0].last, [word])] for word in left]
    alone = {each[0][0].path: each[0] for each in speaking if len(each) == 1}
    told_of = (each for each in alone.values() if _is_told(each[0], own))
    return (each for each in told_of if speaks_of(each[0].last, left) >= _HALF)


def _is_told(function: Function, own: Sequence[str]) -> bool:
    """Return whether a name says each word of a function that the test could have called: a public one."""
    return function.last.startswith("_") or speaks_of(function.last, own, whole=True) == 1


def _is_behind(function: Function, case: Case) -> bool:
    return not function.last.startswith("__") and all(use.function.path != function.path for use in case.uses)


def _tells(called: Function) -> bool:
    # A class without a constructor of its own goes by its name, and making objects tells little.
    return not called.last[:1].isupper() and called.last not in (*MAKERS, *_COMPARISONS)


class Ran:
    """What a run saw each test execute.

    Args:
        executed: Node ids, with or without the brackets of parametrised cases, and the functions of the
            library, as ``module:qualname``, that the case's call phase executed, each with whether the
            test's own body called it. Of tests that are not here nothing is known.
    """

    def __init__(self, executed: Iterable[tuple[str, Iterable[tuple[str, bool]]]]) -> None:
        self._executed: dict[str, dict[str, Function]] = {}
        self._called: dict[str, set[str]] = {}
        for case, names in executed:
            node_id = case.partition("[")[0]
            ran = self._executed.setdefault(node_id, {})
            called = self._called.setdefault(node_id, set())
            # What is local to a function has no name of its own.
            parts = [(*name.partition(":"), is_called) for name, is_called in names if "<" not in name]
            for module, _, qualname, is_called in parts:
                function = Function(module, qualname)
                ran[function.path] = function
                if is_called:
                    called.add(function.path)
        self._counts = Counter(path for found in self._executed.values() for path in found)

    def confirmed(self, case: Case) -> Case:
        """Return what a test uses, without what it did not execute, and with what it called unread.

        Constructors stay, for a class may have none of its own.
        """
        ran = self._executed.get(case.node_id)
        if ran is None:
            return case
        uses = [each for each in case.uses if each.function.path in ran or each.function.last in MAKERS]
        read = {each.function.path for each in case.uses}
        uses += [
            Use(ran[path], -1, "body", frozenset({"act"}))
            for path in sorted(self._called[case.node_id] - read)
            if _tells(ran[path])
        ]
        behind = {path: [each for each in called if each.path in ran] for path, called in case.behind.items()}
        return Case(case.node_id, tuple(uses), behind)

    def telling(self, case: Case) -> Iterator[Function]:
        """Yield what ran behind a test that its name speaks of and that few tests of the suite execute.

        The rarity is the inverse document frequency, with tests for documents and the test's rarest
        function for 1, as TCTracer has it (White, Krinke, Tan, 2020).
        """
        own = own_words(case.node_id)
        ran = self._executed.get(case.node_id, {})
        rarest = max(map(self._rarity, ran), default=0.0)
        for path, function in ran.items():
            is_likely = _is_behind(function, case) and _is_told(function, own)
            likeness = speaks_of(function.last, own) if is_likely else 0.0
            if rarest and likeness and (likeness + self._rarity(path) / rarest) / 2 >= _TELLING:
                yield function

    def _rarity(self, path: str) -> float:
        return math.log(len(self._executed) / self._counts[path])
