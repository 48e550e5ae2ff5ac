"""Fingerprints a pyproject.toml: as a whole, and by what may matter to tests."""

import json
import tomllib

import msgspec

from .syntax_text import digest

__all__ = ["Pyproject", "is_pyproject", "read_pyproject"]

# The tables of tools that look at code, format or release it, or set up what is installed: of the
# environment, it counts what is there.
_WITHOUT_EFFECT = frozenset(
    {
        "ruff",
        "black",
        "isort",
        "autoflake",
        "autopep8",
        "yapf",
        "docformatter",
        "pyupgrade",
        "refurb",
        "djlint",
    }
    | {"mypy", "pyright", "basedpyright", "ty", "pyrefly", "pyre", "pytype"}
    | {"flake8", "pylint", "pydocstyle", "pycodestyle", "interrogate", "numpydoc_validation", "codespell"}
    | {"typos", "bandit", "vulture", "deptry", "taplo", "tomlsort", "repo-review", "sp-repo-review"}
    | {"check-manifest", "check-wheel-contents", "check-sdist", "pyproject-fmt", "validate-pyproject"}
    | {"towncrier", "scriv", "bumpversion", "bumpver", "tbump", "commitizen", "semantic_release", "git-cliff"}
    | {"cibuildwheel", "tox", "nox", "poe", "taskipy", "pdm-scripts", "conda-lock", "mutmut", "cosmic-ray"}
)


class Pyproject(msgspec.Struct, frozen=True):
    """The digests of a pyproject.toml.

    Attributes:
        whole: That of its content.
        effective: That of the tables that tests may depend on without reading the file.
    """

    whole: str
    effective: str


def is_pyproject(path: str) -> bool:
    """Return whether *path*, with ``/``, is that of a pyproject.toml."""
    return path.rpartition("/")[2] == "pyproject.toml"


def read_pyproject(data: bytes) -> Pyproject:
    """Return the digests of a pyproject.toml; if it is not valid, all of it counts."""
    whole = digest(data)
    try:
        tables = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return Pyproject(whole, whole)
    tables.pop("dependency-groups", None)
    tools = tables.get("tool")
    if isinstance(tools, dict):
        left = {name: table for name, table in tools.items() if name not in _WITHOUT_EFFECT}
        tables = {**tables, "tool": left}
        if not left:
            del tables["tool"]
    # The order of tables does not matter, that of settings in them may.
    ordered = {name: tables[name] for name in sorted(tables)}
    return Pyproject(whole, digest(json.dumps(ordered, default=repr)))
