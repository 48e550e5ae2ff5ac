"""GPU memory helpers with the names of fastai's test utilities; in MB of 2**20 bytes."""

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..errors import ThisTestsWarning
from .device import DeviceError, find_device
from .memory import MB, reclaim

if TYPE_CHECKING:
    import torch

__all__ = [
    "GpuMemory",
    "NoAcceleratorWarning",
    "check_mem",
    "gpu_cache_clear",
    "gpu_mem_allocate_mbs",
    "gpu_mem_consume_16mb",
    "gpu_mem_consume_some",
    "gpu_mem_get",
    "gpu_mem_get_free",
    "gpu_mem_get_free_no_cache",
    "gpu_mem_get_used",
    "gpu_mem_get_used_no_cache",
    "gpu_mem_leave_free_mbs",
    "gpu_mem_reclaim",
    "torch_preload_mem",
]


class NoAcceleratorWarning(ThisTestsWarning):
    """A helper for an accelerator's memory was called where there is none."""


class GpuMemory(NamedTuple):
    """The current accelerator's memory according to the driver: of all processes, including torch's cache."""

    total: float
    free: float
    used: float


def torch_preload_mem(device: str = "auto") -> None:
    """Let the driver and torch allocate their own memory before measuring."""
    _ones(1, _accelerator(device, "nothing is loaded for it"))


def gpu_mem_get(device: str = "auto") -> GpuMemory:
    """Return total, free and used memory, in MB; zeros, and a warning, if there is no accelerator."""
    return _memory(_accelerator(device, _ZERO))


def gpu_mem_get_used(device: str = "auto") -> float:
    """Return the used memory in MB."""
    return _memory(_accelerator(device, _ZERO)).used


def gpu_mem_get_free(device: str = "auto") -> float:
    """Return the free memory in MB."""
    return _memory(_accelerator(device, _ZERO)).free


def gpu_mem_get_used_no_cache(device: str = "auto") -> float:
    """Return the used memory in MB after reclaiming unused memory."""
    gpu_mem_reclaim(device)
    return _memory(_accelerator(device, _ZERO)).used


def gpu_mem_get_free_no_cache(device: str = "auto") -> float:
    """Return the free memory in MB after reclaiming unused memory."""
    gpu_mem_reclaim(device)
    return _memory(_accelerator(device, _ZERO)).free


def gpu_cache_clear(device: str = "auto") -> None:
    """Empty torch's cache; without an accelerator there is none."""
    found, _ = _found(device)
    if found is not None:
        _module(found).empty_cache()


def gpu_mem_reclaim(device: str = "auto") -> None:
    """Collect the garbage, then empty torch's cache."""
    found, _ = _found(device)
    reclaim("cpu" if found is None else device)


def gpu_mem_consume_some(n: int, device: str = "auto") -> "torch.Tensor":
    """Return a tensor of *n* x *n* floats, 4 bytes each: 16 MB take 2048."""
    return _ones(n, None if device == "cpu" else _accelerator(device, _ON_CPU))


def gpu_mem_consume_16mb(device: str = "auto") -> "torch.Tensor":
    """Return a tensor of 16 MB."""
    return _ones(2048, None if device == "cpu" else _accelerator(device, _ON_CPU))


def gpu_mem_allocate_mbs(n: float, device: str = "auto", *, fatal: bool = False) -> "torch.Tensor | None":
    """Return a tensor of *n* MB, or None if it cannot be allocated.

    Args:
        fatal: Whether to raise torch's out-of-memory error instead.
    """
    import torch

    found = None if device == "cpu" else _accelerator(device, _ON_CPU)
    # torch.OutOfMemoryError is a RuntimeError, and so is what the CPU's allocator raises.
    with suppress(*() if fatal else (RuntimeError,)):
        return torch.ones(int(n * MB), dtype=torch.uint8, device=found or "cpu")
    return None


def gpu_mem_leave_free_mbs(n: float, device: str = "auto") -> "torch.Tensor | None":
    """Allocate all but *n* MB, to provoke an out-of-memory error; keep the returned tensor alive.

    Returns:
        The tensor; None, with a warning, if there is no accelerator.

    Raises:
        DeviceError: Less than *n* MB are free.
    """
    if _accelerator(device, "nothing is allocated") is None:
        return None
    free = gpu_mem_get_free_no_cache(device)
    if free < n:
        raise DeviceError(device, f"{free:.0f} MB are free here, less than the {n:g} MB to be left free")
    return gpu_mem_allocate_mbs(free - n, device, fatal=True)


def check_mem(  # noqa: PLR0913, PLR0917  # fastai's signature
    used_exp: float,
    peaked_exp: float,
    used_rcv: float,
    peaked_rcv: float,
    abs_tol: float = 2,
    ctx: str | None = None,
) -> None:
    """Assert used and peak memory, in MB; `Memory.expect` measures and asserts at once.

    Raises:
        AssertionError: One is off by more than *abs_tol*; the message ends with *ctx*.
    """
    where = f" ({ctx})" if ctx else ""
    for what, expected, received in (("used", used_exp, used_rcv), ("peaked", peaked_exp, peaked_rcv)):
        if abs(expected - received) > abs_tol:
            raise AssertionError(f"{what} mem: expected={expected} received={received} ± {abs_tol}{where}")


_ZERO: Final = "amounts of its memory are 0"
_ON_CPU: Final = "the tensor is on the CPU"


def _accelerator(device: str, so: str) -> "torch.device | None":
    """Return the accelerator. If there is none, return None, and warn the caller's caller of what follows."""
    found, why = _found(device)
    if found is None:
        warnings.warn(f"{why}: {so}", NoAcceleratorWarning, stacklevel=3)
    return found


def _found(device: str) -> "tuple[torch.device | None, str]":
    """Return the accelerator, or None and why there is none."""
    try:
        found = find_device(device)
    except ImportError:
        return None, "there is no accelerator without torch, which is not installed"
    except DeviceError as error:
        return None, str(error)
    if found.type == "cpu":
        return None, "the CPU is no accelerator" if device == "cpu" else "there is no accelerator here"
    return found, ""


def _memory(device: "torch.device | None") -> GpuMemory:
    if device is None:
        return GpuMemory(0.0, 0.0, 0.0)
    free, total = _module(device).mem_get_info(device)
    return GpuMemory(total / MB, free / MB, (total - free) / MB)


def _ones(n: int, device: "torch.device | None") -> "torch.Tensor":
    import torch

    return torch.ones((n, n), dtype=torch.float32, device=device or "cpu")


def _module(device: "torch.device") -> Any:
    import torch

    return torch.get_device_module(device)
