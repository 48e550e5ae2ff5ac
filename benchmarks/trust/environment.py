"""Virtual environments of the run's own, so that other environments do not get these plugins."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from report import ROOT

__all__ = ["Environment", "pythons"]

_FOLDER = ROOT / ".venv-trust"
_CASES = ROOT / "tests" / "trust" / "cases"
_LIMIT = 900  # seconds for one installation
_HERE = Path(__file__).parent


class Environment:
    """A virtual environment, with everyone in it.

    Args:
        python: The Python that it is made of.
        alone: Whether it has only what our own tests need.

    Attributes:
        version: ``3.13``.
        python: Its own Python.
        pytests: The folder with other versions of pytest, each in a folder of its own.
    """

    def __init__(self, python: str, *, alone: bool = False) -> None:
        self.version = _said(python, "import sys; print('%d.%d' % sys.version_info[:2])")
        self._base = python
        self._alone = alone
        self._folder = _FOLDER / (f"{self.version}-alone" if alone else self.version)
        self.python = str(self._folder / "bin" / "python")
        self.pytests = _FOLDER / f"pytest-{self.version}"

    def prepare(self) -> None:
        """Install everything that is not there yet."""
        if not Path(self.python).exists():
            subprocess.run([self._base, "-m", "venv", str(self._folder)], check=True, timeout=_LIMIT)
        wanted = _HERE / ("alone.txt" if self._alone else "requirements.txt")
        self._install("--editable", ".[sphinx]", "--requirement", str(wanted))
        for version in () if self._alone else (_CASES / "pytests.txt").read_text(encoding="utf-8").split():
            self._install_beside("pytest", version, self.pytests / version)

    def alone(self) -> "Environment":
        """Return a prepared environment of the same Python, without plugins."""
        found = Environment(self._base, alone=True)
        found.prepare()
        return found

    def prepare_sphinxes(self) -> dict[str, Path | None]:
        """Return the versions of Sphinx: the folder of each, or None for the one that is installed here."""
        folders: dict[str, Path | None] = {
            version: _FOLDER / f"sphinx-{self.version}" / version
            for version in (_CASES / "sphinxes.txt").read_text(encoding="utf-8").split()
        }
        for version, folder in folders.items():
            if folder:
                self._install_beside("Sphinx", version, folder)
        return {**folders, self.has("Sphinx"): None}

    def has(self, distribution: str) -> str:
        """Return the version of *distribution* that is installed here."""
        return _said(self.python, f"import importlib.metadata as m; print(m.version({distribution!r}))")

    def _install_beside(self, name: str, version: str, folder: Path) -> None:
        if not folder.is_dir():
            # pip minds that plugins want another version, and installs it all the same.
            self._install(f"{name}=={version}", "--target", str(folder))

    def prepare_suites(self) -> None:
        """Install the projects whose shipped suites are run."""
        self._install("--requirement", str(_HERE / "suites.txt"))

    def _install(self, *what: str) -> None:
        command = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what]
        subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL, timeout=_LIMIT)


def _said(python: str, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def pythons() -> Iterator[str]:
    """Yield one Python of each version from 3.11 to 3.13 that this machine has, this one first."""
    yield sys.executable
    for minor in (11, 12, 13):
        if minor != sys.version_info.minor and (found := next(filter(_works, _candidates(minor)), "")):
            yield found


def _candidates(minor: int) -> Iterator[str]:
    if named := shutil.which(f"python3.{minor}"):
        yield named
    yield from map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))


def _works(python: str) -> bool:
    # pyenv's shims are there for versions that are not.
    return subprocess.run([python, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0
