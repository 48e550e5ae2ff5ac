"""The commit that git has checked out in a folder, and why there is none."""

import subprocess
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.docs.checkout import Checkout, NoCheckoutError

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"{path}\n")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    write(folder, "tests/test_a.py", "tests/test ü.py", "lib/tests/test_b.py")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "One")
    return folder


def test_it_has_the_commit_and_its_files(repository: Path):
    this_tests(Checkout.of, Checkout.files_in)
    found = Checkout.of(repository)
    assert found.head == git(repository, "rev-parse", "HEAD")
    assert found.files_in(found.head) == {"tests/test_a.py", "tests/test ü.py", "lib/tests/test_b.py"}
    assert found.changed_since(found.head) == frozenset()


def test_files_are_relative_to_the_folder(repository: Path):
    this_tests(Checkout.of, Checkout.changed_since)
    (repository / "lib/tests/test_b.py").write_text("changed")
    (repository / "tests/test_a.py").write_text("changed")
    found = Checkout.of(repository / "lib")
    assert found.files_in(found.head) == {"tests/test_b.py"}
    assert found.changed_since(found.head) == {"tests/test_b.py"}


def test_files_that_are_new_are_not_in_the_commit(repository: Path):
    this_tests(Checkout.of, Checkout.changed_since)
    write(repository, "tests/test_new.py", "tests/test_added.py")
    git(repository, "add", "tests/test_added.py")
    git(repository, "mv", "tests/test ü.py", "tests/test_u.py")
    found = Checkout.of(repository)
    assert found.files_in(found.head) == {"tests/test_a.py", "tests/test ü.py", "lib/tests/test_b.py"}
    assert "tests/test_a.py" not in (found.changed_since(found.head) or ())


def test_what_git_knows_of_the_hook_that_it_runs_in_does_not_count(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    this_tests(Checkout.of)
    expected = Checkout.of(repository)
    other = tmp_path / "other"
    write(other, "else.py")
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert Checkout.of(repository) == expected


def test_of_a_commit_that_a_shallow_clone_lacks_nothing_is_known(repository: Path, tmp_path: Path):
    this_tests(Checkout.changed_since)
    old = git(repository, "rev-parse", "HEAD")
    write(repository, "tests/test_c.py")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Two")
    git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "shallow")
    found = Checkout.of(tmp_path / "shallow")
    assert found.changed_since(found.head) == frozenset()
    assert found.changed_since(old) is None
    assert found.files_in(old) is None
    assert Checkout.of(repository).changed_since(old) == {"tests/test_c.py"}


def test_commits_that_no_other_place_has_are_recognised(repository: Path, tmp_path: Path):
    this_tests(Checkout.only_adds_to)
    git(tmp_path, "clone", "-q", str(repository), "clone")
    clone = tmp_path / "clone"
    first = git(clone, "rev-parse", "HEAD")
    assert not Checkout.of(clone).only_adds_to(first)
    git(clone, "commit", "-q", "--allow-empty", "-m", "Two")
    assert Checkout.of(clone).only_adds_to(first)
    assert not Checkout.of(clone).only_adds_to("0" * 40)
    assert not Checkout.of(repository).only_adds_to(git(clone, "rev-parse", "HEAD"))


def unpacked(tmp_path: Path) -> Path:
    """An archive that was unpacked in a repository of something else."""
    write(tmp_path / "dotfiles", "vimrc")
    git(tmp_path / "dotfiles", "init", "-q")
    git(tmp_path / "dotfiles", "add", ".")
    git(tmp_path / "dotfiles", "commit", "-q", "-m", "One")
    write(tmp_path / "dotfiles", "pkg-1.0/tests/test_a.py")
    return tmp_path / "dotfiles/pkg-1.0"


def unborn(tmp_path: Path) -> Path:
    write(tmp_path, "new/tests/test_a.py")
    git(tmp_path / "new", "init", "-q")
    return tmp_path / "new"


def bare(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "bare")
    return tmp_path / "bare"


def nothing(tmp_path: Path) -> Path:
    return tmp_path / "nothing"


def plain(tmp_path: Path) -> Path:
    return tmp_path


def broken(tmp_path: Path) -> Path:
    write(tmp_path, "broken/.git")
    return tmp_path / "broken"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (unpacked, "no file in {folder} is part of the repository {above} around it"),
        (unborn, "the repository of {folder} has no commit yet"),
        (bare, "{folder} is in a bare repository, without files"),
        (nothing, "git cannot run in {folder}: No such file or directory"),
        (plain, "{folder} is in no git repository"),
        (broken, "git fails in {folder}: invalid gitfile format: {folder}/.git"),
    ],
)
def test_why_a_folder_is_no_checkout(tmp_path: Path, make, reason: str):
    this_tests(Checkout.of, NoCheckoutError)
    folder = make(tmp_path)
    with pytest.raises(NoCheckoutError) as caught:
        Checkout.of(folder)
    assert str(caught.value) == reason.format(folder=folder, above=folder.parent)


def test_a_repository_of_another_user_is_told_with_what_helps(
    repository: Path, monkeypatch: pytest.MonkeyPatch
):
    this_tests(Checkout.of)
    # As git's own tests do it.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(NoCheckoutError) as caught:
        Checkout.of(repository / "tests")
    assert str(caught.value) == (
        f"git does not read {repository / 'tests'}, which belongs to another user, "
        f"before you run: git config --global --add safe.directory {repository}"
    )


def test_git_may_be_missing(repository: Path, monkeypatch: pytest.MonkeyPatch):
    this_tests(Checkout.of)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCheckoutError, match="there is no command git"):
        Checkout.of(repository)
