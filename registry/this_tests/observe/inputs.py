"""Observes which files and folders of the project are opened and listed, and by whose code."""

import linecache
import os
import sys
import sysconfig
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import wraps
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

from ..observations.inputs import LISTED, MISSING, READ, WIDE, SharedInputs
from . import audit_hook
from .audit_hook import listen, silence
from .code_owner import CodeOwners

__all__ = ["InputWatch"]

# What these read is no input of a test: they look at all files, at whichever time.
_TOOLS = frozenset(
    {"_pytest", "pytest", "pluggy", "this_tests", "xdist", "execnet", "coverage", "pytest_cov", "hypothesis"}
)
# Except for this module, which reads examples for tests.
_PYTESTER = "_pytest.pytester"
# What they show of source code is for people.
_SHOWING = frozenset({"traceback", "warnings", "logging", "pdb", "bdb"})
# Who looks for installed packages looks into all folders.
_SEARCHING = frozenset({"importlib.metadata"})
_IMPORTED = (".py", ".pyc", ".so", ".pyd")
_LEFT_OUT = frozenset({"site-packages", "__pycache__", ".git", ".hypothesis"})
_OURS = frozenset({__file__, audit_hook.__file__})
# Of remembered paths, most of which are in temporary folders.
_LARGEST = 20_000


class InputWatch:
    """The watch over the files and folders below the project's root.

    An audit hook of the interpreter sees each way to open a file, except that of C libraries.

    Args:
        root: The project's root.
        left_out: Folders and files below it that are no inputs.

    Attributes:
        roots: The root, and what it is a link to, each with a separator at its end.
        is_possible: Whether this process can be watched.
    """

    def __init__(self, root: Path, code_owners: CodeOwners, left_out: Collection[Path] = ()) -> None:
        self._code_owners = code_owners
        self._root = root.absolute()
        self.roots = tuple({f"{root.absolute()}{os.sep}", f"{root.resolve()}{os.sep}"})
        prefixes = [Path(sys.prefix), *left_out]
        folders = {f"{folder}{os.sep}" for path in prefixes for folder in (path.absolute(), path.resolve())}
        self._left_out = tuple(
            folder for folder in folders if folder.startswith(self.roots) and folder not in self.roots
        )
        self._library_paths = _standard_library()
        self._known: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._found: dict[str, int] = {}
        self._report: Callable[[str, bool], object] | None = None
        self._written: set[str] = set()
        self._at_import: dict[str, set[str]] = {}
        self._readers: dict[str, set[str]] = {}
        self._outside = True
        self._plugins: frozenset[str] = frozenset()
        self._listeners = {
            "open": self._opened,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            "sqlite3.connect": self._connected,
        }
        self.is_possible = listen(self._listeners)
        self._plain_lines = linecache.getlines
        if self.is_possible:
            linecache.getlines = self._watched_lines()

    def use(self, plugins: Iterable[object]) -> None:
        """Set the modules of pytest's plugins; those of the project do not count as plugins."""
        files = (
            (str(getattr(plugin, "__name__", "")), getattr(plugin, "__file__", None)) for plugin in plugins
        )
        packages = {
            name.partition(".")[0]
            for name, file in files
            if isinstance(file, str) and not self._code_owners.owner(file, name)
        }
        self._plugins = frozenset(packages - _TOOLS)

    def begin(self) -> None:
        """Begin a test: what it writes itself is no input of it."""
        self._written.clear()
        self.take(outside=False)

    def take(self, *, outside: bool) -> dict[str, int]:
        """Return the inputs since the last call, with how they were used.

        Args:
            outside: Whether no test runs now.
        """
        found, self._found = self._found, {}
        self._outside = outside
        return found

    def add(self, path: str, *, listed: bool) -> None:
        """Add a file or folder that a child process used."""
        name = self._name(path, folder=listed)
        if name and name not in self._written:
            self._found[name] = self._found.get(name, 0) | (LISTED if listed else self._exists(name))

    def report_to(self, report: Callable[[str, bool], object]) -> None:
        """Report at once what is used from now on, in a forked child: the path, and whether it was listed."""
        self._report = report
        self._found = {}

    def shared(self) -> SharedInputs:
        """Return the inputs that one test may have read for others."""
        return SharedInputs(
            {file: tuple(sorted(paths)) for file, paths in sorted(self._at_import.items())},
            {path: tuple(sorted(units)) for path, units in sorted(self._readers.items())},
        )

    def close(self) -> None:
        """Stop watching."""
        silence(self._listeners)
        if getattr(linecache.getlines, "__wrapped__", None) is self._plain_lines:
            linecache.getlines = self._plain_lines

    # Events: https://docs.python.org/3/library/audit_events.html

    def _opened(self, arguments: tuple[Any, ...]) -> None:
        path, mode, flags = arguments
        name = self._name(path)
        if not name:
            return
        if _writes_only(mode, flags):
            self._written.add(name)
        elif name not in self._found and name not in self._written:
            self._note(name, 0)

    def _listed(self, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        name = self._name(os.curdir if path is None else path, folder=True)
        if name and name not in self._found:
            self._note(name, LISTED)

    def _connected(self, arguments: tuple[Any, ...]) -> None:
        name = "" if arguments[0] in ("", ":memory:") else self._name(arguments[0])
        if name and name not in self._found and name not in self._written:
            self._note(name, 0)

    def _watched_lines(self) -> Any:
        # It keeps the lines of each file: only the first reader would be seen to open it.
        plain = self._plain_lines

        @wraps(plain)
        def getlines(filename: str, module_globals: Any = None) -> list[str]:
            try:
                name = self._name(filename)
                if name and name not in self._found:
                    self._note(name, 0)
            except Exception:  # noqa: BLE001, S110  # as for the audit hook
                pass
            return plain(filename, module_globals)

        return getlines

    # Paths.

    def _name(self, path: object, *, folder: bool = False) -> str:
        """Return *path* relative to the root; empty where it is not below it, or left out."""
        if type(path) is not str:
            if isinstance(path, int):
                return ""
            path = os.fsdecode(path)  # type: ignore[arg-type]  # else it raises, which is dropped
        known = self._known.get(path)
        if known is not None:
            return known and (f"{known}/" if folder else known)
        absolute = os.path.isabs(path)  # noqa: PTH117  # it runs for each opened file
        name = self._relative(path if absolute else os.path.abspath(path))  # noqa: PTH100  # see above
        if absolute:
            if len(self._known) >= _LARGEST:
                self._known.clear()
            self._known[path] = name
        return name and (f"{name}/" if folder else name)

    def _relative(self, path: str) -> str:
        path = os.path.normpath(path)
        if f"{path}{os.sep}".startswith(self._left_out):
            return ""
        for root in self.roots:
            if f"{path}{os.sep}" == root:
                return "."
            if path.startswith(root):
                name = path[len(root) :].replace(os.sep, "/")
                is_plain = _LEFT_OUT.isdisjoint(name.split("/")) and name.isprintable()
                return name if is_plain else ""
        return ""

    # Whose code it was.

    def _note(self, name: str, how: int) -> None:
        frames = list(_frames())
        innermost = next((frame for frame in frames if not self._is_standard(frame)), None)
        if innermost is None:
            if current_thread() is main_thread():
                return
        elif not self._counts(name, frames, innermost):
            return
        if not how:
            how = self._exists(name)
        if innermost is not None and _module_of(innermost).partition(".")[0] in self._plugins:
            how |= WIDE
        importing = next(
            (frame for frame in frames if frame.f_code.co_name == "<module>" and self._owner(frame)), None
        )
        if importing is None and self._outside:
            importing = next((frame for frame in frames if self._owner(frame)), None)
        file = "" if importing is None else self._relative(importing.f_code.co_filename)
        # What a link leads to is an input as well as the link.
        for known in {name, self._target(name)}:
            if file:
                self._at_import.setdefault(file, set()).add(known)
            self._readers.setdefault(known, set()).update(self._units(frames))
            self._found[known] = how
        if self._report is not None:
            self._report(f"{self._root}/{name.rstrip('/')}", bool(how & LISTED))

    def _target(self, name: str) -> str:
        """Return the file or folder that *name* is, or links to; *name* where that is not below the root."""
        found = self._targets.get(name)
        if found is None:
            if len(self._targets) >= _LARGEST:
                self._targets.clear()
            path = self._relative(os.path.realpath(self._root / name))
            found = f"{path}/" if path and name.endswith("/") else path
            self._targets[name] = found = found or name
        return found

    def _exists(self, name: str) -> int:
        return READ if (self._root / name).exists() else MISSING

    def _counts(self, name: str, frames: list[FrameType], innermost: FrameType) -> bool:
        module = _module_of(innermost)
        if module.partition(".")[0] in _TOOLS and module != _PYTESTER and not self._is_tested(module):
            return False
        first = frames[0]
        if first.f_code.co_filename.startswith("<frozen importlib") and (
            name.endswith((*_IMPORTED, "/")) or not self._is_data(frames)
        ):
            return False
        before = frames[: frames.index(innermost)]
        left_out = _SHOWING | _SEARCHING if name.endswith("/") else _SHOWING
        return left_out.isdisjoint(map(_module_of, before))

    def _is_tested(self, tool: str) -> bool:
        return self._code_owners.owns(tool) and not self._outside

    @staticmethod
    def _is_data(frames: list[FrameType]) -> bool:
        """Return whether a loader reads what somebody asks it for, such as `pkgutil.get_data`."""
        return not any(frame.f_code.co_name == "_find_and_load" for frame in frames[:8])

    def _is_standard(self, frame: FrameType) -> bool:
        file = frame.f_code.co_filename
        if file.startswith("<frozen "):
            return True
        return file.startswith(self._library_paths) and "-packages" not in file

    def _owner(self, frame: FrameType) -> str:
        return self._code_owners.owner(frame.f_code.co_filename, _module_of(frame))

    def _units(self, frames: list[FrameType]) -> Iterator[str]:
        for frame in frames:
            owner = self._owner(frame)
            unit = frame.f_code.co_qualname.partition(".<locals>")[0]
            if not owner or unit.startswith("<") or (owner == "tests" and self._code_owners.is_test(unit)):
                continue
            where = _module_of(frame) if owner == "library" else self._relative(frame.f_code.co_filename)
            if where:
                yield f"{where}:{unit}"


def _frames() -> Iterator[FrameType]:
    """Yield the running frames, from the innermost on, without those of this watch."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename in _OURS:
        frame = frame.f_back
    while frame is not None:
        yield frame
        frame = frame.f_back


def _module_of(frame: FrameType) -> str:
    name = frame.f_globals.get("__name__")
    return name if type(name) is str else ""


def _writes_only(mode: object, flags: object) -> bool:
    """Return whether a file that is opened so cannot be read, or is empty then."""
    if type(flags) is int:
        if flags & (os.O_TRUNC | os.O_EXCL):
            return True
        return flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY
    return isinstance(mode, str) and mode[:1] in ("w", "x", "a")


def _standard_library() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    found = {paths["stdlib"], paths["platstdlib"]}
    return tuple({f"{folder}{os.sep}" for path in found for folder in (path, os.path.realpath(path))})
