"""The state of torch's modules and tensors: quick tokens, full facts."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Final

__all__ = ["module_facts", "module_token", "storage_bytes", "tensor_facts", "tensor_token"]

_SAMPLES: Final = 64
# Fields that the quick look compares; others wait for the full one.
_CHEAP: Final = frozenset({bool, int, float, str})


def module_token(module: Any) -> object:
    """Return what differs where the module may have changed; about a millisecond for a ResNet."""
    token: list[object] = []
    own, hooks = _own_names()
    for each in module.modules():
        state = each.__dict__
        token += [state["training"], len(state["_modules"])]
        token += [len(state[name]) for name in hooks if state.get(name)]
        token += [value for name, value in state.items() if name not in own and type(value) in _CHEAP]
        for group in (state["_parameters"], state["_buffers"]):
            token += [None if tensor is None else tensor_token(tensor) for tensor in group.values()]
    return token


@cache
def _own_names() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return what a module keeps for itself, and which of it are hooks."""
    own = vars(sys.modules["torch"].nn.Module())
    return frozenset(own), tuple(name for name in own if name.endswith("_hooks"))


def tensor_token(tensor: Any) -> object:
    """Return what differs where the tensor may have changed."""
    grad = tensor.grad if tensor.is_leaf else None
    return (
        tensor.requires_grad,
        None if tensor.is_inference() else tensor._version,
        _sample(tensor),
        None if grad is None else (id(grad), grad._version),
    )


def _sample(tensor: Any) -> object:
    """Return where the tensor's data is, and a few bytes of it where they can be had at once."""
    try:
        place = tensor.data_ptr()
        # What `.data`, NumPy or a C extension changes, torch does not count.
        if tensor.device.type != "cpu" or "numpy" not in sys.modules:
            return place
        flat = tensor.detach().view(-1)
        return place, _numbers(flat)[:: max(1, flat.numel() // _SAMPLES)].tobytes()
    except (RuntimeError, TypeError):  # Not dense, or not contiguous.
        return id(tensor)


def _numbers(flat: Any) -> Any:
    try:
        return flat.numpy()
    except TypeError:  # bfloat16, float8: NumPy does not have them.
        torch = sys.modules["torch"]
        return flat.view({1: torch.uint8, 2: torch.int16}[flat.element_size()]).numpy()


def module_facts(module: Any, path: str) -> Iterator[tuple[str, object]]:
    """Yield the facts about a module and those inside it; tensors stand for their content."""
    own, _ = _own_names()
    for inner, each in module.named_modules(prefix=path):
        name, state = inner or type(module).__name__, each.__dict__
        yield f"training of {name}", each.training
        for attribute, value in state.items():
            if attribute.endswith("_hooks"):
                yield f"{attribute.strip('_').replace('_', ' ')} of {name}", len(value or ())
            elif attribute not in own:
                yield f"field {name}.{attribute}", value
        yield from _group_facts("parameter", each._parameters, inner)
        yield from _group_facts("buffer", each._buffers, inner)


def _group_facts(kind: str, group: dict[str, Any], inner: str) -> Iterator[tuple[str, object]]:
    for name, tensor in group.items():
        full = f"{kind} {inner}.{name}" if inner else f"{kind} {name}"
        if tensor is None:
            yield full, None
        else:
            yield from tensor_facts(tensor, full)


def tensor_facts(tensor: Any, name: str) -> Iterator[tuple[str, object]]:
    """Yield the facts about a tensor; tensors among them stand for their content."""
    yield f"{name}: type and shape", f"{tensor.dtype} {tuple(tensor.shape)} on {tensor.device}"
    yield f"{name}: requires_grad", tensor.requires_grad
    yield name, tensor.detach()
    grad = tensor.grad if tensor.is_leaf else None
    if grad is not None:
        yield f"{name}: gradient", grad.detach()


def storage_bytes(tensor: Any) -> Any:
    """Return the tensor's values as bytes, or None where it has none that can be read."""
    torch = sys.modules["torch"]
    with suppress(RuntimeError, NotImplementedError, TypeError):
        dense = tensor.to_dense() if tensor.layout is not torch.strided else tensor
        whole = dense.cpu().contiguous().view(-1)
        return memoryview(whole.view(torch.uint8).numpy()) if whole.numel() else b""
    return None
