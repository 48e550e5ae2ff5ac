"""The files around the code agree: commands, versions, rights, pins."""

import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from this_tests import this_tests

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = ("3.11", "3.12", "3.13")

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(text("pyproject.toml"))


def loaded(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def targets():
    """Return the Makefile's targets that are no files."""
    return set(re.search(r"^\.PHONY: (.*)$", text("Makefile"), re.MULTILINE)[1].split())


def made(*arguments):
    """Return what make prints, without the variables of an outer make."""
    around = {
        name: value for name, value in os.environ.items() if name != "CONSTRAINTS" and "MAKE" not in name
    }
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=around).stdout


def of_ci():
    """Return the targets that CI makes, in their order."""
    calls = re.findall(r'^    make_with "\$python"((?: \S+)+)$', text(".ci/run"), re.MULTILINE)
    return [word for call in calls for word in call.split() if re.fullmatch("[a-z][a-z-]*", word)]


@needs_make
def test_help_lists_each_target():
    this_tests("na")
    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", made("help"), re.MULTILINE))
    assert set(listed) == targets()


def test_the_texts_name_targets_that_exist():
    this_tests("na")
    pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"]
    said = re.findall(r"(?:\$ |`)make ((?:[a-z-]+ ?)+)", "\n".join(map(text, pages)))
    named = {name for names in said for name in names.split()}
    assert named
    assert named <= targets()


def test_the_guide_for_contributors_names_files_that_exist():
    this_tests("na")
    paths = re.findall(r"`([\w.-]+(?:/[\w.-]+)*(?:/|\.(?:md|py|toml|txt|json)))`", text("CONTRIBUTING.md"))
    assert "registry/this_tests/check/rules.py" in paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_example_for_contributors_is_a_test_that_passes(project):
    this_tests(this_tests)
    example = re.search(r"```python\n(.*?)```", text("CONTRIBUTING.md"), re.DOTALL)[1]
    names = {"this_tests": this_tests}
    exec(example, names)
    names[re.match(r"def (test_\w+)", example)[1]](project)


def test_a_commit_is_checked_by_what_ci_runs_besides_docs_and_tests():
    this_tests("na")
    repositories = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert [repository["repo"] for repository in repositories] == ["local"]
    assert [*(hook["entry"] for hook in hooks), "make docs", "make test"] == [
        f"make {name}" for name in of_ci()
    ]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert not any(hook["pass_filenames"] for hook in hooks)


def test_ci_takes_no_python_that_is_not_there_for_another():
    this_tests("na")
    done = subprocess.run([ROOT / ".ci" / "run", "3.2"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "no Python 3.2\n")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_runs_no_third_party_action(path):
    this_tests("na")
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert not any("uses" in step for step in job["steps"])
        assert not any("${{" in step["run"] for step in job["steps"])


@pytest.mark.parametrize("name", ["ci", "newest"])
def test_each_python_that_we_promise_is_tested(name):
    this_tests("na")
    job = next(iter(loaded(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"].values()))
    prefix = "Programming Language :: Python :: 3."
    classifiers = project()["project"]["classifiers"]
    promised = [classifier for classifier in classifiers if classifier.startswith(prefix)]
    assert job["strategy"]["matrix"]["python"] == [classifier.rpartition(" ")[2] for classifier in promised]
    assert job["steps"][-1]["run"] == '.ci/run "$VERSION"'
    assert job["env"].get("CONSTRAINTS") == ("" if name == "newest" else None)


@needs_make
@pytest.mark.parametrize("pinned", [True, False])
def test_what_is_installed_is_pinned_unless_make_gets_no_constraints(tmp_path, pinned):
    this_tests("na")
    constraints = [] if pinned else ["CONSTRAINTS="]
    printed = made("--dry-run", "--jobs=4", *of_ci(), f"VENV={tmp_path}", *constraints)
    installs = [line for line in printed.splitlines() if " pip install " in line]
    assert len(installs) == 2
    assert all(("--constraint constraints.txt" in line) is pinned for line in installs)


def pins():
    lines = [line for line in text("constraints.txt").splitlines() if not line.startswith("#")]
    return [Requirement(line) for line in lines]


def wanted():
    """Return what a contributor's environment is made of, without torch."""
    table = project()
    groups = [group for name, group in table["dependency-groups"].items() if name != "torch"]
    extras = table["project"]["optional-dependencies"]
    return [
        Requirement(line)
        for group in [table["project"]["dependencies"], extras["sphinx"], *groups]
        for line in group
    ]


def applies(requirement, python):
    return requirement.marker is None or requirement.marker.evaluate(
        {
            "python_version": python,
            "python_full_version": f"{python}.99",
            "sys_platform": "linux",
            "os_name": "posix",
        }
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_each_package_that_we_develop_with_has_one_version_that_fits(python):
    """So a release of somebody else's changes nothing here until `make constraints` takes it."""
    this_tests("na")
    here = [pin for pin in pins() if applies(pin, python)]
    known = {canonicalize_name(pin.name): re.fullmatch("==(.+)", str(pin.specifier))[1] for pin in here}
    assert [name for name, count in Counter(pin.name for pin in here).items() if count > 1] == []
    for requirement in wanted():
        if applies(requirement, python):
            assert requirement.specifier.contains(known[canonicalize_name(requirement.name)]), requirement


def test_the_pins_name_no_place_and_no_build_of_torch():
    this_tests("na")
    assert not re.search(r"://|^-|^(torch|nvidia|triton)\b", text("constraints.txt"), re.MULTILINE)


def test_the_docs_are_built_elsewhere_with_the_same_pins_and_as_strictly():
    this_tests("na")
    config = yaml.safe_load(text(".readthedocs.yaml"))
    assert all("--constraint constraints.txt" in step for step in config["build"]["jobs"]["install"])
    assert config["sphinx"] == {"configuration": "docs/conf.py", "fail_on_warning": True}
    assert str(config["build"]["tools"]["python"]) in PYTHONS


def test_the_version_is_in_pyproject_and_what_repeats_it_agrees():
    this_tests("na")
    version = project()["project"]["version"]
    assert re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)[1] == version
    assert re.search(r"^    rev: v(\S+)$", text("docs/ci.md"), re.MULTILINE)[1] == version
    assert "version" not in yaml.safe_load(text("CITATION.cff"))
    assert f'"{version}"' not in "".join(
        path.read_text(encoding="utf-8")
        for folder in ("registry", "sphinx_ext", "docs")
        for path in (ROOT / folder).rglob("*.py")
    )


def test_who_cites_us_finds_what_the_package_says():
    this_tests("na")
    citation, package = yaml.safe_load(text("CITATION.cff")), project()["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["title"], citation["license"]) == (package["name"], package["license"])
    assert citation["authors"] == package["authors"]


def test_editors_and_the_linter_agree_on_a_line():
    this_tests("na")
    length = project()["tool"]["ruff"]["line-length"]
    assert re.search(r"^\[\*\.py\]\nmax_line_length = (\d+)$", text(".editorconfig"), re.MULTILINE)[1] == str(
        length
    )


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_form_for_an_issue_can_be_shown(path):
    this_tests("na")
    form = loaded(path)
    if path.stem == "config":
        assert all(set(link) == {"name", "url", "about"} for link in form["contact_links"])
    else:
        assert {"name", "description", "body"} <= set(form)
        ids = [field["id"] for field in form["body"]]
        assert len(set(ids)) == len(ids)
        assert all(field["attributes"]["label"] for field in form["body"])
