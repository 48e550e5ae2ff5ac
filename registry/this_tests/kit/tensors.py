"""The state of torch's modules and tensors: quick tokens, full facts."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Final

__all__ = ["Samples", "module_facts", "module_token", "storage_bytes", "tensor_facts", "tensor_token"]

_SAMPLES: Final = 64
# Fields that the quick look compares; others wait for the full one.
_CHEAP: Final = frozenset({bool, int, float, str})


class Samples:
    """A few bytes of each tensor; what reads them is kept, for finding it takes longer than reading."""

    def __init__(self) -> None:
        self._readers: dict[int, tuple[object, Any]] = {}

    def of(self, tensor: Any) -> object:
        """Return where the tensor's data is and, where they can be had at once, a few bytes of it."""
        try:
            place = (tensor.data_ptr(), tensor.numel())
        except (RuntimeError, NotImplementedError):  # Not dense.
            return id(tensor)
        known = self._readers.get(id(tensor))
        if known is None or known[0] != place:
            known = self._readers[id(tensor)] = (place, _reader(tensor))
        return place if known[1] is None else (place, known[1].tobytes())


def module_token(module: Any, samples: Samples) -> object:
    """Return what differs where the module may have changed; about a millisecond for a ResNet."""
    token: list[object] = []
    own, hooks = _own_names()
    for each in module.modules():
        state = each.__dict__
        token += [state["training"], len(state["_modules"])]
        if any(map(state.get, hooks)):
            token += [tuple(state.get(name) or ()) for name in hooks]
        token += [state[name] for name in state.keys() - own if type(state[name]) in _CHEAP]
        for group in (state["_parameters"], state["_buffers"]):
            token += [None if each is None else tensor_token(each, samples) for each in group.values()]
    return token


@cache
def _own_names() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return what a module keeps for itself, and which of it are hooks."""
    own = vars(sys.modules["torch"].nn.Module())
    return frozenset(own), tuple(name for name in own if name.endswith("_hooks"))


def tensor_token(tensor: Any, samples: Samples) -> object:
    """Return what differs where the tensor may have changed."""
    grad = tensor.grad if tensor.is_leaf else None
    return (
        tensor.requires_grad,
        None if tensor.is_inference() else tensor._version,
        samples.of(tensor),
        None if grad is None else (id(grad), grad._version),
    )


def _reader(tensor: Any) -> Any:
    """Return an array over a few of the tensor's numbers, or None where NumPy cannot look at them.

    What `.data`, NumPy or a C extension changes, torch does not count.
    """
    if tensor.device.type != "cpu" or "numpy" not in sys.modules:
        return None
    with suppress(RuntimeError, TypeError, KeyError):  # Not dense, or not contiguous.
        flat = tensor.detach().view(-1)
        return _numbers(flat)[:: max(1, flat.numel() // _SAMPLES)]
    return None


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
