"""Models that tests need: installed on first use, shared by all, and accounted for."""

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
    """A model that cannot be had.

    Attributes:
        name: The model's name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"model {name!r}: {reason}")
        self.name = name


class Model(TypedDict):
    """A model that a test used, as plain data, for it travels with the test's report.

    Attributes:
        bytes: Its size.
        reason: Why the tests need it; empty where nobody said.
    """

    name: str
    bytes: int
    reason: str


class ModelCache:
    """A folder of models, shared by tests, sessions and parallel workers.

    Args:
        used: Called with each model that is asked for.
    """

    def __init__(self, folder: Path, used: Callable[[Model], object] = lambda _: None) -> None:
        self.folder = folder
        self._used = used

    def fetch(self, name: str, url: str, sha256: str, *, reason: str = "") -> Path:
        """Return the file of the model *name*: downloaded if it is not there, and never again.

        Args:
            name: Names the file, and the model in the report: ``tiny-bert/model.safetensors``.
            url: Where it is downloaded from.
            sha256: Of the file, as hexadecimal digits; pooch compares it each time.
            reason: Why the tests need this model and no smaller one, for the report. A model
                without a reason is a finding.

        Raises:
            ModelError: The name leads out of the folder, the download fails, or the file is
                another than the hash says.
        """
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):  # One worker downloads; the others wait, and find it there.
            _retrieve(name, url, sha256, path)
        self._used(Model(name=name, bytes=path.stat().st_size, reason=reason))
        return path

    def _path(self, name: str) -> Path:
        path = (self.folder / name).resolve()
        if path == self.folder.resolve() or not path.is_relative_to(self.folder.resolve()):
            raise ModelError(name, f"leads out of {self.folder}")
        return path


def _retrieve(name: str, url: str, sha256: str, path: Path) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")  # It tells of each download, on stderr.
    try:
        pooch.retrieve(url, f"sha256:{sha256}", fname=path.name, path=path.parent)
    except Exception as error:
        # Pooch raises what its downloaders raise: of requests, of paramiko, ValueError for a hash.
        raise ModelError(name, f"cannot be had from {url} for {path}: {error}") from error


def models_folder(setting: str, root: Path) -> Path:
    """Return the folder of the models: *setting*, the environment variable, or the user's cache.

    Args:
        root: What a relative *setting* is relative to.
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
    for each in sorted(uses, key=lambda use: (-use.model["bytes"], use.model["name"])):
        reason = each.model["reason"] or "no reason given"
        yield f"{_size(each.model['bytes']):>9}  {each.model['name']}  ({reason})"
        yield from (f"           {test}" for test in each.tests)


def finding_lines(uses: Sequence[ModelUse]) -> Iterator[str]:
    """Yield a line for each model that nobody gave a reason for."""
    for each in sorted(uses, key=lambda use: use.model["name"]):
        if not each.model["reason"]:
            size, test = _size(each.model["bytes"]), each.tests[0]
            yield f"model {each.model['name']!r} ({size}, used by {test}): say why they need it: reason=…"


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < _KB:
            return f"{amount:.0f} {unit}"
        amount /= _KB
    return f"{amount:.1f} GB"
