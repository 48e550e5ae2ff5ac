"""Check that the layout of the tests mirrors the library, from paths alone."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from .findings import Finding

__all__ = ["check_mirror"]


def check_mirror(
    modules: Sequence[tuple[str, str]],
    tests: Sequence[str],
    testpaths: Sequence[str] = ("tests",),
    *,
    packages: bool = False,
) -> tuple[Finding, ...]:
    """Return the modules without a mirroring test file, and test folders that mirror nothing; sorted.

    ``pkg/sub/part.py`` is mirrored by ``sub/test_part.py`` or ``sub/part_test.py`` below a
    test folder, by its flat form ``test_sub_part.py``, or by any test in ``sub/part/``; the package's own
    name may come first. A package's ``__init__`` and ``__main__`` need no mirror.

    Args:
        modules: The library's modules: dotted name, and file relative to the root, with ``/``.
        tests: The test files, relative to the root, with ``/``.
        testpaths: The folders that contain the tests.
        packages: Whether packages are expected to be mirrored, each as a whole, and not modules.
    """
    below = [_below(PurePosixPath(test), testpaths) for test in tests]
    named = {(path.parent.parts, _subject(path.stem)) for path in below}
    folders = {folder.parts for path in below for folder in path.parents}
    expected = _packages(modules) if packages else modules
    alone = _unmirrored(expected, named, folders)
    return tuple(sorted([*alone, *_mirroring_nothing(modules, tests, testpaths)]))


def _unmirrored(
    modules: Iterable[tuple[str, str]], named: set[tuple[tuple[str, ...], str]], folders: set[tuple[str, ...]]
) -> Iterator[Finding]:
    for module, file in modules:
        *packages, name = module.split(".")
        if not packages or name.startswith("__"):
            continue
        places = (tuple(packages), tuple(packages[1:]))
        files = {form for place in places for form in _forms((*place, name))}
        if named.isdisjoint(files) and folders.isdisjoint({(*place, name) for place in places}):
            expected = "/".join([*packages[1:], f"test_{name.strip('_')}.py"])
            yield Finding(file, 1, "no-mirror", module, f"no test file mirrors it, such as {expected}")


def _forms(path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield folder and subject of each test file that mirrors *path*; its name may include folders."""
    for end in range(len(path)):
        yield path[:end], _words("_".join(path[end:]))


def _packages(modules: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for module, file in modules:
        package, _, name = module.rpartition(".")
        if name == "__init__":
            yield package, file


def _mirroring_nothing(
    modules: Sequence[tuple[str, str]], tests: Sequence[str], testpaths: Sequence[str]
) -> Iterator[Finding]:
    trees = {tuple(part.strip("_") for part in module.split(".")) for module, _ in modules}
    known = {tree[:end] for tree in trees for end in range(len(tree) + 1)}
    known |= {tree[1:] for tree in known}
    # Reported at the first test of each folder: a folder has no line.
    firsts = {str(PurePosixPath(test).parent): test for test in sorted(tests, reverse=True)}
    for folder, first in sorted(firsts.items()):
        parts = _below(PurePosixPath(folder), testpaths).parts
        if tuple(part.strip("_") for part in parts) not in known:
            message = "it contains tests, but no package or module of the library has this path"
            yield Finding(first, 1, "mirrors-nothing", folder, message)


def _below(path: PurePosixPath, testpaths: Sequence[str]) -> PurePosixPath:
    for folder in testpaths:
        if path.is_relative_to(folder):
            return path.relative_to(folder)
    return path


def _subject(stem: str) -> str:
    return _words(stem.removeprefix("test_").removesuffix("_test"))


def _words(name: str) -> str:
    return "_".join(filter(None, name.split("_")))
