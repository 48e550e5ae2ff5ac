"""Finds the import packages of a project where its pyproject.toml does not name them."""

from collections.abc import Iterator
from pathlib import Path

from .build_files import BUILD_FILES, BuildFiles, read_build_files

__all__ = ["find_import_packages", "find_members"]

# Folders and modules at the top of projects that are not their library; setuptools skips about the same.
_OTHERS = (
    "bench", "benchmark", "benchmarks", "bin", "build", "ci", "conf", "conftest", "debian", "demo",
    "demos", "dev", "dist", "doc", "docs", "documentation", "dodo", "example", "examples",
    "fabfile", "hooks", "htmlcov", "htmldocs", "noxfile", "requirements", "sandbox", "sample",
    "samples", "scripts", "setup", "site", "site_scons", "tasks", "test", "testing", "tests",
    "toolbox", "tools", "util", "utils", "venv", "versioneer",
)  # fmt: skip
_DEFAULT_FOLDERS = ("src", "lib", "python")


def find_import_packages(root: Path) -> tuple[str, ...]:
    """Return the import packages of the project at *root*, as far as its files show them."""
    build = read_build_files(root)
    found = _existing(root, build)
    if found:
        return found
    for folder in dict.fromkeys((*build.folders, *_DEFAULT_FOLDERS)):
        place = root / folder
        if place.resolve() != root.resolve() and (packages := tuple(_in_source_folder(place))):
            return packages
    return _at_top(root, build)


def _existing(root: Path, build: BuildFiles) -> tuple[str, ...]:
    """Return the packages that build files list; a listed module of C has no file of Python."""
    tops = [root / folder for folder in ("", *build.folders, *_DEFAULT_FOLDERS)]
    return tuple(
        name
        for name in build.packages
        if name.isidentifier()
        and any((top / name).is_dir() or (top / f"{name}.py").is_file() for top in tops)
    )


def _in_source_folder(place: Path) -> Iterator[str]:
    """Yield the packages and modules in a folder like ``src``, in which there is nothing else."""
    for path in _listed(place):
        if path.is_dir() and any(path.rglob("*.py")):
            yield path.name
        elif path.suffix == ".py" and path.stem.isidentifier():
            yield path.stem


def _at_top(root: Path, build: BuildFiles) -> tuple[str, ...]:
    candidates = [
        path for path in _listed(root) if path.stem.lower() not in _OTHERS and not _has_build_file(path)
    ]
    packages = [path.name for path in candidates if (path / "__init__.py").is_file()]
    named = {name.lower().replace("-", "_").replace(".", "_") for name in build.names}
    for found in (packages, _modules(candidates), _namespaces(candidates)):
        if by_name := [name for name in found if name.lower() in named]:
            return tuple(by_name)
    return tuple(packages or _alone(_modules(candidates)) or _namespaces(candidates))


def _modules(paths: list[Path]) -> list[str]:
    names = (path.stem for path in paths if path.suffix == ".py" and path.is_file())
    return [name for name in names if not (name.startswith("test_") or name.endswith("_test"))]


def _alone(names: list[str]) -> list[str]:
    return names if len(names) == 1 else []


def _namespaces(paths: list[Path]) -> list[str]:
    return [path.name for path in paths if path.is_dir() and any(path.glob("*/__init__.py"))]


def _listed(folder: Path) -> list[Path]:
    """Return the folders and files of a folder that may be packages and modules, sorted."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in paths if path.name.removesuffix(".py").isidentifier())


def find_members(root: Path) -> tuple[Path, ...]:
    """Return the projects below the root of a monorepo, at most two levels down."""
    patterns = read_build_files(root).members or ("*", "*/*")
    found = (path for pattern in patterns for path in root.glob(pattern) if _is_project(path, root))
    return tuple(dict.fromkeys(sorted(found)))


def _is_project(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    is_other = any(part in _OTHERS or part.startswith(".") for part in parts)
    return not is_other and _has_build_file(path)


def _has_build_file(folder: Path) -> bool:
    return any((folder / name).is_file() for name in BUILD_FILES)
