"""Finds the functions that a test is likely to be about though it reaches them only through others."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..text import words
from .cases import StaticCase
from .identifiers import meaningful, share_of_name, share_of_words, words_of_test
from .usage import Use
from .use_recorder import is_constructor
from .values import FunctionValue

__all__ = ["ExecutedFunctions", "named_callees"]

# Nearly every test compares.
_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__")
# The least share of a function's name in the test's, and the least mean of that share and the rarity.
_HALF = 0.5
_NAMED_AND_RARE = 0.7


def named_callees(
    case: StaticCase, found: Sequence[FunctionValue]
) -> Iterator[tuple[FunctionValue, FunctionValue]]:
    """Yield callees of the functions *found* whose names match further words of the test's name.

    If a function for ``color`` is found for ``test_bar_color``, its callee for ``bar`` is yielded. Words that
    the names of several functions contain are ignored.

    Returns:
        The function, and the one of *found* that calls it.
    """
    text = words_of_test(case.node_id)
    said = [word for function in found for word in words(function.last)]
    left = [word for word in meaningful(text) if not share_of_words([word], said)]
    indirect = {
        callee.path: (callee, caller)
        for caller in found
        for callee in case.callees.get(caller.path, ())
        if _is_indirect(callee, case)
    }
    for callee, caller in _sole_matches(list(indirect.values()), left):
        if _is_named(callee, text) and share_of_name(callee.last, left) >= _HALF:
            yield callee, caller


def _sole_matches(
    calls: Sequence[tuple[FunctionValue, FunctionValue]], text: Sequence[str]
) -> Iterable[tuple[FunctionValue, FunctionValue]]:
    """Return the calls of functions that are the only ones whose names contain one of the words of a text."""
    matches = [[call for call in calls if share_of_name(call[0].last, [word])] for word in text]
    return {calls[0][0].path: calls[0] for calls in matches if len(calls) == 1}.values()


def _is_named(function: FunctionValue, text: Sequence[str]) -> bool:
    """Return whether a text contains each word of a public function; a test could have called that itself."""
    return function.last.startswith("_") or share_of_name(function.last, text, particles=True) == 1


def _is_indirect(function: FunctionValue, case: StaticCase) -> bool:
    return not function.last.startswith("__") and all(use.function.path != function.path for use in case.uses)


def _is_meaningful(called: FunctionValue) -> bool:
    # A class without a constructor of its own appears under its name, and making objects is weak evidence.
    is_class = called.last[:1].isupper()
    return not is_class and not is_constructor(called) and called.last not in _COMPARISONS


class ExecutedFunctions:
    """The functions that each test executed in a run.

    Args:
        executed: Node ids, with or without the brackets of parametrized cases, and the functions of the
            library, as ``module:qualname``, that the case's call phase executed, each with whether the
            test's own body called it. Tests that are missing here were not observed.
    """

    def __init__(self, executed: Iterable[tuple[str, Iterable[tuple[str, bool]]]]) -> None:
        self._executed: dict[str, dict[str, FunctionValue]] = {}
        self._called: dict[str, set[str]] = {}
        for case, names in executed:
            node_id = case.partition("[")[0]
            functions = self._executed.setdefault(node_id, {})
            called = self._called.setdefault(node_id, set())
            for function, is_called in _functions(names):
                functions[function.path] = function
                if is_called:
                    called.add(function.path)
        self._counts = Counter(path for functions in self._executed.values() for path in functions)

    def confirmed(self, case: StaticCase) -> StaticCase:
        """Return a test without the uses that it did not execute, and with the calls that were observed.

        Constructors stay, for a class may have none of its own.
        """
        executed = self._executed.get(case.node_id)
        if executed is None:
            return case
        uses = [use for use in case.uses if use.function.path in executed or is_constructor(use.function)]
        callees = {
            path: [callee for callee in called if callee.path in executed]
            for path, called in case.callees.items()
        }
        return StaticCase(case.node_id, (*uses, *self._unread(case, executed)), callees)

    def _unread(self, case: StaticCase, executed: Mapping[str, FunctionValue]) -> Iterator[Use]:
        """Yield the calls of a test that its source does not show."""
        read = {use.function.path for use in case.uses}
        for path in sorted(self._called[case.node_id] - read):
            if _is_meaningful(executed[path]):
                yield Use(executed[path], -1, "body", frozenset({"act"}))

    def named(self, case: StaticCase) -> Iterator[FunctionValue]:
        """Yield the functions executed through others that the test's name contains and few tests execute.

        The rarity is the inverse document frequency, with tests for documents and the test's rarest
        function for 1, as TCTracer has it (White, Krinke, Tan, 2020).
        """
        text = words_of_test(case.node_id)
        executed = self._executed.get(case.node_id, {})
        rarest = max(map(self._rarity, executed), default=0.0)
        for path, function in executed.items():
            is_likely = _is_indirect(function, case) and _is_named(function, text)
            share = share_of_name(function.last, text) if is_likely else 0.0
            if rarest and share and (share + self._rarity(path) / rarest) / 2 >= _NAMED_AND_RARE:
                yield function

    def _rarity(self, path: str) -> float:
        return math.log(len(self._executed) / self._counts[path])


def _functions(names: Iterable[tuple[str, bool]]) -> Iterator[tuple[FunctionValue, bool]]:
    for name, is_called in names:
        # What is local to a function has no name of its own.
        if "<" not in name:
            module, _, qualname = name.partition(":")
            yield FunctionValue(module, qualname), is_called
