"""Fingerprint of an object's state, to detect tests that change shared objects.

There are two kinds. The quick one is cheap and shows whether to compare in full: torch counts the
changes of a tensor, and a sample of its bytes detects most changes that bypass the count. The full one
reads all data.
"""

import reprlib
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from .quick_fingerprint import QuickFingerprints
from .tensors import module_facts, storage_bytes, tensor_facts

__all__ = ["Facts", "changes", "fingerprint"]

Facts = Mapping[str, object]

_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, Enum, range, type(...))
_OPAQUE: Final = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
_DEPTH: Final = 6
# The quick fingerprint reads arrays up to this size completely.
_SMALL: Final = 2**20
_SAMPLES: Final = 64


@dataclass(frozen=True)
class _Content:
    """The checksum of some data."""

    checksum: int

    def __str__(self) -> str:
        return "other values"


def fingerprint(thing: object, *, quick: QuickFingerprints | None = None) -> Facts:
    """Return facts about *thing*, by their subjects.

    For a torch module: parameters, buffers, gradients, ``requires_grad``, mode, hooks, fields; for
    arrays, tensors and frames: type, shape and values; for containers and plain objects: their
    content, six levels deep.

    Args:
        quick: The quick fingerprints of the same object. If given, the facts only show whether
            something may have changed.
    """
    return dict(_Walk(quick).facts(thing, "", 0))


def changes(old: Facts, new: Facts) -> Sequence[str]:
    """Return a line for each fact that differs, sorted."""
    lines = []
    for key in old.keys() | new.keys():
        before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if before is _ABSENT or after is _ABSENT:
            lines.append(f"{key}: {'added' if before is _ABSENT else 'gone'}")
        elif before != after:
            text = str(after) if isinstance(after, _Content) else f"{_short(before)} → {_short(after)}"
            lines.append(f"{key}: {text}")
    return sorted(lines)


_ABSENT: Final = object()


def _short(value: object) -> str:
    return reprlib.repr(value)


class _Walk:
    """Visits each object once, so that reference cycles end."""

    def __init__(self, quick: QuickFingerprints | None) -> None:
        self._quick = quick
        # Keeps the objects alive, so that the id of a temporary one is not reused for another.
        self._seen: dict[int, object] = {}

    def facts(self, thing: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
        """Yield the facts about *thing*, which is found at *path*."""
        if isinstance(thing, _PLAIN):
            yield path or "value", thing
            return
        if id(thing) in self._seen or depth > _DEPTH:
            return
        self._seen[id(thing)] = thing
        for kind, reader in self._readers():
            if isinstance(thing, kind):
                yield from reader(thing, path, depth)
                return
        if not isinstance(thing, _OPAQUE) and hasattr(thing, "__dict__"):
            yield from self._fields(vars(thing), path, depth)
        else:
            yield f"{path or 'value'} (by identity)", id(thing)

    def _readers(self) -> Iterator[tuple[Any, Callable[[Any, str, int], Iterator[tuple[str, object]]]]]:
        if torch := sys.modules.get("torch"):
            yield torch.nn.Module, self._module
            yield torch.Tensor, self._tensor
        if numpy := sys.modules.get("numpy"):
            yield numpy.ndarray, self._array
        if pandas := sys.modules.get("pandas"):
            yield (pandas.DataFrame, pandas.Series, pandas.Index), self._frame
        yield dict, self._mapping
        yield (list, tuple), self._sequence
        yield (set, frozenset), self._set

    def _module(self, module: Any, path: str, depth: int) -> Iterator[tuple[str, object]]:
        if self._quick is not None:
            yield f"{path} (quick)", self._quick.module(module)
            return
        for key, fact in module_facts(module, path):
            yield from self._torch_fact(key, fact, depth)

    def _tensor(self, tensor: Any, path: str, depth: int) -> Iterator[tuple[str, object]]:
        if self._quick is not None:
            yield f"{path} (quick)", self._quick.tensor(tensor)
            return
        for key, fact in tensor_facts(tensor, path or "tensor"):
            yield from self._torch_fact(key, fact, depth)

    def _torch_fact(self, key: str, fact: object, depth: int) -> Iterator[tuple[str, object]]:
        if isinstance(fact, sys.modules["torch"].Tensor):
            data = storage_bytes(fact)
            yield key, None if data is None else _Content(zlib.crc32(data))
        else:
            yield from self.facts(fact, key, depth + 1)

    def _array(self, array: Any, path: str, depth: int) -> Iterator[tuple[str, object]]:
        name = path or "array"
        yield f"{name}: type and shape", f"{array.dtype} {array.shape}"
        if array.dtype.hasobject:
            yield from self._sequence(array.ravel().tolist(), path, depth)
        elif self._quick is not None and array.nbytes > _SMALL:
            step = max(1, array.size // _SAMPLES)
            yield f"{name} (quick)", array.ravel(order="K")[::step].tobytes()
        else:
            yield name, _Content(zlib.crc32(array.tobytes() if array.ndim else bytes(array.data)))

    def _frame(self, frame: Any, path: str, depth: int) -> Iterator[tuple[str, object]]:
        pandas, name = sys.modules["pandas"], path or type(frame).__name__
        dtypes = frame.dtypes if frame.ndim > 1 else [frame.dtype]
        yield f"{name}: types", [str(dtype) for dtype in dtypes]
        yield (
            f"{name}: columns",
            [str(column) for column in getattr(frame, "columns", [frame.name] if path else ())],
        )
        try:
            hashed = pandas.util.hash_pandas_object(frame).to_numpy()
            yield name, _Content(zlib.crc32(hashed.tobytes()))
        except TypeError:  # Cells that cannot be hashed: lists, arrays.
            yield from self._sequence(frame.to_numpy().ravel().tolist(), name, depth)

    def _mapping(
        self, mapping: Mapping[object, object], path: str, depth: int
    ) -> Iterator[tuple[str, object]]:
        yield f"{path or 'dict'}: keys", [_short(key) for key in mapping]
        for key, value in list(mapping.items()):
            yield from self.facts(value, f"{path}[{_short(key)}]", depth + 1)

    def _sequence(self, sequence: Sequence[object], path: str, depth: int) -> Iterator[tuple[str, object]]:
        yield f"{path or type(sequence).__name__}: length", len(sequence)
        for position, value in enumerate(sequence):
            yield from self.facts(value, f"{path}[{position}]", depth + 1)

    @staticmethod
    def _set(things: Any, path: str, _: int) -> Iterator[tuple[str, object]]:
        yield path or "set", sorted(_short(element) for element in things)

    def _fields(self, fields: Mapping[str, object], path: str, depth: int) -> Iterator[tuple[str, object]]:
        yield f"{path + ': ' if path else ''}fields", sorted(fields)
        for name, value in list(fields.items()):
            yield from self.facts(value, f"{path}.{name}" if path else name, depth + 1)
