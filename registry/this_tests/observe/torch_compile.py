"""Hooks into torch's compiler, which reads the bytecode of functions and would fail on flags."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from .flags import Flag, body, helper

__all__ = ["adapt_loaded", "adapt_when_loaded"]

_MODULE = "torch._dynamo.bytecode_transformation"
_FUNCTION = "cleaned_instructions"
_Instructions = list[Any]


def adapt_loaded() -> None:
    """Patch the compiler, if it is loaded, to read functions without flags and witnesses."""
    module = sys.modules.get(_MODULE)
    read: Any = getattr(module, _FUNCTION, None)
    if not callable(read) or hasattr(read, "__wrapped__"):
        return
    plain = _without_flags(read)
    for name, module in list(sys.modules.items()):
        if name.startswith("torch._dynamo") and vars(module).get(_FUNCTION) is read:
            vars(module)[_FUNCTION] = plain


def adapt_when_loaded(spec: ModuleSpec) -> None:
    """Patch the compiler when it is loaded, if *spec* is that of the module that reads bytecode."""
    loader = spec.loader
    if spec.name == _MODULE and isinstance(loader, SourceFileLoader):

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            SourceFileLoader.exec_module(loader, module)
            adapt_loaded()

        # An attribute of this instance, which mypy takes for the method of the class.
        setattr(loader, "exec_module", exec_module)  # noqa: B010


def _plain(callee: object) -> object:
    return callee


def _without_flags(read: Callable[..., _Instructions]) -> Callable[..., _Instructions]:
    def cleaned_instructions(code: CodeType, *args: Any, **kwargs: Any) -> _Instructions:
        if code is body.__code__ or code is helper.__code__:
            return read(_plain.__code__, *args, **kwargs)
        instructions = read(code, *args, **kwargs)
        for number, instruction in enumerate(instructions):
            if instruction.opname == "LOAD_CONST" and type(instruction.argval) is Flag:
                # The flag, its attribute, and the jump that is taken while it is not armed.
                target = instructions[number + 2].target
                end = next(end for end, other in enumerate(instructions) if other is target)
                return [*instructions[:number], *instructions[end:]]
        return instructions

    cleaned_instructions.__wrapped__ = read  # type: ignore[attr-defined]  # a mark, as functools sets it
    return cleaned_instructions
