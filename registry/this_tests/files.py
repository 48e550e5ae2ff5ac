"""Bounded reads of files that somebody else wrote."""

import errno
import stat
from pathlib import Path
from typing import Final

__all__ = ["read_bounded"]

# To parse a file of this size takes some 3 GB if it is dense; the largest of people's have a quarter of it.
_LARGEST: Final = 4 * 2**20


def read_bounded(path: Path, largest: int = _LARGEST) -> bytes:
    """Return what the file at *path* holds.

    Args:
        largest: The bytes that are read at most.

    Raises:
        OSError: It cannot be read, is larger, or is no regular file: a device or a pipe may have no end.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    if found.st_size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
    return path.read_bytes()
