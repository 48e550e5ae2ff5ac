"""Device that the tests run on, found by torch's accelerator API."""

import importlib.util
import os
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from ..errors import ThisTestsError

if TYPE_CHECKING:
    import torch

__all__ = [
    "KINDS",
    "DeviceError",
    "device_module",
    "find_device",
    "hidden_devices",
    "is_available",
    "why_no_cuda",
]

_VISIBLE = "CUDA_VISIBLE_DEVICES"
KINDS = ("cuda", "xpu", "mps")


class DeviceError(ThisTestsError):
    """The requested device is not available.

    Attributes:
        device: The device's name.
    """

    def __init__(self, device: str, reason: str) -> None:
        super().__init__(f"--device={device}: {reason}")
        self.device = device


def find_device(name: str = "auto") -> "torch.device":
    """Return the device *name*, without a number on an accelerator: torch's current device.

    Args:
        name: ``cpu``, ``cuda``, ``mps``, ``xpu`` or any other device type of torch; ``auto`` is
            the accelerator if there is one, else the CPU.

    Raises:
        DeviceError: There is no such device here, or no such device type.
    """
    import torch

    if name == "auto":
        name = _accelerator() or "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(name, str(error).splitlines()[0]) from None
    if device.type != "cpu" and not is_available(device.type):
        raise DeviceError(name, f"there is no {device.type} device here{_because_hidden(device.type)}")
    return device


def device_module(kind: str) -> Any:
    """Return torch's module for a device type: ``torch.cuda`` for ``"cuda"``."""
    import torch

    return getattr(torch, kind)


def is_available(kind: str) -> bool:
    """Return whether there is a device of this type."""
    import torch

    if kind == "mps":  # torch.mps has no `is_available`.
        return bool(torch.backends.mps.is_available())
    module = getattr(torch, kind, None)
    return bool(getattr(module, "is_available", lambda: False)())


def why_no_cuda(device: str) -> str:
    """Return why tests marked ``cuda`` cannot run with ``--device`` set to *device*, or an empty string."""
    if device.partition(":")[0] not in {"auto", "cuda"}:
        return f"kept off the GPU by --device={device}"
    if importlib.util.find_spec("torch") is None:
        return "needs torch, which is not installed (--device=cuda needs it, too)"
    if not is_available("cuda"):
        return f"there is no CUDA device for --device={device}{_because_hidden('cuda')}"
    return ""


def hidden_devices(device: str, environment: MutableMapping[str, str] = os.environ) -> Mapping[str, str]:
    """Hide the CUDA devices from this process and its children if *device* is ``cpu``.

    So a library that chooses its device itself does not use the GPU either. Works until torch
    first initializes the driver.

    Returns:
        The variable's old value, or nothing if it was not set.
    """
    old = {_VISIBLE: environment[_VISIBLE]} if _VISIBLE in environment else {}
    if device == "cpu":
        environment[_VISIBLE] = ""
    return old


def _accelerator() -> str:
    """Return the type of torch's current accelerator, or an empty string."""
    import torch

    # torch.accelerator came with torch 2.6.
    if (interface := getattr(torch, "accelerator", None)) is None:
        return next((kind for kind in KINDS if is_available(kind)), "")
    found = interface.current_accelerator() if interface.is_available() else None
    return "" if found is None else str(found.type)


def _because_hidden(kind: str) -> str:
    hides = kind == "cuda" and os.environ.get(_VISIBLE) == ""
    return f" ({_VISIBLE} is empty, which hides all devices)" if hides else ""
