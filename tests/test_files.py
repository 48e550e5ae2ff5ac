"""Files are read with an upper limit, and replaced as a whole."""

import errno
import io
import os
import stat
import threading

import pytest

from this_tests import this_tests
from this_tests.files import atomic_write, is_module_name, remove_unfinished


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_made_and_replaced_and_nothing_is_left_beside_it(tmp_path, sync):
    this_tests(atomic_write)
    path = tmp_path / "file.json"
    assert atomic_write(path, b"old", sync=sync)
    assert atomic_write(path, b"new", sync=sync)
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["file.json"]


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path):
    this_tests(atomic_write)
    before = os.umask(0o027)
    try:
        atomic_write(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_file_keeps_its_permissions(tmp_path):
    this_tests(atomic_write)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o604)
    atomic_write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path):
    this_tests(atomic_write)
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("data/file")
    atomic_write(tmp_path / "link", b"first")
    atomic_write(tmp_path / "link", b"second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "data" / "file").read_bytes() == b"second"
    assert names_in(tmp_path / "data") == ["file"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    this_tests(atomic_write)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fdopen", _FullDisk)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


class _FullDisk(io.FileIO):
    """A file that opens and takes nothing, as on a disk that is full."""

    def write(self, _data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_changed_in_the_meantime_may_be_kept(tmp_path):
    this_tests(atomic_write)
    path = tmp_path / "file"
    path.write_bytes(b"of another program")
    assert not atomic_write(path, b"new", still=lambda: False)
    assert path.read_bytes() == b"of another program"
    assert names_in(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_is_written_to(tmp_path):
    this_tests(atomic_write)
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    assert atomic_write(path, b"new")
    reader.join()
    assert read == [b"new"]
    assert path.is_fifo()


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path):
    this_tests(atomic_write)
    path = tmp_path / "file"
    contents = [bytes([number]) * 10_000 for number in range(8)]
    writers = [threading.Thread(target=atomic_write, args=(path, content)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in contents
    assert names_in(tmp_path) == ["file"]


def test_what_killed_writers_left_is_removed_and_no_other_file(tmp_path):
    this_tests(remove_unfinished)
    for name in (".file[1].abc.tmp", ".file1.abc.tmp", "file[1]", ".file[1].lock"):
        (tmp_path / name).write_bytes(b"")
    remove_unfinished(tmp_path / "file[1]")
    assert names_in(tmp_path) == [".file1.abc.tmp", ".file[1].lock", "file[1]"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("pkg.tests.test_core", True),
        ("pkg.test_core", True),
        ("test_core.py", False),
        ("tests/test_core.py", False),
        ("../site/pkg/test_core.py", False),
        ("tests/pkg.test_core", False),
        ("README.rst", False),
        ("test_core", False),
        ("", False),
    ],
)
def test_a_module_is_told_from_a_path(file, expected):
    this_tests(is_module_name)
    assert is_module_name(file) is expected
