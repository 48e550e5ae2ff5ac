"""Captured output: with ``-s``, of threads, of subprocesses, of progress bars."""

# ruff: noqa: T201  # printing is the subject
import logging
import subprocess
import sys
import threading

import pytest
from rich.console import Console
from rich.progress import Progress
from tqdm import tqdm

from this_tests import this_tests
from this_tests.kit import CaptureStd, CaptureStderr, CaptureStdout, apply_print_resets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain\n\ntext  \n", "plain\n\ntext  \n"),
        ("10 %\r50 %\r100 %\n", "100 %\n"),
        ("long text\rab", "abng text"),
        ("kept\r", "kept"),
        ("dos\r\nlines\r\n", "dos\nlines\n"),
        ("a\r\r\r\nb", "a\nb"),
        ("typo\b\bed", "tyed"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a bar\r\x1b[Kdone", "done"),
        ("a bar\r\x1b[2Kdone", "done"),
        ("one\ntwo\x1b[A\rONE", "ONE\ntwo"),
        ("one\ntwo\r\x1b[1A\x1b[JONE\n", "ONE\n"),
        ("ab\x1b[3Cc", "ab   c"),
        ("abc\x1b[2Dx", "axc"),
        ("abc\x1b[1Gx", "xbc"),
        ("abc\x1b[1K\x1b[Gx", "x  "),
        ("\x1b]8;;http://e.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[?25lhidden cursor\x1b[?25h", "hidden cursor"),
        ("bell\a", "bell"),
        ("tail\x1b", "tail"),
    ],
)
def test_a_text_is_what_a_terminal_shows_of_it(text, shown):
    this_tests(apply_print_resets)
    assert apply_print_resets(text) == shown


def test_both_streams_are_captured_apart():
    this_tests(CaptureStd)
    with CaptureStd() as captured:
        print("step 1\rstep 2")
        print("oh", file=sys.stderr)
    assert (captured.out, captured.err) == ("step 2\n", "oh\n")
    assert repr(captured) == "CaptureStd(out='step 2\\n', err='oh\\n')"


def test_a_stream_that_is_not_available_has_a_message():
    this_tests(CaptureStdout, CaptureStderr)
    with CaptureStdout() as out:
        assert out.out == "(not available yet: the block that captures stdout has not ended)"
    with CaptureStderr() as err:
        pass
    assert (out.out, out.err) == ("", "(stderr was not captured)")
    assert (err.out, err.err) == ("(stdout was not captured)", "")


@pytest.mark.parametrize("replay", [True, False])
@pytest.mark.parametrize("descriptors", [True, False])
def test_the_text_is_printed_afterwards_where_it_would_have_gone(capsys, replay, descriptors):
    this_tests(CaptureStdout)
    with CaptureStdout(replay=replay, descriptors=descriptors):
        print("over\rit")
    assert capsys.readouterr().out == ("over\rit\n" if replay else "")


def test_captures_nest():
    this_tests(CaptureStdout)
    with CaptureStdout(replay=False) as outer:
        print("a")
        with CaptureStdout(replay=False) as inner:
            print("b")
        print("c")
    assert (outer.out, inner.out) == ("a\nc\n", "b\n")


def test_streams_are_given_back_after_a_failure():
    this_tests(CaptureStd)
    streams = (sys.stdout, sys.stderr)

    def fail():
        with CaptureStd(descriptors=True):
            raise OSError("on purpose")

    with pytest.raises(OSError, match="on purpose"):
        fail()
    assert (sys.stdout, sys.stderr) == streams


def test_threads_are_captured():
    this_tests(CaptureStdout)
    threads = [threading.Thread(target=print, args=(number,)) for number in range(8)]
    with CaptureStdout() as captured:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(captured.out.split()) == [str(number) for number in range(8)]


@pytest.mark.parametrize(
    ("descriptors", "expected"), [(True, "before\nchild\nafter\n"), (False, "before\nafter\n")]
)
def test_subprocesses_are_captured_where_asked(capfd, descriptors, expected):
    this_tests(CaptureStdout)
    with CaptureStdout(descriptors=descriptors) as captured:
        print("before")
        subprocess.run([sys.executable, "-c", "print('child')"], check=True)
        print("after")
    assert captured.out == expected


def test_bytes_may_be_written():
    this_tests(CaptureStdout)
    with CaptureStdout() as captured:
        sys.stdout.buffer.write("gr\u00fcn".encode())
    assert captured.out == "gr\u00fcn"


def test_a_handler_made_inside_may_go_on_afterwards():
    this_tests(CaptureStderr)
    with CaptureStderr() as captured:
        handler = logging.StreamHandler()
        handler.emit(logging.makeLogRecord({"msg": "inside"}))
    handler.emit(logging.makeLogRecord({"msg": "outside"}))
    assert captured.err == "inside\n"


def test_a_bar_of_tqdm_is_its_last_state():
    this_tests(CaptureStderr)
    with CaptureStderr() as captured:
        for _ in tqdm(range(3), ncols=60, bar_format="{l_bar}{bar:10}", mininterval=0):
            pass
    assert captured.err == "100%|██████████\n"


def test_of_nested_bars_of_tqdm_the_one_that_stays_is_left():
    this_tests(CaptureStderr)
    with CaptureStderr() as captured:
        for _ in tqdm(range(2), desc="outer", ncols=60, bar_format="{desc} {n}", mininterval=0):
            for _ in tqdm(
                range(2), desc="inner", leave=False, ncols=60, bar_format="{desc} {n}", mininterval=0
            ):
                pass
    assert captured.err.split() == ["outer", "2"]


@pytest.mark.parametrize("transient", [True, False])
def test_a_bar_of_rich_is_its_last_state(transient):
    this_tests(CaptureStdout)
    with CaptureStdout() as captured:
        console = Console(force_terminal=True, width=60)
        with Progress(
            "{task.description} {task.completed}", console=console, transient=transient
        ) as progress:
            task = progress.add_task("work", total=3)
            for _ in range(3):
                progress.advance(task)
                progress.refresh()
        console.print("end")
    assert captured.out == ("end\n" if transient else "work 3\nend\n")


@pytest.mark.slow
def test_the_same_is_captured_with_and_without_s(kit):
    this_tests(CaptureStd)
    kit.tests(
        """
        import sys
        from tqdm import tqdm
        from this_tests.kit import CaptureStd

        @pytest.mark.parametrize("descriptors", [True, False])
        def test_it(descriptors):
            with CaptureStd(descriptors=descriptors) as captured:
                print("a\\rb")
                list(tqdm([1, 2], bar_format="{n}", ncols=9))
            assert captured.out == "b\\n"
            assert captured.err == "2\\n"
        """
    )
    for arguments in (["-s"], [], ["--capture=sys"]):
        kit.run_apart(*arguments).assert_outcomes(passed=2)
