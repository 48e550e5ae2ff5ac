"""The folder of a site: what is written, replaced, removed and refused."""

from pathlib import Path

import pytest

from this_tests import ThisTestsError, this_tests
from this_tests.html_site.folder import MARKER, SiteFolder


def test_pages_that_are_gone_are_removed_and_other_files_stay(tmp_path: Path):
    this_tests(SiteFolder.remove_others)
    first = SiteFolder(tmp_path)
    first.write("callables/a.html", b"a")
    first.write("callables/b.html", b"b")
    (tmp_path / "CNAME").write_text("example.org")
    (tmp_path / "files" / "notes.txt").write_text("mine")

    second = SiteFolder(tmp_path)
    second.write("callables/b.html", b"b")
    second.remove_others()

    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == [
        "callables/b.html",
        "files/notes.txt",
        MARKER,
    ]
    assert (tmp_path / "CNAME").exists()


def test_a_page_that_is_the_same_is_not_written_again(tmp_path: Path):
    this_tests(SiteFolder.write)
    folder = SiteFolder(tmp_path)
    folder.write("index.html", b"a")
    before = (tmp_path / "index.html").stat()
    folder.write("index.html", b"a")
    assert (tmp_path / "index.html").stat() == before


def test_a_folder_with_files_of_others_is_refused(tmp_path: Path):
    this_tests(SiteFolder)
    (tmp_path / "thesis.html").write_text("mine")
    with pytest.raises(ThisTestsError, match="has files of yours"):
        SiteFolder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.html"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path):
    this_tests(SiteFolder)
    (tmp_path / "site").write_text("mine")
    with pytest.raises(ThisTestsError, match="is no folder"):
        SiteFolder(tmp_path / "site")


def test_a_link_leads_nothing_out_of_the_folder(tmp_path: Path):
    this_tests(SiteFolder)
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    SiteFolder(site)
    elsewhere.mkdir()
    (site / "files").rmdir()
    (site / "files").symlink_to(elsewhere)
    with pytest.raises(ThisTestsError, match="symbolic link"):
        SiteFolder(site)


def test_a_page_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path):
    this_tests(SiteFolder.write)
    folder = SiteFolder(tmp_path / "site")
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / "site" / "index.html").symlink_to(mine)
    folder.write("index.html", b"page")
    assert (mine.read_text(), (tmp_path / "site" / "index.html").read_text()) == ("mine", "page")
