"""Scores how likely a test is about each of the functions that it uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..text import words
from .cases import StaticCase
from .identifiers import share_of_words, words_of_test
from .indirect import ExecutedFunctions, named_callees
from .usage import Use
from .use_recorder import is_constructor
from .values import FunctionValue

__all__ = ["LikelyLink", "likely"]

# Weights and thresholds were set on two of the four projects whose scores are in docs/infer.md.
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
# Uses outside of the test's own body are weaker evidence.
_SCOPES = {"body": 1.0, "helper": 0.5, "setup": 0.1}
# Nearly every test makes objects, few are about making them.
_INIT = 0.5
_NAME = 0.6
_KIN = 0.15
_COMMON = 0.3

# The words for what operators and built-in functions do.
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

# A function that a link's function calls is less likely than the link.
_INDIRECT = 0.6
_THRESHOLD = 0.45
_RATIO = 0.85


@dataclass(frozen=True)
class LikelyLink:
    """A link between a test and a function that the source suggests.

    Attributes:
        score: 0 to about 1.5.
    """

    node_id: str
    function: FunctionValue
    score: float


def likely(cases: Sequence[StaticCase], executed: ExecutedFunctions | None = None) -> list[LikelyLink]:
    """Return the links that the tests of one file suggest, by test, the likeliest first.

    Args:
        executed: The functions executed in a run. Uses that were not executed are dropped; functions executed
            through others are added if the test's name contains them.
    """
    known = [executed.confirmed(case) for case in cases] if executed else cases
    shares = _shares(known)
    return [link for case in known for link in _links(case, shares, executed)]


def _links(
    case: StaticCase, shares: Mapping[str, float], executed: ExecutedFunctions | None
) -> list[LikelyLink]:
    grouped: dict[str, list[Use]] = {}
    for use in _nearest(case):
        grouped.setdefault(use.function.path, []).append(use)
    scopes = _scopes(case)
    scored = [
        LikelyLink(case.node_id, _first(uses), _score(case.node_id, uses, shares[path], scopes))
        for path, uses in grouped.items()
    ]
    paths = _likely_paths(scored, grouped)
    kept = [link for link in scored if link.function.path in paths or _is_subject(link.function, case)]
    links = {link.function.path: link for link in (*_indirect(case, kept, executed), *kept)}
    return sorted(links.values(), key=lambda link: (-link.score, link.function.path))


def _likely_paths(scored: Sequence[LikelyLink], uses: Mapping[str, Sequence[Use]]) -> set[str]:
    """Return the functions whose scores are high, and not far below the test's best."""
    best = max((link.score for link in scored), default=0.0)
    paths = {link.function.path for link in scored if link.score >= max(_THRESHOLD, _RATIO * best)}
    # A function that delegates to a likely one is as likely.
    return paths | {use.worker_of for path in paths for use in uses[path]}


def _first(uses: Sequence[Use]) -> FunctionValue:
    """Return the function as it was first used; if its class is ambiguous, always the same one."""
    return min(uses, key=lambda use: (use.site, str(use.function.receiver))).function


def _is_subject(function: FunctionValue, case: StaticCase) -> bool:
    """Return whether a test class is named after a function that the test's body uses: ``TestParseInput``."""
    classes = [words(name.removeprefix("Test")) for name in case.node_id.split("::")[1:-1]]
    text = words(function.last)
    is_named = bool(text) and text in classes
    return is_named and any(use.function == function and use.scope == "body" for use in case.uses)


def _indirect(
    case: StaticCase, found: Sequence[LikelyLink], executed: ExecutedFunctions | None
) -> Iterator[LikelyLink]:
    scores = {link.function.path: _INDIRECT * link.score for link in found}
    for function in executed.named(case) if executed else ():
        yield LikelyLink(case.node_id, function, max(scores.values(), default=_THRESHOLD))
    for function, caller in named_callees(case, [link.function for link in found]):
        yield LikelyLink(case.node_id, function, scores[caller.path])


def _nearest(case: StaticCase) -> Iterator[Use]:
    """Yield the uses; if a call may be of several classes, only those most similar to the test's names."""
    nearest: dict[tuple[int, str], float] = {}
    for use in case.uses:
        key = (use.site, use.function.last)
        nearest[key] = max(nearest.get(key, 0.0), _class_similarity(use.function, case.node_id))
    for use in case.uses:
        if _class_similarity(use.function, case.node_id) >= nearest[use.site, use.function.last]:
            yield use


def _scopes(case: StaticCase) -> Mapping[str, float]:
    """Return the weights of scopes: a helper counts in full if the test's body uses nothing itself."""
    is_own = any(use.scope == "body" and not _is_aside(use) for use in case.uses)
    return _SCOPES if is_own else {**_SCOPES, "helper": _SCOPES["body"]}


def _is_aside(use: Use) -> bool:
    return is_constructor(use.function) or _weight(use, is_named=False) <= _READ


def _score(node_id: str, uses: Sequence[Use], share: float, scopes: Mapping[str, float]) -> float:
    function = uses[0].function
    # A test is about a function that its name contains in full, even if an assert checks another call.
    is_named = _name_similarity(function, node_id) == 1
    role = max(_weight(use, is_named=is_named) * scopes[use.scope] for use in uses)
    if is_constructor(function) and not any("raises" in use.roles for use in uses):
        role *= _INIT
    likeness = _NAME * _name_similarity(function, node_id) + _KIN * _class_similarity(function, node_id)
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


def _shares(cases: Sequence[StaticCase]) -> Mapping[str, float]:
    """Return which share of a file's tests uses each function; 0 where only one does."""
    counts: dict[str, int] = {}
    for case in cases:
        for path in {use.function.path for use in case.uses}:
            counts[path] = counts.get(path, 0) + 1
    return {path: (count - 1) / max(len(cases) - 1, 1) for path, count in counts.items()}


def _name_similarity(function: FunctionValue, node_id: str) -> float:
    """Return how similar the names of a test are to the name of a function, from 0 to 1."""
    test = words_of_test(node_id)
    classes = [word for name in node_id.split("::")[1:-1] for word in words(name.removeprefix("Test"))]
    synonyms = _OPERATORS.get(function.last.strip("_")) if function.last.startswith("__") else None
    texts = [[synonym] for synonym in synonyms] if synonyms else [words(function.last)]
    return max(max(share_of_words(text, test), 0.8 * share_of_words(text, classes)) for text in texts)


def _class_similarity(function: FunctionValue, node_id: str) -> float:
    """Return how similar the names of a test, its class and file are to the function's class, from 0 to 1."""
    owner = function.name.rpartition(".")[0]
    name = (owner or function.module).rpartition(".")[2]
    return share_of_words(words(name), words(node_id.rpartition("/")[2]))
