"""Gives the library's functions their plain code back while a test looks at code, on Python 3.11."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from weakref import getweakrefcount

from .code_objects import living_functions
from .code_owner import codes_in, functions_in
from .identity import identity

__all__ = ["PlainCode", "looks_at_code", "reads_code"]

# What holds code, and what reads it.
_CODE = frozenset({"__code__", "f_code", "gi_code", "cr_code", "ag_code"})
_READERS = frozenset(
    {"co_code", "co_consts", "co_exceptiontable", "co_lines", "co_linetable", "co_lnotab", "co_names"}
    | {"co_positions", "co_stacksize", "getclosurevars", "_co_code_adaptive", "dis", "marshal"}
)
_Key = tuple[str, int]


def looks_at_code(function: FunctionType, is_test_file: Callable[[str], bool]) -> bool:
    """Return whether a test, or a function that it names, may tell flagged code from plain code.

    Its own names decide: of code objects, a name, a line number or the arguments are the same.

    Args:
        is_test_file: Returns whether a file belongs to the tests.
    """
    seen: set[FunctionType] = set()
    waiting = [function]
    while waiting:
        current = waiting.pop()
        if current not in seen and is_test_file(current.__code__.co_filename):
            seen.add(current)
            names = {name for code in codes_in(current.__code__) for name in code.co_names}
            if reads_code(names) or any(map(_is_reader, map(current.__globals__.get, names))):
                return True
            waiting += _named(current, names)
    return False


def reads_code(names: Iterable[str]) -> bool:
    """Return whether code that uses *names* may read more of code objects than what flags leave as it is."""
    used = {*names}
    attributes = {name for name in used if name.startswith("co_")}
    return not _READERS.isdisjoint(used) or (not _CODE.isdisjoint(used) and not attributes)


def _is_reader(found: object) -> bool:
    """Return whether a global object is a reader, whatever its name is here."""
    return getattr(found, "__module__", None) in _READERS or getattr(found, "__name__", None) in _READERS


def _named(function: FunctionType, names: set[str]) -> Iterator[FunctionType]:
    """Yield the functions that *function* may call by one of *names*: global ones, and of its class."""
    scope = function.__globals__
    cls = scope.get(function.__qualname__.partition(".")[0])
    for name in names:
        for found in (scope.get(name), vars(cls).get(name) if isinstance(cls, type) else None):
            if isinstance(found, FunctionType):
                yield found


class PlainCode:
    """The plain code of flagged functions, which takes its place for a while.

    Args:
        flagged: Returns whether code has flags.
    """

    def __init__(self, flagged: Callable[[CodeType], bool]) -> None:
        self._flagged = flagged
        self._files: dict[str, Mapping[_Key, CodeType]] = {}
        self._plain: dict[int, CodeType | None] = {}
        self._replaced: dict[int, CodeType] = {}
        self.active = False

    def put(self) -> None:
        """Give each living function its plain code."""
        self.active = True
        for function in living_functions():
            code = function.__code__
            if self._flagged(code) and not getweakrefcount(code) and (plain := self._of(code)) is not None:
                function.__code__ = plain

    def take_back(self) -> None:
        """Give all functions their flagged code again, also those that were made in the meantime."""
        self.active = False
        for function in living_functions():
            if (code := self._replaced.get(identity(function.__code__))) is not None:
                function.__code__ = code

    def _of(self, code: CodeType) -> CodeType | None:
        """Return the plain code that belongs to flagged *code*; None if it is not known."""
        key = identity(code)
        if key not in self._plain:
            plain = self._codes_of(code.co_filename).get((code.co_qualname, code.co_firstlineno))
            if plain is None or plain.co_freevars != code.co_freevars:
                plain = None
            else:
                # Code of its own for each flagged one, with a generator's or coroutine's changed flags.
                plain = plain.replace(co_flags=code.co_flags)
                for flagged, replaced in zip(functions_in(code), functions_in(plain), strict=True):
                    self._replaced[identity(replaced)] = flagged
            self._plain[key] = plain
        return self._plain[key]

    def _codes_of(self, path: str) -> Mapping[_Key, CodeType]:
        """Return the functions in a file that no other one has the name and the line of."""
        if path not in self._files:
            found: dict[_Key, list[CodeType]] = {}
            with suppress(Exception):  # The file was changed or deleted.
                module = SourceFileLoader("", path).get_code("")
                for code in functions_in(module) if module is not None else ():
                    found.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
            self._files[path] = {key: codes[0] for key, codes in found.items() if len(codes) == 1}
        return self._files[path]
