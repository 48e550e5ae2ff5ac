"""Reports what a child process executes: one file a process, a line at once for each fact.

A child that is Python runs this file before anything else, and alone: the package around it would take a
fifth of a second, and a test may look at which modules its child has imported. So nothing is imported here
that Python has not imported when it starts. A file is opened for each line: a child may end at any moment,
and may close files that it does not know.
"""

import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, cache_from_source
from os import close, getpid, open, write  # imported by name: a child may replace them  # noqa: A004
from time import time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType

__all__ = [
    "BEGUN",
    "EXECUTED",
    "LIBRARY",
    "LISTED",
    "MARK",
    "OPENED",
    "PLACEHOLDER",
    "REPLACED",
    "ROOTS",
    "STARTED",
    "UNSURE",
    "VARIABLE",
    "Report",
    "cached_code",
    "flagged_file",
    "is_harmless",
    "is_server",
    "is_tracker",
    "simple_command",
    "start",
    "with_flags_in_place",
]

# The folders that a child reports to, of the innermost session last.
VARIABLE = "THIS_TESTS_CHILDREN"
# Files in such a folder: the names of the library's packages, and the folders of the project.
LIBRARY, ROOTS = "library", "roots"

# How lines begin: the process began, with its parent; it started another; it is about to become another
# program; it executed a function; what it executes is not all known; it opened a file, or listed a folder.
BEGUN, STARTED, REPLACED, EXECUTED, UNSURE, OPENED, LISTED = "<", ">", "=", "+", "?", "r", "l"

# Programs that run no Python, or only such as they pass their environment on to, as git does to hooks.
_HARMLESS = frozenset(
    """
    ar as basename c++ cat cc cksum clang clang++ cmp cp cut date df diff dirname dot du echo false
    ffmpeg ffprobe file g++ gcc getconf gfortran git grep gunzip gzip head hostname id ld ldconfig ln ls lscpu
    md5sum mkdir mv nm nproc nvidia-smi objdump od openssl printenv printf ps pwd readelf realpath rm
    rmdir seq sha256sum sleep sort stat strings strip tail tee touch tr true tty uname uniq wc which
    whoami xxd yes
    """.split()  # noqa: SIM905  # a list of them would be sixty lines
)
# What makes more of a shell's command than one program.
_SPECIAL = frozenset("\n;&|<>()$`\\\"'*?[#~=%{}!")
_SHELL_WORDS = frozenset([".", "case", "command", "eval", "exec", "for", "if", "time", "until", "while"])
_BINARIES = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")


class Report:
    """The report of one process.

    Args:
        folder: The folder of the session that reads it.
        parent: The id of the process that started this one.
        about: What else is known of its start.
    """

    def __init__(self, folder: str, parent: int, about: "Sequence[str]" = ()) -> None:
        self.folder = folder
        self.library: frozenset[str] = frozenset()
        self.roots: tuple[str, ...] = ()
        self._left = b""
        self._used: set[str] = set()
        self.renew(parent, about)

    def renew(self, parent: int, about: "Sequence[str]" = ()) -> None:
        """Begin anew, in a process that was forked from that of this report."""
        # The times put the reports of a process in order that became another program.
        self._path = f"{self.folder}/{time_ns():020}-{getpid()}"
        self._used.clear()
        self.write(BEGUN, "\t".join([str(parent), *about]))

    def write(self, kind: str, text: str = "") -> None:
        """Add a line; one that cannot be written is written with the next."""
        line = f"{kind}{text}".replace("\n", " ").encode(errors="surrogatepass")
        self._left += line + b"\n"
        try:
            file = open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                write(file, self._left)
                self._left = b""
            finally:
                close(file)
        except OSError:
            pass

    def executed(self, key: str, file: str = "") -> None:
        """Add a function of the library, or, with its file, one that may be."""
        self.write(EXECUTED, f"{key}\t{file}" if file else key)

    def uses(self, kind: str, path: str) -> None:
        """Add a file that was opened, or a folder that was listed, if it is below the project's root."""
        line = f"{kind}{path}"
        if f"{path}/".startswith(self.roots) and line not in self._used:
            self._used.add(line)
            self.write(kind, path)


def is_tracker(arguments: "Sequence[object]") -> bool:
    """Return whether a command is the tracker of resources that multiprocessing or loky starts."""
    return any("resource_tracker import main" in os.fsdecode(argument) for argument in arguments)  # type: ignore[arg-type]  # text, bytes or a path


def simple_command(command: object) -> str:
    """Return the program that a shell's command runs, if it is one program and nothing else."""
    try:
        text = os.fsdecode(command)  # type: ignore[arg-type]  # text, bytes or a path
        first = text.split()[0]
        return "" if _SPECIAL.intersection(text) or first in _SHELL_WORDS else first
    except Exception:  # noqa: BLE001  # as `is_harmless`
        return ""


def is_server(about: str) -> bool:
    """Return whether a command is multiprocessing's server that forks, which executes nothing else."""
    return "multiprocessing.forkserver import main" in about


def is_harmless(
    program: object, environment: "Mapping[str, str] | Mapping[bytes, bytes] | None" = None
) -> bool:
    """Return whether a program cannot be found, or is a binary that does not matter."""
    try:
        name = os.fsdecode(program)  # type: ignore[arg-type]  # text, bytes or a path
        if "/" in name and name[0] != "/":
            return False  # It depends on the folder that the child is started in.
        places = [name] if "/" in name else [f"{folder}/{name}" for folder in _path(environment)]
        found = [place for place in places if os.path.exists(place)]  # noqa: PTH110  # see above
        return not found or (name.rpartition("/")[2] in _HARMLESS and all(map(_is_binary, found)))
    except Exception:  # noqa: BLE001  # it must not fail what starts the process
        return False


def _path(environment: "Mapping[str, str] | Mapping[bytes, bytes] | None") -> "Sequence[str]":
    given = dict(os.environ if environment is None else environment)
    found = given.get("PATH", given.get(b"PATH", os.defpath))  # type: ignore[call-overload]  # of either kind
    return os.fsdecode(found).split(os.pathsep)


def _is_binary(path: str) -> bool:
    file = open(path, os.O_RDONLY)
    try:
        return os.read(file, 4) in _BINARIES
    finally:
        close(file)


# A child that is Python. What follows runs in a process where the package is not imported.

_reports: "list[Report]" = []
_forking = 0
# This file may be run twice: a virtual environment may be above another where we are installed, too. Where
# another observer takes our place, as that of a session in the child does on Python 3.11, it calls what is
# kept under this name in `sys`.
MARK = "_this_tests_child"


def start() -> None:
    """Begin in this process, which was started with the variable set."""
    if is_tracker(sys.orig_argv) or hasattr(sys, MARK):
        return
    setattr(sys, MARK, lambda: _all(UNSURE))
    about = [os.getcwd(), *sys.orig_argv[1:]]  # noqa: PTH109  # no further imports
    for folder in os.environ[VARIABLE].split(os.pathsep):
        try:
            library = frozenset(_read(f"{folder}/{LIBRARY}").decode().split("\n"))
        except OSError:
            continue  # The session is over.
        report = Report(folder, os.getppid(), about)
        report.library, report.roots = library, _roots_in(folder)
        _reports.append(report)
    if _reports:
        sys.addaudithook(_hook)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_parent=_forked_one, after_in_child=_was_forked)
        _watch()


def _all(kind: str, text: str = "") -> None:
    for report in _reports:
        report.write(kind, text)


def _executed(file: str, module: str, qualname: str) -> None:
    for report in _reports:
        if module.partition(".")[0] in report.library:
            report.executed(f"{module}:{qualname}", file)


def _roots_in(folder: str) -> "tuple[str, ...]":
    try:
        return tuple(os.fsdecode(_read(f"{folder}/{ROOTS}")).split("\0"))
    except OSError:
        return ()


def _read(path: str) -> bytes:
    file = open(path, os.O_RDONLY)
    try:
        return os.read(file, os.fstat(file).st_size)
    finally:
        close(file)


# Its own children.


def _hook(event: str, arguments: "tuple[object, ...]") -> None:
    listener = _listeners.get(event)
    if listener is not None:
        try:  # noqa: SIM105  # `contextlib` is not imported
            listener(arguments)
        except Exception:  # noqa: BLE001, S110  # it must not fail what raised the event
            pass


def _starts(arguments: "tuple[object, ...]") -> None:
    if not is_harmless(arguments[0], arguments[-1]):  # type: ignore[arg-type]  # the environment
        _all(STARTED)


def _starts_by_spawn(arguments: "tuple[object, ...]") -> None:
    if sys._getframe(2).f_globals.get("__name__") != "subprocess":
        _starts(arguments)


def _forks(_: object) -> None:
    global _forking  # noqa: PLW0603  # a process has one
    _forking = getpid()
    _all(STARTED)


def _is_replaced(arguments: "tuple[object, ...]") -> None:
    if not is_harmless(arguments[0], arguments[-1]):  # type: ignore[arg-type]  # see above
        _all(REPLACED)


# The inputs: as in `inputs`, where more is known of who reads.


def _opens(arguments: "tuple[object, ...]") -> None:
    path, _, flags = arguments
    if type(flags) is int and (flags & os.O_TRUNC or flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY):
        return
    _uses(OPENED, path)


def _lists(arguments: "tuple[object, ...]") -> None:
    _uses(LISTED, os.curdir if arguments[0] is None else arguments[0])


def _uses(kind: str, path: object) -> None:
    # Of the frames, the innermost are this function's, its caller's and the hook's.
    if type(path) is int or sys._getframe(3).f_code.co_filename.startswith("<frozen importlib"):
        return
    name = os.path.abspath(os.fsdecode(path))  # type: ignore[arg-type]  # text, bytes or a path  # noqa: PTH100
    for report in _reports:
        report.uses(kind, name)


_listeners: "dict[str, Callable[[tuple[object, ...]], object]]" = {
    "subprocess.Popen": _starts,
    "os.posix_spawn": _starts_by_spawn,
    "os.system": lambda _: _all(STARTED),
    "os.fork": _forks,
    "os.forkpty": _forks,
    "os.exec": _is_replaced,
    "open": _opens,
    "os.listdir": _lists,
    "os.scandir": _lists,
}


def _forked_one() -> None:
    global _forking  # noqa: PLW0603  # see above
    _forking = 0


def _was_forked() -> None:
    parent = _forking
    _forked_one()
    if parent:
        try:
            for report in _reports:
                report.renew(parent)
            _watch_again()
        except Exception:  # noqa: BLE001, S110  # it must not fail what forks
            pass


# Watching: by `sys.monitoring`, or else by flagged code that the parent has cached.

if sys.version_info >= (3, 12):
    _tool = -1
    _START = sys.monitoring.events.PY_START

    def _watch() -> None:
        global _tool  # noqa: PLW0603  # a process has one
        # The observer of a session in this process takes the other one.
        _tool = next((number for number in (3, 4) if sys.monitoring.get_tool(number) is None), -1)
        if _tool < 0:
            _all(UNSURE)
            return
        sys.monitoring.use_tool_id(_tool, "this-tests, for the parent")
        sys.monitoring.register_callback(_tool, _START, _started)
        sys.monitoring.set_events(_tool, _START)

    def _watch_again() -> None:
        if _tool >= 0:
            sys.monitoring.set_events(_tool, 0)
            sys.monitoring.set_events(_tool, _START)

    def _started(code: "CodeType", _: int) -> object:
        try:
            if is_function(code):
                names = sys._getframe(1).f_globals
                name = names.get("__name__")
                if name == "__main__":  # By `python -m`.
                    name = getattr(names.get("__spec__"), "name", name)
                if type(name) is str:
                    _executed(code.co_filename, name, code.co_qualname)
        except Exception:  # noqa: BLE001, S110  # it would be raised in the program
            pass
        return sys.monitoring.DISABLE

else:

    def _watch() -> None:
        if any(report.library & sys.modules.keys() for report in _reports):
            _all(UNSURE)  # Something that Python starts with has imported it.
        sys.meta_path.insert(0, _finder)

    def _watch_again() -> None:
        while _hit:
            _hit.pop().armed = True

    def _come_first(_: object) -> None:
        # pytest puts a finder before ours, which finds plugins.
        if _finder in sys.meta_path and sys.meta_path[0] is not _finder:
            sys.meta_path.remove(_finder)
            sys.meta_path.insert(0, _finder)

    _listeners["import"] = _come_first


_FUNCTION = 0x3  # CO_OPTIMIZED | CO_NEWLOCALS


def is_function(code: "CodeType") -> bool:
    """Return whether *code* is that of a function that counts: see `code_owner.functions_in`."""
    return code.co_flags & _FUNCTION == _FUNCTION and (code.co_name[0] != "<" or code.co_name == "<lambda>")


class _Flag:
    """A flag as in `flags`, which reports at once."""

    def __init__(self, file: str, module: str, qualname: str) -> None:
        self.armed = True
        self.key = f"{module}:{qualname}"
        self._place = file, module, qualname

    def hit(self) -> bool:
        self.armed = False
        try:
            _executed(*self._place)
            _hit.append(self)
        except Exception:  # noqa: BLE001  # such as that the stack is exhausted
            self.armed = True
        return False

    def __reduce__(self) -> "tuple[object, tuple[str]]":
        from this_tests.observe.flags import Flag

        return Flag, (self.key,)


_hit: "list[_Flag]" = []


class _Finder:
    """Finds what the other finders find; modules of the library are loaded with flags."""

    def find_spec(self, name: str, path: object, target: object = None) -> "ModuleSpec | None":
        if any(name.partition(".")[0] in report.library for report in _reports):
            at = sys.meta_path.index(self) + 1 if self in sys.meta_path else 0
            for finder in sys.meta_path[at:]:
                if (spec := finder.find_spec(name, path, target)) is not None:  # type: ignore[arg-type]
                    _patch(spec)
                    return spec
        return None


_finder = _Finder()


def _patch(spec: "ModuleSpec") -> None:
    loader = spec.loader
    if type(loader) is SourceFileLoader:

        def get_code(name: str) -> "CodeType | None":
            vars(loader).pop("get_code", None)
            file = loader.get_filename(name)
            try:
                found = cached_code(file)
                if found is not None:
                    return with_flags_in_place(found, lambda code: _Flag(file, name, code.co_qualname))
            except Exception:  # noqa: BLE001, S110  # as if there were none
                pass
            _all(UNSURE, f"{name}\t{file}")
            return loader.get_code(name)

        # An attribute of this instance, which mypy takes for the method of the class.
        setattr(loader, "get_code", get_code)  # noqa: B010
    elif str(spec.origin).endswith(".py"):
        _all(UNSURE, f"{spec.name}\t{spec.origin}")


# The cached code with flags, which `instrument` writes.

# A placeholder for the function's flag until the code is loaded: a syntax tree and a cached file hold
# plain values only.
PLACEHOLDER = "@this_tests.flag"
# Increased when the transformed code changes, so that files cached by another version are not used.
FLAGS_VERSION = 4


def with_flags_in_place(code: "CodeType", flag: "Callable[[CodeType], object]") -> "CodeType":
    """Return compiled *code* with each placeholder replaced by the flag that *flag* makes."""
    consts = tuple([_with_flag(const, code, flag) for const in code.co_consts])
    return code.replace(co_consts=consts)


def _with_flag(const: object, code: "CodeType", flag: "Callable[[CodeType], object]") -> object:
    if type(const) is type(code):
        return with_flags_in_place(const, flag)
    return flag(code) if type(const) is str and const == PLACEHOLDER else const


def flagged_file(path: str) -> "tuple[str, bytes]":
    """Return the file that caches the code of *path* with flags, and how it begins if it is right."""
    status = os.stat(path)  # noqa: PTH116  # see above
    stamp = MAGIC_NUMBER + status.st_mtime_ns.to_bytes(8, "little") + status.st_size.to_bytes(8, "little")
    tag = f"thistests{FLAGS_VERSION}" + (f"o{sys.flags.optimize}" if sys.flags.optimize else "")
    return cache_from_source(path, optimization=tag), stamp


def cached_code(path: str) -> "CodeType | None":
    """Return the cached code of *path*, with placeholders for flags, if there is any."""
    try:
        cached, stamp = flagged_file(path)
        data = _read(cached)
        if data.startswith(stamp):
            found: CodeType = marshal.loads(data[len(stamp) :])  # noqa: S302  # as Python loads its own
            return found
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return None
