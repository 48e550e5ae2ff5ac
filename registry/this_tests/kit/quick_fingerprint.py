"""Quick looks at torch's modules and tensors: for little, whether something may have changed."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from operator import is_, itemgetter
from typing import Any, Final

from .tensors import module_names

__all__ = ["Looks"]

_SAMPLES: Final = 64
# What makes a module besides its fields and its hooks.
_GROUPS: Final = ("_modules", "_parameters", "_buffers")


class Looks:
    """Quick looks at one object; what the first one found out is kept for the next."""

    def __init__(self) -> None:
        self._tensors: dict[int, _TensorLook] = {}
        self._modules: dict[int, _ModuleLook] = {}

    def tensor(self, tensor: Any) -> object:
        """Return what differs where the tensor may have changed."""
        known = self._tensors.get(id(tensor))
        if known is None:
            known = self._tensors[id(tensor)] = _TensorLook(tensor)
        return known.token()

    def module(self, module: Any) -> object:
        """Return what differs where the module may have changed; under half a millisecond for a ResNet."""
        known = self._modules.get(id(module))
        if known is None or not known.holds():
            known = self._modules[id(module)] = _ModuleLook(module)
        return known, [each.token() for each in known.tensors]


class _TensorLook:
    """A tensor, and where a few bytes of it are found."""

    __slots__ = ("_counts", "_numel", "_place", "_read", "_tensor")

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor
        self._counts = not tensor.is_inference()
        self._place = self._numel = -1
        self._read: Any = None

    def token(self) -> object:
        """Return what differs where it may have changed.

        What `.data`, NumPy or a C extension changes, torch does not count; a sample betrays most of it.
        """
        tensor = self._tensor
        try:
            place, numel = tensor.data_ptr(), tensor.numel()
        except (RuntimeError, NotImplementedError):  # Not dense.
            place, numel = id(tensor), 0
        if place != self._place or numel != self._numel:
            self._place, self._numel, self._read = place, numel, _reader(tensor)
        grad = tensor.grad if tensor.is_leaf else None
        return (
            place,
            numel,
            tensor.requires_grad,
            tensor._version if self._counts else None,
            None if grad is None else (id(grad), grad._version),
            self._read and self._read(),
        )


class _ModuleLook:
    """A module and all inside it as they were found: to see that they are there costs less than to find them.

    Attributes:
        tensors: A look at each parameter and buffer.
    """

    def __init__(self, module: Any) -> None:
        own = module_names()
        self._states = [each.__dict__ for each in module.modules()]
        self._getters = [itemgetter("training", *_GROUPS, *state.keys() - own) for state in self._states]
        self._sizes = list(map(len, self._states))
        self._fields = self._read_fields()
        groups = [value for state in self._states for value in _groups(state)]
        self._empty = [group for group in groups if not group]
        self._filled = [group for group in groups if group]
        self._held = self._read_held()
        tensors = (
            each
            for state in self._states
            for name in ("_parameters", "_buffers")
            for each in state[name].values()
        )
        self.tensors = [_TensorLook(each) for each in tensors if each is not None]

    def holds(self) -> bool:
        """Tell whether all parts, hooks, modes and fields are the objects that they were."""
        return (
            not any(self._empty)
            and self._sizes == list(map(len, self._states))
            and _same(self._held, self._read_held())
            and _same(self._fields, self._read_fields())
        )

    def _read_held(self) -> Sequence[object]:
        return list(chain.from_iterable(map(dict.values, self._filled)))

    def _read_fields(self) -> Sequence[object]:
        with suppress(KeyError):  # One is gone.
            return list(
                chain.from_iterable(
                    get(state) for get, state in zip(self._getters, self._states, strict=True)
                )
            )
        return ()


def _groups(state: dict[str, Any]) -> Iterator[dict[Any, Any]]:
    yield from (state[name] for name in _GROUPS)
    yield from (value for name, value in state.items() if name.endswith("_hooks") and value is not None)


def _same(old: Sequence[object], new: Sequence[object]) -> bool:
    # By identity: a field's own `==` may be slow, or an array.
    return len(old) == len(new) and all(map(is_, old, new))


def _reader(tensor: Any) -> Any:
    """Return what reads a few of the tensor's bytes, or None where NumPy cannot look at them."""
    if tensor.device.type != "cpu" or "numpy" not in sys.modules:
        return None
    with suppress(RuntimeError, TypeError, KeyError):  # Not dense, or not contiguous.
        flat = tensor.detach().view(-1)
        return _numbers(flat)[:: max(1, flat.numel() // _SAMPLES)].tobytes
    return None


def _numbers(flat: Any) -> Any:
    try:
        return flat.numpy()
    except TypeError:  # bfloat16, float8: NumPy does not have them.
        torch = sys.modules["torch"]
        return flat.view({1: torch.uint8, 2: torch.int16}[flat.element_size()]).numpy()
