"""Recognises torch's wrappers around callables, by the types of a torch that is already loaded."""

import sys

from .introspection import MISSING, attributes, home_of, lookup, mro, peek, peek_str

__all__ = ["author_path", "forward_of", "inner", "operator_library", "operator_path"]

# Namespaces of `torch.ops` that torch itself fills; others belong to the library of that name.
_OWN_NAMESPACES = frozenset(
    {"aten", "c10d", "higher_order", "inductor", "nested", "prim", "prims", "quantized", "sparse"}
)


def inner(target: object) -> object:
    """Return the object that a compiled module or function wraps, else `MISSING`."""
    if "torch" not in sys.modules or not _is_torch_made(target):
        return MISSING
    held = attributes(target)
    modules = held.get("_modules")
    # Before `_torchdynamo_orig_callable`, which would lead to the module's `forward`.
    if type(modules) is dict and "_orig_mod" in modules:
        return modules["_orig_mod"]
    for name in ("_orig_mod", "_torchdynamo_orig_callable", "_opoverload", "_init_fn"):
        if name in held:
            return held[name]
    return MISSING


def forward_of(target: object) -> object:
    """Return the ``forward`` that runs when *target*, a ``torch.nn.Module``, is called, else `MISSING`."""
    module = attributes(sys.modules.get("torch.nn")).get("Module", MISSING)
    if module is MISSING or not any(cls is module for cls in mro(type(target))):
        return MISSING
    return lookup(type(target), "forward")


def author_path(target: object) -> str:
    """Return the path of the Python function that *target* was scripted or traced from, else nothing."""
    if _is(target, "torch._C", "ScriptFunction"):
        return _plain_path(_property(target, "qualified_name"))
    if _is(target, "torch.jit._trace", "TopLevelTracedModule"):
        return author_path(attributes(target).get("_actual_script_module", MISSING))
    if _is(target, "torch.jit._script", "RecursiveScriptModule"):
        return _plain_path(_property(attributes(target).get("_c", MISSING), "qualified_name"))
    return ""


def operator_path(target: object) -> str:
    """Return ``torch.ops.aten.add`` or ``torch.ops.aten.add.Tensor`` for an operator in ``torch.ops``."""
    if home_of(type(target)) != "torch._ops":
        return ""
    if _is(target, "torch._ops", "OpOverloadPacket"):
        name = peek_str(target, "_qualified_op_name")
    elif _is(target, "torch._ops", "OpOverload"):
        name = peek_str(target, "_name")
    else:
        return ""
    return f"torch.ops.{name.replace('::', '.')}"


def operator_library(path: str) -> str:
    """Return the library that an operator belongs to: the name of its namespace, or torch."""
    namespace = path.split(".")[2]
    return "torch" if namespace in _OWN_NAMESPACES else namespace


def _is(target: object, module: str, name: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and attributes(loaded).get(name, MISSING) is type(target)


def _is_torch_made(target: object) -> bool:
    if "_torchdynamo_orig_callable" in attributes(target):
        return True
    return home_of(type(target)).partition(".")[0] == "torch"


def _property(target: object, name: str) -> object:
    # A property of a type that pybind11 made: its getter is C code.
    read = peek(lookup(type(target), name), "fget")
    return read(target) if callable(read) else MISSING


def _plain_path(name: object) -> str:
    # `__torch__.pkg.mod.___torch_mangle_3.f`
    if type(name) is not str:
        return ""
    parts = name.removeprefix("__torch__.").split(".")
    return ".".join(part for part in parts if not part.startswith("___torch_mangle_"))
