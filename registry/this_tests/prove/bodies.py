"""Puts another body in the place of a function's own, so that it does nothing but return a given value.

The function stays the same object, with its name, parameters, defaults and closure. So it is replaced for
everybody who has it: under each name, in each table, and below its decorators.
"""

import dis
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType

__all__ = ["emptied", "is_already"]

# A number that stands in the source for what is to be called, which source cannot name.
_CALLED = 0x7E57_CA11
_COROUTINE, _GENERATOR, _ASYNC_GENERATOR = 0x80, 0x20, 0x200
_VARARGS, _VARKEYWORDS = 0x04, 0x08
_WITHOUT_EFFECT = frozenset({"RESUME", "NOP", "COPY_FREE_VARS", "MAKE_CELL", "CACHE"})


def emptied(function: FunctionType, value: str, entered: Callable[[], object]) -> CodeType:
    """Return code for *function* that calls *entered* and returns.

    Args:
        value: What it returns, as an expression in which ``first`` stands for the first argument; a
            generator yields nothing, or `None` once if this is ``"yield"``.
        entered: Called without arguments whenever the body runs.
    """
    code = function.__code__
    made = _made(code, value, called=True)
    return made.replace(
        co_consts=tuple(entered if constant == _CALLED else constant for constant in made.co_consts),
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_firstlineno=code.co_firstlineno,
    )


def is_already(code: CodeType, value: str) -> bool:
    """Return whether a function does no more as it is than to return *value*, as for `emptied`."""
    return _steps(code) == _steps(_made(code, value, called=False))


def _steps(code: CodeType) -> list[tuple[str, object]]:
    steps = [step for step in dis.get_instructions(code) if step.opname not in _WITHOUT_EFFECT]
    return [(step.opname, step.argval) for step in steps]


def _made(code: CodeType, value: str, *, called: bool) -> CodeType:
    """Return compiled code with the parameters of *code*, which returns."""
    source = _source(code, value, called=called)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A number cannot be called.
        outer = compile(source, code.co_filename, "exec")
    return _inner(_inner(outer)) if code.co_freevars else _inner(outer)


def _inner(code: CodeType) -> CodeType:
    return next(constant for constant in code.co_consts if isinstance(constant, CodeType))


def _source(code: CodeType, value: str, *, called: bool) -> str:
    parameters, first = _parameters(code)
    flags = code.co_flags
    kind = "async def" if flags & (_COROUTINE | _ASYNC_GENERATOR) else "def"
    lines = [f"{kind} made({parameters}):", *([f"    {_CALLED}()"] if called else [])]
    # A closure has as many cells as the code has free variables.
    lines += [f"    if 0: {', '.join(code.co_freevars)}"] if code.co_freevars else []
    if flags & (_GENERATOR | _ASYNC_GENERATOR):
        lines += ["    yield"] if value == "yield" else ["    return", "    yield"]
    else:
        lines += [f"    return {value.replace('first', first)}"]
    if not code.co_freevars:
        return "\n".join(lines)
    around = [f"def around({', '.join(code.co_freevars)}):", *(f"    {line}" for line in lines)]
    return "\n".join([*around, "    return made"])


def _parameters(code: CodeType) -> tuple[str, str]:
    """Return the parameters of *code*, without defaults, and the expression of its first argument."""
    names = code.co_varnames
    plain = names[: code.co_argcount]
    end = code.co_argcount + code.co_kwonlyargcount
    keywords = names[code.co_argcount : end]
    only = code.co_posonlyargcount
    parts = [*plain[:only], *(["/"] if only else []), *plain[only:]]
    first = plain[0] if plain else "None"
    if code.co_flags & _VARARGS:
        parts.append(f"*{names[end]}")
        first = first if plain else f"{names[end]}[0]"
        end += 1
    elif keywords:
        parts.append("*")
    parts += keywords
    if code.co_flags & _VARKEYWORDS:
        parts.append(f"**{names[end]}")
    return ", ".join(parts), first
