"""The section for coding agents goes into the file that they read, and a second run updates it."""

import pytest

from this_tests import this_tests
from this_tests.scaffold.agent_instructions import instruction_files, with_section
from this_tests.scaffold.edits import NotEditableError


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ([], ["AGENTS.md"]),
        (["AGENTS.md"], ["AGENTS.md"]),
        (["CLAUDE.md"], ["CLAUDE.md"]),
        (["AGENTS.md", "CLAUDE.md"], ["AGENTS.md", "CLAUDE.md"]),
        ([".cursor/rules/style.mdc"], [".cursor/rules/this-tests.mdc"]),
        ([".cursor/rules/style.mdc", "AGENTS.md"], ["AGENTS.md"]),
    ],
)
def test_the_files_that_are_there_are_chosen(tmp_path, there, chosen):
    this_tests(instruction_files)
    for name in there:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Text.\n", encoding="utf-8")
    assert [path.relative_to(tmp_path).as_posix() for path in instruction_files(tmp_path)] == chosen


def test_a_file_that_imports_another_or_is_a_link_to_it_is_left(tmp_path):
    this_tests(instruction_files)
    (tmp_path / "AGENTS.md").write_text("Text.\n", encoding="utf-8")
    (tmp_path / "CLAUDE.md").write_text("@AGENTS.md\n", encoding="utf-8")
    assert list(instruction_files(tmp_path)) == [tmp_path / "AGENTS.md"]
    (tmp_path / "CLAUDE.md").unlink()
    (tmp_path / "CLAUDE.md").symlink_to("AGENTS.md")
    assert list(instruction_files(tmp_path)) == [tmp_path / "AGENTS.md"]


def test_the_section_is_short_and_names_the_commands(tmp_path):
    this_tests(with_section)
    section = with_section("", tmp_path / "AGENTS.md")
    assert len(section.splitlines()) <= 15
    for command in (
        "affected",
        "tests-of NAME",
        "tests-of FILE:LINE",
        "callables-of TEST",
        "coverage",
        "mcp",
    ):
        assert f"`this-tests {command}`" in section


def test_a_second_run_updates_the_section(tmp_path):
    this_tests(with_section)
    path = tmp_path / "AGENTS.md"
    once = with_section("# Rules\n", path)
    assert once.startswith("# Rules\n\n<!-- this-tests: begin -->\n## ")
    more = f"{once}\n## More\n"
    assert with_section(more, path) == more
    assert with_section(more.replace("coverage", "nonsense"), path) == more
    windows = more.replace("\n", "\r\n")
    assert with_section(windows.replace("coverage", "nonsense"), path) == windows


def test_a_rule_of_cursor_has_a_head(tmp_path):
    this_tests(with_section)
    text = with_section("", tmp_path / "this-tests.mdc")
    assert text.startswith("---\ndescription: Which tests to run for a change\nalwaysApply: true\n---\n")
    assert with_section(text, tmp_path / "this-tests.mdc") == text


def test_half_a_section_is_left(tmp_path):
    this_tests(with_section)
    with pytest.raises(NotEditableError, match="one of the two comments"):
        with_section("<!-- this-tests: begin -->\n", tmp_path / "AGENTS.md")
