"""Reproducible random numbers: seeds every generator, and restores its state afterwards."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from .device import KINDS, device_module, is_available

__all__ = ["Reseed", "reproducible"]

# What cuBLAS needs to be deterministic; see torch.use_deterministic_algorithms.
_CUBLAS: Final = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# numpy.random.seed accepts at most 32 bits.
_SEEDS: Final = 2**32


class Reseed:
    """Seeds again when called, so that the same numbers are drawn.

    Attributes:
        seed: The default seed.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, seed: int | None = None) -> None:
        """Seed Python's ``random``, and NumPy and torch (on all devices) if they are loaded.

        Args:
            seed: Between 0 and 2**32 - 1; by default `seed`.
        """
        chosen = self.seed if seed is None else seed
        random.seed(chosen)
        if numpy := _loaded("numpy"):
            numpy.random.seed(chosen)
        if torch := _loaded("torch"):
            torch.manual_seed(chosen)  # It seeds all devices, those not yet initialized once they are.


@contextmanager
def reproducible(seed: int = 0, *, strict: bool = False) -> Iterator[Reseed]:
    """Make random numbers reproducible inside the ``with`` block, and restore all states afterwards.

    Python's ``random``, NumPy's global generator and torch's on all devices start from *seed*;
    cuDNN and torch use deterministic algorithms. NumPy and torch are included if
    they are loaded when the block starts. Separate generators (``numpy.random.default_rng()``,
    ``torch.Generator()``) must be seeded by their owners.

    A ``DataLoader`` with workers draws their seeds from torch's generator, and torch seeds
    ``random``, NumPy and itself in each worker: batches are the same if the number of workers
    is. This does not hold for workers that seed themselves (a ``worker_init_fn``, persistent workers
    that outlive the block); set ``num_workers=0`` for them.

    Args:
        seed: Between 0 and 2**32 - 1.
        strict: Whether torch raises an error, instead of a warning, for an operation without a
            deterministic algorithm.

    Raises:
        ValueError: The seed is out of range.

    Example:
        >>> import random
        >>> with reproducible(7) as again:
        ...     first = random.random()
        ...     again()
        ...     first == random.random()
        True
    """
    if not 0 <= seed < _SEEDS:
        raise ValueError(f"{seed!r} is not a seed between 0 and 2**32 - 1")
    with ExitStack() as stack:
        _keep(stack, random.getstate, random.setstate)
        if numpy := _loaded("numpy"):
            _keep(stack, numpy.random.get_state, numpy.random.set_state)
        if torch := _loaded("torch"):
            _keep_generators(stack, torch)
            _be_deterministic(stack, torch, strict=strict)
        again = Reseed(seed)
        again()
        yield again


def _loaded(name: str) -> Any:
    return sys.modules.get(name)


def _keep(stack: ExitStack, get: Callable[[], Any], put: Callable[[Any], object]) -> None:
    stack.callback(put, get())


def _keep_generators(stack: ExitStack, torch: Any) -> None:
    _keep(stack, torch.get_rng_state, torch.set_rng_state)
    for kind in KINDS:
        if is_available(kind):
            _keep_devices(stack, device_module(kind))


def _keep_devices(stack: ExitStack, module: Any) -> None:
    """Save the generators of a device type if it is initialized; to read them initializes every device."""
    if not getattr(module, "is_initialized", lambda: True)():
        # If the block initializes it, it would keep the block's seed afterwards.
        stack.callback(lambda: module.is_initialized() and module.seed_all())
    elif hasattr(module, "get_rng_state_all"):
        _keep(stack, module.get_rng_state_all, module.set_rng_state_all)
    else:
        _keep(stack, module.get_rng_state, module.set_rng_state)


def _be_deterministic(stack: ExitStack, torch: Any, *, strict: bool) -> None:
    cudnn = torch.backends.cudnn
    for name, value in (("deterministic", True), ("benchmark", False)):
        stack.callback(setattr, cudnn, name, getattr(cudnn, name))
        setattr(cudnn, name, value)
    stack.callback(
        torch.use_deterministic_algorithms,
        torch.are_deterministic_algorithms_enabled(),
        warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    _set_variable(stack, *_CUBLAS)
    torch.use_deterministic_algorithms(True, warn_only=not strict)


def _set_variable(stack: ExitStack, name: str, value: str) -> None:
    """Set an environment variable for the block, unless it is already set."""
    if name not in os.environ:
        os.environ[name] = value
        stack.callback(os.environ.pop, name, None)
