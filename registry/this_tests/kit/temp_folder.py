"""A folder of the test's own for all that is temporary, so that parallel tests do not collide."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["temporary_files_in"]

_VARIABLES = ("TMPDIR", "TEMP", "TMP")


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[Path]:
    """Make *folder* the current folder and the one for temporary files, of child processes, too.

    Code that writes to a fixed name, in the current folder or in the system's temporary one, then
    writes to a file of its own. Both are put back, whatever the block did to them.
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
