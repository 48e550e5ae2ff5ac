"""Object growth: objects that calls did not release, and their referrers."""

import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any

__all__ = ["growth_lines"]

_MOST_TYPES = 5
_TRANSIENT = (FrameType, GeneratorType)
# Numbers and strings are passed around and tell little; their containers tell more.
_PLAIN = frozenset({int, float, complex, bool, str, type(None)})


def growth_lines(fn: Callable[[], object], repeats: int) -> Iterator[str]:
    """Call *fn* *repeats* times, and yield a line for each type with objects that were not released."""
    gc.collect()
    known = set(map(id, _alive()))
    for _ in range(repeats):
        fn()
    gc.collect()
    groups: defaultdict[type, list[Any]] = defaultdict(list)
    for candidate in _alive():
        if id(candidate) not in known and candidate is not known and candidate is not groups:
            groups[type(candidate)].append(candidate)
    # A leak adds at least one object per call.
    found = sorted(
        (group for group in groups.values() if len(group) >= repeats),
        key=lambda group: (-len(group), _name(group[0])),
    )
    for group in found[:_MOST_TYPES]:
        yield f"  {len(group)} x {_name(group[0])} not released{_referrer(group)}"


def _alive() -> Iterator[Any]:
    """Yield all objects that the collector tracks, and untracked ones that they refer to, such as arrays."""
    tracked = gc.get_objects()
    yield from tracked
    seen: set[int] = set()
    for candidate in tracked:
        # What a module refers to is tracked itself, except for what its C code keeps for reuse: on
        # Python 3.12, asyncio's yields dead objects, and a reference to one crashes the collector.
        if issubclass(type(candidate), ModuleType):
            continue
        for inner in gc.get_referents(candidate):
            if type(inner) not in _PLAIN and not gc.is_tracked(inner) and id(inner) not in seen:
                seen.add(id(inner))
                yield inner
    # A tracer, such as that of coverage, may keep the frame of this call: the list would hold all objects.
    tracked.clear()


def _referrer(group: Sequence[Any]) -> str:
    ours = {id(group), id(sys._getframe())}
    for referrer in gc.get_referrers(group[-1]):
        if id(referrer) in ours or isinstance(referrer, _TRANSIENT):
            continue
        if text := _described(referrer):
            return f", referred to by {text}"
    return ""


def _described(holder: Any) -> str:
    """Return a description of *holder*: its type and, if it can be found, its name."""
    for owner in gc.get_referrers(holder):
        if isinstance(owner, dict) and (name := next((k for k, v in owner.items() if v is holder), None)):
            return f"a {_name(holder)} called {_qualified(owner, name)}"
        if isinstance(owner, FunctionType):
            return f"a {_name(holder)} of {owner.__module__}.{owner.__qualname__}"
    return "" if isinstance(holder, (list, dict, tuple)) and not holder else f"a {_name(holder)}"


def _qualified(namespace: dict[Any, Any], name: object) -> str:
    if isinstance(module := namespace.get("__name__"), str):
        return f"{module}.{name}"
    for owner in gc.get_referrers(namespace):
        if not isinstance(owner, (FrameType, ModuleType)) and getattr(owner, "__dict__", None) is namespace:
            return f"{_name(owner)}.{name}"
    return str(name)


def _name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
