"""Repeatable randomness: every generator seeded, and put back afterwards."""

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
# numpy.random.seed takes no more than 32 bits.
_SEEDS: Final = 2**32


class Reseed:
    """Seeds again; call it to repeat what was drawn.

    Attributes:
        seed: The seed to begin from, unless another is given.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, seed: int | None = None) -> None:
        """Seed Python's ``random``, NumPy and torch on all devices, as far as they are loaded.

        Args:
            seed: Between 0 and 2**32 - 1; by default `seed`.
        """
        chosen = self.seed if seed is None else seed
        random.seed(chosen)
        if numpy := _loaded("numpy"):
            numpy.random.seed(chosen)
        if torch := _loaded("torch"):
            torch.manual_seed(chosen)  # It speaks to all devices, and waits for those not yet begun.


@contextmanager
def reproducible(seed: int = 0, *, strict: bool = False) -> Iterator[Reseed]:
    """Make what is random repeatable inside the ``with``, and put all back as it was.

    Python's ``random``, NumPy's global generator and torch's on all devices start from *seed*;
    cuDNN and torch's other algorithms are held to deterministic ones. NumPy and torch take part if
    they are loaded when the block begins. A generator of its own (``numpy.random.default_rng()``,
    ``torch.Generator()``) is its owner's to seed.

    A ``DataLoader`` with workers draws their seeds from torch's generator, and torch seeds
    ``random``, NumPy and itself in each worker: batches agree as long as the number of workers
    does. Workers that seed by themselves (a ``worker_init_fn``, persistent workers that outlive the
    block) do not; set ``num_workers=0`` for them.

    Args:
        seed: Between 0 and 2**32 - 1.
        strict: Whether torch refuses an operation that has no deterministic algorithm, rather
            than to warn of it.

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
        raise ValueError(f"{seed!r} is no seed between 0 and 2**32 - 1")
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
    """Keep the generators of a kind of device, if it has begun: asking starts it on every device."""
    if not getattr(module, "is_initialized", lambda: True)():
        # Begun inside the block, it would go on with the block's seed for ever.
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
    """Set an environment variable, unless it is set already."""
    if name not in os.environ:
        os.environ[name] = value
        stack.callback(os.environ.pop, name, None)
