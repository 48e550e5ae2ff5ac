"""``this-tests check --mirror --devices``: layout of the tests, hard-coded device numbers."""

import os
import subprocess
import sys

import pytest

from this_tests import this_tests
from this_tests.check.devices import check_device_numbers
from this_tests.check.layout import check_mirror

MODULES = [
    ("pkg.__init__", "src/pkg/__init__.py"),
    ("pkg._core", "src/pkg/_core.py"),
    ("pkg.sub.__init__", "src/pkg/sub/__init__.py"),
    ("pkg.sub.part", "src/pkg/sub/part.py"),
]


def found(tests):
    return [(finding.rule, finding.subject) for finding in check_mirror(MODULES, tests)]


@pytest.mark.parametrize(
    "tests",
    [
        ["tests/test_core.py", "tests/sub/test_part.py"],
        ["tests/pkg/test__core.py", "tests/pkg/sub/part_test.py"],
        ["tests/core_test.py", "tests/sub/part/test_anything.py"],
        ["tests/test_core.py", "tests/test_sub_part.py"],
        ["tests/test_pkg__core.py", "tests/pkg/sub_part_test.py"],
    ],
)
def test_a_tree_that_mirrors_the_librarys_has_no_findings(tests):
    this_tests(check_mirror)
    assert found(tests) == []


def test_modules_without_a_mirror_and_folders_that_mirror_nothing_are_found():
    this_tests(check_mirror)
    tests = ["tests/test_core.py", "tests/odd/test_part.py"]
    findings = check_mirror(MODULES, tests)
    assert [(finding.file, finding.line, finding.rule, finding.subject) for finding in findings] == [
        ("src/pkg/sub/part.py", 1, "no-mirror", "pkg.sub.part"),
        ("tests/odd/test_part.py", 1, "mirrors-nothing", "tests/odd"),
    ]


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (["tests/sub/test_anything.py"], []),
        (["tests/pkg/sub/test_anything.py"], []),
        (["tests/test_sub.py"], []),
        (["tests/test_core.py"], [("no-mirror", "pkg.sub")]),
        (["tests/odd/test_sub.py"], [("no-mirror", "pkg.sub"), ("mirrors-nothing", "tests/odd")]),
    ],
)
def test_packages_may_be_mirrored_as_a_whole(tests, expected):
    this_tests(check_mirror)
    findings = check_mirror(MODULES, tests, packages=True)
    assert [(finding.rule, finding.subject) for finding in findings] == expected


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('x = torch.zeros(1, device="cuda:1")', "cuda:1"),  # this-tests: off (what is to be found)
        ('d = torch.device("cuda", 0)', "torch.device('cuda', 0)"),
        ("x = y.cuda(1)", "y.cuda(1)"),
        ("x = y.to(0)", "y.to(0)"),
        ("x = torch.ones(2, device=0)", "torch.ones(2, device=0)"),
        ("torch.cuda.set_device(2)", "torch.cuda.set_device(2)"),
    ],
)
def test_a_device_number_is_found(line, text):
    this_tests(check_device_numbers)
    (finding,) = check_device_numbers("t.py", f"def test():\n    {line}\n".encode())
    assert (finding.line, finding.subject) == (2, text)


@pytest.mark.parametrize(
    "line",
    [
        'x = torch.zeros(1, device="cuda")',
        "x = y.cuda()",
        "x = y.to(device)",
        '"""Not on cuda:1."""',
        'x = y.to("cuda:1")  # this-tests: off (two devices are the subject)',
        "x = y.to(dtype)",
    ],
)
def test_a_line_without_a_number_or_with_a_reason_is_no_finding(line):
    this_tests(check_device_numbers)
    assert check_device_numbers("t.py", f"def test():\n    {line}\n".encode()) == ()


def test_lines_are_pythons_in_any_encoding():
    this_tests(check_device_numbers)
    source = b"# coding: latin-1\r\ns = '\xe9\x0c\x85'\r\nx = y.to(1)  # this-tests: off (why)\r\ny.to(2)\r\n"
    assert [finding.line for finding in check_device_numbers("t.py", source)] == [4]


def test_a_call_that_cannot_be_unparsed_is_reported_by_its_name():
    this_tests(check_device_numbers)
    (finding,) = check_device_numbers("t.py", b"y.to(0, 0x" + b"f" * 9_999 + b")")
    assert finding.subject == "to(…)"


@pytest.mark.slow
def test_the_command_reports_both_on_request(project):
    this_tests("this_tests.cli")
    project.tests(
        "def test_deep():\n    this_tests(mylib.sub.deep)\n    print('cuda:1')\n", "tests/test_sub.py"
    )

    def check(*arguments):
        command = [sys.executable, "-m", "this_tests", "check", *arguments]
        env = {**os.environ, "COLUMNS": "200"}
        return subprocess.run(command, cwd=project.root, env=env, capture_output=True, text=True, check=False)

    assert check().returncode == 0
    result = check("--mirror", "--devices")
    assert result.returncode == 1
    assert (
        "mylib/_impl.py:1: no-mirror mylib._impl: no test file mirrors it, such as test_impl.py"
        in result.stdout
    )
    assert "tests/test_sub.py:7: device-number cuda:1: use the fixture torch_device" in result.stdout
    assert "2 findings" in result.stdout
