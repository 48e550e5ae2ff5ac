"""How likely a test is about each of the functions that it uses: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .cases import Case
from .identifiers import own_words, said, words
from .indirect import MAKERS, Ran, named_behind
from .usage import Use
from .values import Function

__all__ = ["Likely", "likely"]

# Weights and thresholds were set on two of the four projects that docs/infer.md tells the scores of.
_RAISES = 1.0
_ASSERTED = 1.0
_FLOWS = 0.9
_SUBJECT = 0.9
_LAST = 0.8
_ACT = 0.7
_OBSERVED = 0.75
_OBSERVES = 0.45
_READ = 0.4
_PASSED = 0.4
_PLAIN = 0.3
_GIVEN = 0.25
_EXPECTED = 0.1
# What is used outside of the test's own body tells less.
_SCOPES = {"body": 1.0, "helper": 0.5, "setup": 0.1}
# Nearly every test makes objects, few are about making them.
_INIT = 0.5
_NAME = 0.6
_KIN = 0.15
_COMMON = 0.3

# How people call what operators and built-in functions do.
_OPERATORS = {
    "add": ("add", "plus", "sum", "combine", "concat"), "and": ("and", "intersection", "intersect"),
    "call": ("call", "callable"), "contains": ("contains", "contain", "in", "membership"),
    "delitem": ("delitem", "delete", "remove"), "enter": ("enter", "context", "with"),
    "eq": ("eq", "equal", "equals", "equality", "comparison"), "ge": ("ge", "greater", "comparison"),
    "getattr": ("getattr", "attribute"), "getitem": ("getitem", "item", "index", "key", "slice"),
    "gt": ("gt", "greater", "comparison"), "hash": ("hash", "hashable"), "init": ("init", "construct",
    "construction", "constructor", "create", "instantiate"), "iter": ("iter", "iterate", "iteration", "loop"),
    "le": ("le", "less", "comparison"), "len": ("len", "length", "size"), "lt": ("lt", "less", "comparison"),
    "mul": ("mul", "multiply", "times"), "ne": ("ne", "unequal", "different", "comparison"),
    "or": ("or", "union"), "repr": ("repr", "representation"),
    "setitem": ("setitem", "assignment", "set"), "str": ("str", "string"),
    "sub": ("sub", "subtract", "minus", "remove", "difference"),
}  # fmt: skip

# What is called behind a link is less likely than the link.
_BEHIND = 0.6
_THRESHOLD = 0.45
_RATIO = 0.85


@dataclass(frozen=True)
class Likely:
    """A link that the source suggests.

    Attributes:
        score: 0 to about 1.5; what is below the threshold is no link.
    """

    node_id: str
    function: Function
    score: float


def likely(cases: Sequence[Case], ran: Ran | None = None) -> list[Likely]:
    """Return the links that the tests of one file suggest, by test, the likeliest first.

    Args:
        ran: What a run saw: it drops what did not run, and adds what ran behind and is told by names.
    """
    known = [ran.confirmed(case) for case in cases] if ran else cases
    shares = _shares(known)
    return [each for case in known for each in _of_case(case, shares, ran)]


def _of_case(case: Case, shares: Mapping[str, float], ran: Ran | None) -> list[Likely]:
    grouped: dict[str, list[Use]] = {}
    for use in _told_apart(case):
        grouped.setdefault(use.function.path, []).append(use)
    scopes = _scopes(case)
    scored = [
        Likely(case.node_id, _first(uses), _score(case.node_id, uses, shares[path], scopes))
        for path, uses in grouped.items()
    ]
    best = max((each.score for each in scored), default=0.0)
    found = {each.function.path for each in scored if each.score >= max(_THRESHOLD, _RATIO * best)}
    # Who has its work done by a likely one is as likely.
    found |= {use.worker_of for path in found for use in grouped[path]}
    kept = [each for each in scored if each.function.path in found or _is_subject(each.function, case)]
    links = {each.function.path: each for each in (*_behind(case, kept, ran), *kept)}
    return sorted(links.values(), key=lambda each: (-each.score, each.function.path))


def _first(uses: Sequence[Use]) -> Function:
    """Return the function as it was first used: of the classes that one call may mean, always the same."""
    return min(uses, key=lambda use: (use.site, str(use.function.receiver))).function


def _is_subject(function: Function, case: Case) -> bool:
    """Return whether a test class is called as a function that the test's body uses: ``TestParseInput``."""
    scopes = [words(each.removeprefix("Test")) for each in case.node_id.split("::")[1:-1]]
    called = words(function.last)
    is_named = bool(called) and called in scopes
    return is_named and any(each.function == function and each.scope == "body" for each in case.uses)


def _behind(case: Case, found: Sequence[Likely], ran: Ran | None) -> Iterator[Likely]:
    scores = {each.function.path: _BEHIND * each.score for each in found}
    for function in ran.telling(case) if ran else ():
        yield Likely(case.node_id, function, max(scores.values(), default=_THRESHOLD))
    for function, caller in named_behind(case, [each.function for each in found]):
        yield Likely(case.node_id, function, scores[caller.path])


def _told_apart(case: Case) -> Iterator[Use]:
    """Yield the uses; of the classes that one call may mean, only those that the names are nearest to."""
    nearest: dict[tuple[int, str], float] = {}
    for use in case.uses:
        key = (use.site, use.function.last)
        nearest[key] = max(nearest.get(key, 0.0), _kinship(use.function, case.node_id))
    for use in case.uses:
        if _kinship(use.function, case.node_id) >= nearest[use.site, use.function.last]:
            yield use


def _scopes(case: Case) -> Mapping[str, float]:
    """Return what a use counts by where it stands: helpers are the test where its body leaves all to them."""
    is_own = any(use.scope == "body" and not _is_aside(use) for use in case.uses)
    return _SCOPES if is_own else {**_SCOPES, "helper": _SCOPES["body"]}


def _is_aside(use: Use) -> bool:
    return use.function.last in MAKERS or _weight(use, is_named=False) <= _READ


def _score(node_id: str, uses: Sequence[Use], share: float, scopes: Mapping[str, float]) -> float:
    function = uses[0].function
    # What the name says in full is what the test is about, though an assert looks at it through another call.
    is_named = _likeness(function, node_id) == 1
    role = max(_weight(use, is_named=is_named) * scopes[use.scope] for use in uses)
    if function.last in MAKERS and not any("raises" in use.roles for use in uses):
        role *= _INIT
    likeness = _NAME * _likeness(function, node_id) + _KIN * _kinship(function, node_id)
    return role * (1 - _COMMON * share) + likeness


def _weight(use: Use, *, is_named: bool) -> float:
    roles = use.roles
    if "observes" in roles:
        return _OBSERVES
    if "expected" in roles:
        return _EXPECTED
    if "given" in roles and not (roles & {"raises", "observed"} or (is_named and "asserted" in roles)):
        return _GIVEN
    if "read" in roles and "raises" not in roles:
        return _READ
    for role, weight in (
        ("raises", _RAISES),
        ("asserted", _ASSERTED),
        ("flows", _FLOWS),
        ("subject", _SUBJECT),
        ("last", _LAST),
        ("observed", _OBSERVED),
        ("act", _ACT),
        ("passed", _PASSED),
    ):
        if role in roles:
            return weight
    return _PLAIN


def _shares(cases: Sequence[Case]) -> Mapping[str, float]:
    """Return which share of a file's tests uses each function; 0 where only one does."""
    counts: dict[str, int] = {}
    for case in cases:
        for path in {use.function.path for use in case.uses}:
            counts[path] = counts.get(path, 0) + 1
    return {path: (count - 1) / max(len(cases) - 1, 1) for path, count in counts.items()}


def _likeness(function: Function, node_id: str) -> float:
    """Return how much the names of a test say the name of a function, from 0 to 1."""
    scopes = node_id.split("::")[1:-1]
    near = own_words(node_id)
    far = [word for each in scopes for word in words(each.removeprefix("Test"))]
    ways = _OPERATORS.get(function.last.strip("_")) if function.last.startswith("__") else None
    told = [[each] for each in ways] if ways else [words(function.last)]
    return max(max(said(each, near), 0.8 * said(each, far)) for each in told)


def _kinship(function: Function, node_id: str) -> float:
    """Return how much the names of a test, its class and its file say the function's class, from 0 to 1."""
    owner = function.name.rpartition(".")[0]
    asked = words(owner.rpartition(".")[2] if owner else function.module.rpartition(".")[2])
    return said(asked, words(node_id.rpartition("/")[2]))
