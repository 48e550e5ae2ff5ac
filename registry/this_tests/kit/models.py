"""Model cache: models that tests need, downloaded on first use and shared by all processes."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from filelock import FileLock

from ..errors import ThisTestsError

__all__ = ["Model", "ModelCache", "ModelError", "ModelUse", "finding_lines", "models_folder", "report_lines"]

_VARIABLE = "THIS_TESTS_MODELS"
_KB = 1024


class ModelError(ThisTestsError):
    """A model that cannot be downloaded.

    Attributes:
        name: The model's name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"model {name!r}: {reason}")
        self.name = name


class Model(TypedDict):
    """A model that a test used, as plain data, so that it can be sent with the test's report.

    Attributes:
        bytes: Its size.
        reason: Why the tests need it; empty if not given.
    """

    name: str
    bytes: int
    reason: str


class ModelCache:
    """A folder of models, shared by tests, sessions and parallel workers.

    Args:
        used: Called with each model that is fetched.
    """

    def __init__(self, folder: Path, used: Callable[[Model], object] = lambda _: None) -> None:
        self.folder = folder
        self._used = used

    def fetch(self, name: str, url: str, sha256: str, *, reason: str = "") -> Path:
        """Return the path of the model *name*; it is downloaded once.

        Args:
            name: The name of the file, and of the model in the report: ``tiny-bert/model.safetensors``.
            url: The address to download from.
            sha256: The hash of the file, as hexadecimal digits; pooch verifies it each time.
            reason: Why the tests need this model and not a smaller one, for the report. A model
                without a reason is reported.

        Raises:
            ModelError: The path is outside of the folder, the download fails, or the file does not
                match the hash.
        """
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):  # One worker downloads; the others wait for it.
            _retrieve(name, url, sha256, path)
        self._used(Model(name=name, bytes=path.stat().st_size, reason=reason))
        return path

    def _path(self, name: str) -> Path:
        path = (self.folder / name).resolve()
        if path == self.folder.resolve() or not path.is_relative_to(self.folder.resolve()):
            raise ModelError(name, f"outside of {self.folder}")
        return path


def _retrieve(name: str, url: str, sha256: str, path: Path) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")  # By default it logs each download on stderr.
    try:
        pooch.retrieve(url, f"sha256:{sha256}", fname=path.name, path=path.parent)
    except Exception as error:
        # Pooch raises what its downloaders raise: errors of requests or paramiko, ValueError for a hash.
        raise ModelError(name, f"cannot be downloaded from {url} to {path}: {error}") from error


def models_folder(setting: str, root: Path) -> Path:
    """Return the folder of the models: *setting*, the environment variable, or the user's cache.

    Args:
        root: The folder that a relative *setting* is relative to.
    """
    if chosen := setting or os.environ.get(_VARIABLE, ""):
        return root / Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("this-tests")) / "models"


@dataclass(frozen=True)
class ModelUse:
    """A model, and the tests that use it."""

    model: Model
    tests: Sequence[str]


def report_lines(uses: Sequence[ModelUse]) -> Iterator[str]:
    """Yield the models, the largest first: size, name, reason, and the tests that use each."""
    for use in sorted(uses, key=lambda use: (-use.model["bytes"], use.model["name"])):
        reason = use.model["reason"] or "no reason given"
        yield f"{_size(use.model['bytes']):>9}  {use.model['name']}  ({reason})"
        yield from (f"           {test}" for test in use.tests)


def finding_lines(uses: Sequence[ModelUse]) -> Iterator[str]:
    """Yield a line for each model without a reason."""
    for use in sorted(uses, key=lambda use: use.model["name"]):
        if not use.model["reason"]:
            size, test = _size(use.model["bytes"]), use.tests[0]
            yield f"model {use.model['name']!r} ({size}, used by {test}): give a reason for it: reason=…"


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < _KB:
            return f"{amount:.0f} {unit}"
        amount /= _KB
    return f"{amount:.1f} GB"
