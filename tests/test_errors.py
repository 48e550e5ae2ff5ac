"""Exceptions and warnings: how they can be caught, and what they carry."""

from pathlib import Path

import pytest

from this_tests import (
    LibraryNotFoundWarning,
    NotAFunctionError,
    NotInApiError,
    RegistryError,
    RegistryNotFoundError,
    SettingsError,
    TargetError,
    ThisTestsError,
    ThisTestsWarning,
    UnknownLibraryWarning,
    load,
    this_tests,
)


def test_targets_are_refused_in_the_same_words():
    this_tests(NotAFunctionError, NotInApiError, TargetError)
    number, foreign = NotAFunctionError("1"), NotInApiError("json.dumps", ("pkg", "other"))
    assert isinstance(number, TargetError)
    assert isinstance(foreign, TargetError)
    assert (str(number), number.target) == ("'1' is not a function", "1")
    assert str(foreign) == "'json.dumps' is not in the pkg and other API"
    assert (foreign.target, foreign.library) == ("json.dumps", ("pkg", "other"))


def test_a_registry_error_names_the_file_and_the_place(tmp_path):
    this_tests(RegistryError, RegistryNotFoundError, load)
    with pytest.raises(RegistryNotFoundError) as missing:
        load(tmp_path / "registry.json")
    assert missing.value.path == tmp_path / "registry.json"
    (tmp_path / "registry.json").write_text("{\n<<<<<<< HEAD\n")
    with pytest.raises(RegistryError) as broken:
        load(tmp_path / "registry.json")
    assert broken.value.place == "line 2, column 1"
    assert str(RegistryError(Path("r.json"), "why")) == "r.json: why"


def test_a_settings_error_names_the_origin():
    this_tests(SettingsError)
    error = SettingsError("pyproject.toml", "why")
    assert (str(error), error.source) == ("pyproject.toml: why", "pyproject.toml")


def test_one_class_catches_all_errors_and_one_filters_all_warnings():
    this_tests(ThisTestsError, ThisTestsWarning, UnknownLibraryWarning, LibraryNotFoundWarning)
    for error in (TargetError, RegistryError, SettingsError):
        assert issubclass(error, ThisTestsError)
    for warning in (UnknownLibraryWarning, LibraryNotFoundWarning):
        assert issubclass(warning, ThisTestsWarning)
        assert issubclass(warning, UserWarning)
