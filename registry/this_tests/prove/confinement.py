"""Confines a process: it writes into one folder only, starts no program, and sends no signal.

A function that does nothing may make its caller delete the wrong folder. So before anything runs in the
place of a function, its process gives up, for good, what could do harm outside of it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

__all__ = ["Confinement"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# By event, the positions of each path among its arguments, and of the folder that it is relative to.
_CHANGES: Mapping[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.chflags": ((0, None),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
    "shutil.rmtree": ((0, None),),
    "shutil.move": ((0, None), (1, None)),
    "shutil.copyfile": ((1, None),),
    "shutil.unpack_archive": ((1, None),),
    "sqlite3.connect": ((0, None),),
}
_STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn"}
)
_SIGNALS = frozenset({"os.kill", "os.killpg"})
_DEVICES = frozenset({"/dev/null", "/dev/tty", "/dev/stdout", "/dev/stderr"})


class Confinement:
    """The confinement of this process, which nothing can end.

    Args:
        folder: Where it may write.

    Attributes:
        refused: The first thing that it was refused, in words; empty where there was none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.realpath(folder)
        self.refused = ""

    def begin(self) -> None:
        """Confine this process."""
        sys.addaudithook(self._check)
        self._refuse_multiprocessing()

    def _refuse_multiprocessing(self) -> None:
        """Refuse what multiprocessing starts, which raises no event; forks of this process are confined."""
        try:
            import _posixsubprocess as module
        except ImportError:
            return

        def fork_exec(*_: object) -> int:
            self._refuse("starts a program")

        vars(module)["fork_exec"] = fork_exec

    def _check(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING:
                self._change(path, None)
        elif event in _CHANGES:
            for path, folder in _CHANGES[event]:
                self._change(arguments[path], None if folder is None else arguments[folder])
        elif event in _STARTS:
            self._refuse("starts a program")
        elif event in _SIGNALS and arguments[0] not in (os.getpid(), 0):
            self._refuse("sends a signal to another process")

    def _change(self, path: object, folder: object) -> None:
        # Text in memory, an open file, or none at all is no file.
        if not isinstance(path, (str, bytes, os.PathLike)) or path == ":memory:":
            return
        text = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0:
            text = os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), text)  # noqa: PTH118  # not Path's
        if text not in _DEVICES and not all(map(self._is_inside, _places(text))):
            self._refuse(f"writes to {text}")

    def _is_inside(self, place: str) -> bool:
        return place == self._folder or place.startswith(f"{self._folder}{os.sep}")

    def _refuse(self, what: str) -> NoReturn:
        self.refused = self.refused or what
        raise PermissionError(f"this-tests prove: a test {what}, which is refused")


def _places(path: str) -> tuple[str, str]:
    """Return where *path* leads, and where it stands itself: it may be a link."""
    above, name = os.path.split(path)
    return os.path.realpath(path), f"{os.path.realpath(above or '.')}{os.sep}{name}"
