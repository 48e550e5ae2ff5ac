"""Temporary folder per test, so that parallel tests do not use the same files."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["temporary_files_in"]

_VARIABLES = ("TMPDIR", "TEMP", "TMP")


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[Path]:
    """Make *folder* the current folder and the folder for temporary files, also of child processes.

    Code that writes to a fixed name, in the current folder or in the system's temporary folder, then
    writes to a separate file for each test. Both folders are restored, even if the block changes them.
    """
    here, directory = Path.cwd(), tempfile.tempdir
    old = {name: os.environ.get(name) for name in _VARIABLES}
    os.chdir(folder)
    tempfile.tempdir = str(folder)
    os.environ.update(dict.fromkeys(_VARIABLES, str(folder)))
    try:
        yield folder
    finally:
        os.chdir(here)
        tempfile.tempdir = directory
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
