"""State of torch modules and tensors as facts that can be compared."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

__all__ = ["module_facts", "module_names", "storage_bytes", "tensor_facts"]


def module_names() -> frozenset[str]:
    """Return the names of a module's internal attributes."""
    return frozenset(vars(sys.modules["torch"].nn.Module()))


def module_facts(module: Any, path: str) -> Iterator[tuple[str, object]]:
    """Yield the facts about a module and its submodules; tensors represent their content."""
    own = module_names()
    for inner, part in module.named_modules(prefix=path):
        name, state = inner or type(module).__name__, part.__dict__
        yield f"training of {name}", part.training
        for attribute, value in state.items():
            if attribute.endswith("_hooks"):
                yield f"{attribute.strip('_').replace('_', ' ')} of {name}", len(value or ())
            elif attribute not in own:
                yield f"field {name}.{attribute}", value
        yield from _group_facts("parameter", part._parameters, inner)
        yield from _group_facts("buffer", part._buffers, inner)


def _group_facts(kind: str, group: dict[str, Any], inner: str) -> Iterator[tuple[str, object]]:
    for name, tensor in group.items():
        full = f"{kind} {inner}.{name}" if inner else f"{kind} {name}"
        if tensor is None:
            yield full, None
        else:
            yield from tensor_facts(tensor, full)


def tensor_facts(tensor: Any, name: str) -> Iterator[tuple[str, object]]:
    """Yield the facts about a tensor; tensors in them represent their content."""
    yield f"{name}: type and shape", f"{tensor.dtype} {tuple(tensor.shape)} on {tensor.device}"
    yield f"{name}: requires_grad", tensor.requires_grad
    yield name, tensor.detach()
    grad = tensor.grad if tensor.is_leaf else None
    if grad is not None:
        yield f"{name}: gradient", grad.detach()


def storage_bytes(tensor: Any) -> Any:
    """Return the tensor's values as bytes, or None if they cannot be read."""
    torch = sys.modules["torch"]
    with suppress(RuntimeError, NotImplementedError, TypeError):
        dense = tensor.to_dense() if tensor.layout is not torch.strided else tensor
        whole = dense.cpu().contiguous().view(-1)
        return memoryview(whole.view(torch.uint8).numpy()) if whole.numel() else b""
    return None
