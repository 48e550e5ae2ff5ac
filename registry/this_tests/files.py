"""Reads files with a size limit, and replaces them atomically."""

import errno
import glob
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

__all__ = ["atomic_write", "is_module_name", "read_bounded", "remove_unfinished", "stays_inside"]

# Of files that pytest or its plugins collect. A module of a package of tests has none of these names.
_SUFFIXES: Final = frozenset({"py", "txt", "rst", "md", "ipynb", "yaml", "yml", "json", "toml", "feature"})

# To parse a file of this size takes some 3 GB if it is dense; the largest of people's have a quarter of it.
_LARGEST: Final = 4 * 2**20


def read_bounded(path: Path, largest: int = _LARGEST) -> bytes:
    """Return the content of the file at *path*.

    Args:
        largest: The maximum size in bytes.

    Raises:
        OSError: It cannot be read, is larger, or is not a regular file: a device or a pipe may have no end.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    if found.st_size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
    return path.read_bytes()


def is_module_name(file: str) -> bool:
    """Return whether the file part of a node id is a module's name, ``pkg.tests.test_core``, and no path.

    Tests outside of the project's root are recorded so.
    """
    parts = file.split(".")
    return len(parts) > 1 and all(part.isidentifier() for part in parts) and parts[-1] not in _SUFFIXES


def stays_inside(path: str) -> bool:
    """Return whether a path in a registry or a node id stays inside of its folder.

    A symbolic link may still lead out of it; only the resolved path shows that.
    """
    pure = PurePosixPath(path)
    return not (pure.is_absolute() or ".." in pure.parts or "\\" in path or PureWindowsPath(path).drive)


def atomic_write(
    path: Path, data: bytes, *, sync: bool = False, still: Callable[[], bool] = lambda: True
) -> bool:
    """Write *data* to a new file beside *path*, and rename it to *path*: others see the old file or the new.

    An existing file keeps its permissions, and a link remains a link. If the data cannot be written,
    as on a full disk, the old file is unchanged, and the new one is removed.

    Args:
        sync: Wait until the data is on the disk, so that a power failure leaves no empty file. Not
            needed for caches.
        still: Called last; returns whether to replace the file.

    Returns:
        Whether it was replaced.

    Raises:
        OSError: It cannot be written.
    """
    if path.exists() and not path.is_file():  # `/dev/stdout`, say, can be written to and not replaced.
        path.write_bytes(data)
        return True
    path = Path(os.path.realpath(path))
    mode = _mode_of(path)
    import tempfile  # It takes long to import, and only this needs it.

    prefix, suffix = _unfinished(path)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        beside.chmod(mode)
        if is_wanted := still():
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return is_wanted


def remove_unfinished(path: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote *path*.

    Call it only while no other process writes the file, such as under a lock.
    """
    prefix, suffix = _unfinished(path)
    for left in path.parent.glob(f"{glob.escape(prefix)}*{suffix}"):
        with suppress(OSError):
            left.unlink()


def _unfinished(path: Path) -> tuple[str, str]:
    """Return the prefix and suffix of temporary files for *path*, which tools ignore."""
    return f".{path.name}.", ".tmp"


def _mode_of(path: Path) -> int:
    # Temporary files are private to their owner; other new files have the permissions of the umask.
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
