"""Memory: current and peak use, leaks, and what refers to leaked objects."""

import mmap
import subprocess
import sys
import weakref

import numpy as np
import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests import this_tests
from this_tests.kit import assert_no_leak
from this_tests.kit.leaks import LeakError
from this_tests.kit.memory import MB, Gauge, Memory, host_gauge, reclaim
from this_tests.kit.object_growth import growth_lines

pytestmark = pytest.mark.slow


class Meter:
    """A gauge that is set by hand."""

    def __init__(self):
        self.now = self.most = 10 * MB
        self.gauge = Gauge("memory of a test", lambda: self.now, lambda: self.most, self.reset)

    def set(self, megabytes):
        self.now = megabytes * MB
        self.most = max(self.most, self.now)

    def reset(self):
        self.most = self.now


def test_used_and_peak_count_from_the_start():
    this_tests(Memory)
    meter = Meter()
    memory = Memory(meter.gauge)
    meter.set(30)
    meter.set(15)
    assert (memory.used, memory.peak) == (5, 20)
    memory.reset()
    assert (memory.used, memory.peak) == (0, 0)


def test_what_is_expected_is_compared_within_a_tolerance():
    this_tests(Memory.expect)
    meter = Meter()
    memory = Memory(meter.gauge)
    meter.set(15)
    memory.expect(used=4, peak=6, tolerance=1)
    memory.expect(peak=5, tolerance=0)
    with pytest.raises(AssertionError) as caught:
        memory.expect(used=3, tolerance=1, context="after the second epoch")
    message = "after the second epoch: memory of a test: used 5.00 MB (expected 3.00 ± 1), peak 5.00 MB"
    assert str(caught.value) == message


def test_the_resident_set_and_its_peak_are_the_processs():
    this_tests(host_gauge)
    memory = Memory(host_gauge())
    kept = [bytearray(b"x") * (64 * MB), bytearray(b"x") * (64 * MB)]
    memory.expect(
        used=128, peak=128, tolerance=16
    )  # Looked at while it lasts: kernels may miss a short peak.
    kept.pop()
    memory.expect(used=64, peak=128, tolerance=16)
    kept.pop()
    memory.expect(used=0, peak=128, tolerance=16)


def test_the_fixture_measures_a_test(kit):
    this_tests("this_tests.kit.plugin")
    kit.tests(
        """
        def test_it(memory):
            kept = [bytearray(b"x") * (64 * 2**20), bytearray(b"x") * (64 * 2**20)]
            assert 100 < memory.used < 150
            kept.pop()
            assert 32 < memory.used < 80
            assert memory.peak > 100
        """
    )
    # In a process of its own: what earlier tests of this one release late would count as well.
    kit.run_apart("--device=cpu").assert_outcomes(passed=1)


FREED_BEFORE = """
from this_tests.kit.memory import Memory, host_gauge
def buffers(): return [bytearray(b"x") * 2**16 for _ in range(256)]
earlier = buffers()
last = earlier[-1]  # What lies before it stays with the process.
del earlier
memory = Memory(host_gauge())
kept = buffers()
memory.expect(used=16, peak=16, tolerance=3)
del kept
memory.expect(used=0, peak=16, tolerance=3)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc returns what it keeps")
def test_memory_that_was_freed_before_hides_nothing():
    """Not even where the C library keeps it, because something behind it lives."""
    this_tests(Memory, host_gauge, reclaim)
    done = subprocess.run([sys.executable, "-c", FREED_BEFORE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


KEPT = []


class Thing:
    """An object that is leaked."""


def leaking(size, what):
    def call():
        KEPT.append(what(size))

    return call


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    KEPT.clear()


@pytest.mark.parametrize(
    "what",
    [bytearray, lambda size: np.zeros(size, dtype="u1"), lambda size: [object() for _ in range(size // 24)]],
)
def test_what_stays_is_noticed(what):
    this_tests(assert_no_leak, LeakError)
    with pytest.raises(LeakError, match=r"^10 calls left 0\.\d\d MB of Python's memory behind") as caught:
        assert_no_leak(leaking(20_000, what))
    assert 0.15 < caught.value.growth["Python's memory"] < 1


def test_the_message_has_types_counts_holders_and_lines():
    this_tests(growth_lines, assert_no_leak)

    def call():
        thing = Thing()
        thing.data = bytearray(50_000)
        KEPT.append(thing)

    with pytest.raises(LeakError) as caught:
        assert_no_leak(call, repeats=6)
    message = str(caught.value)
    assert f"  6 x {__name__}.Thing not released, referred to by a list called {__name__}.KEPT" in message
    assert "  6 x bytearray not released" in message
    assert f" blocks from {__file__}:" in message


def test_holders_are_named_though_a_tracer_keeps_frames():
    """As that of coverage does on Python 3.11."""
    this_tests(growth_lines)
    code = """if True:
        import sys
        from this_tests.kit.object_growth import growth_lines

        class Thing:
            pass

        KEPT, frames = [], []
        sys.settrace(lambda frame, event, argument: frames.append(frame))
        print("\\n".join(growth_lines(lambda: KEPT.append(Thing()), 6)))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PROCESS_TIMEOUT
    )
    assert (
        "  6 x __main__.Thing not released, referred to by a list called __main__.KEPT"
        in done.stdout.splitlines()
    )


@pytest.mark.parametrize("tolerance", [0.1, 1])
def test_a_tolerance_is_granted(tolerance):
    this_tests(assert_no_leak)
    call = leaking(20_000, bytearray)
    if tolerance == 1:
        assert_no_leak(call, tolerance=tolerance)
    else:
        with pytest.raises(LeakError):
            assert_no_leak(call, tolerance=tolerance)


def test_a_cache_that_fills_once_is_no_leak():
    this_tests(assert_no_leak)

    def call():
        if not KEPT:
            KEPT.append(bytearray(MB))

    assert_no_leak(call)


def test_a_cycle_is_no_leak():
    this_tests(assert_no_leak)

    def call():
        one, other = [bytearray(50_000)], []
        one.append(other)
        other.append(one)

    assert_no_leak(call)


def test_garbage_is_reclaimed():
    this_tests(reclaim)
    one = Thing()
    one.itself = one
    seen = weakref.ref(one)
    del one
    reclaim("cpu")
    assert seen() is None


def test_what_asyncio_keeps_for_later_use_is_let_be():
    this_tests(growth_lines)
    code = """if True:
        import asyncio, gc
        from this_tests.kit.object_growth import growth_lines

        async def wait():
            loop = asyncio.get_running_loop()
            for _ in range(3):
                future = loop.create_future()
                loop.call_soon(future.set_result, None)
                await future

        asyncio.run(wait())
        for _ in range(3):
            print(list(growth_lines(lambda: None, 1)))
            gc.collect()
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PROCESS_TIMEOUT
    )
    assert (done.returncode, done.stdout) == (0, "[]\n[]\n[]\n"), done.stderr


def mapped(size):
    """Return memory that was not allocated by Python."""
    memory = mmap.mmap(-1, size)
    memory.write(b"x" * size)
    return memory


def test_what_only_the_process_knows_is_noticed_by_its_resident_set():
    this_tests(assert_no_leak)
    # Enough that memory of earlier tests, which the process may free meanwhile, cannot hide it.
    with pytest.raises(LeakError, match="MB of resident set"):
        assert_no_leak(leaking(32 * MB, mapped), repeats=3)


@pytest.mark.torch
class TestTorch:
    """Of torch: tensors on the CPU, and on the accelerator if there is one."""

    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    def test_tensors_that_stay_are_noticed(self, torch):
        this_tests(assert_no_leak)
        with pytest.raises(LeakError) as caught:
            assert_no_leak(leaking(10_000, torch.ones))
        assert caught.value.growth["tensors"] == pytest.approx(10 * 40_000 / MB)
        assert f"10 x torch.Tensor not released, referred to by a list called {__name__}.KEPT" in str(
            caught.value
        )

    def test_a_graph_that_stays_is_noticed(self, torch):
        this_tests(assert_no_leak)
        weight = torch.ones(10_000, requires_grad=True)
        losses = []
        with pytest.raises(LeakError, match="MB of tensors"):
            assert_no_leak(lambda: losses.append(weight * 2))
        assert_no_leak(lambda: (weight * 2).sum().item())

    def test_the_search_for_tensors_is_not_counted(self):
        """It lists all objects, and the C library may keep the memory of that list."""
        this_tests(assert_no_leak)
        code = """if True:
            import torch
            from this_tests.kit import assert_no_leak
            from this_tests.kit.memory import reclaim

            objects = [[] for _ in range(500_000)]
            assert_no_leak(lambda: None)
            for _ in range(2):
                reclaim()
                assert_no_leak(lambda: None, resident=2)
        """
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PROCESS_TIMEOUT
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_amounts_are_what_they_say(self):
        from this_tests.kit import gpu

        this_tests(gpu.gpu_mem_consume_some, gpu.gpu_mem_consume_16mb, gpu.gpu_mem_allocate_mbs)
        assert gpu.gpu_mem_consume_some(10, "cpu").nbytes == 400
        assert gpu.gpu_mem_consume_16mb("cpu").nbytes == 16 * MB
        assert gpu.gpu_mem_allocate_mbs(3, "cpu").nbytes == 3 * MB

    def test_what_cannot_be_had_is_none_or_an_error(self):
        from this_tests.kit import gpu

        this_tests(gpu.gpu_mem_allocate_mbs)
        assert gpu.gpu_mem_allocate_mbs(2**40, "cpu") is None
        with pytest.raises(RuntimeError):
            gpu.gpu_mem_allocate_mbs(2**40, "cpu", fatal=True)

    @pytest.mark.parametrize(
        ("name", "arguments", "so"),
        [
            ("torch_preload_mem", (), "nothing is loaded for it"),
            ("gpu_mem_get", (), "amounts of its memory are 0"),
            ("gpu_mem_get_used", (), "amounts of its memory are 0"),
            ("gpu_mem_get_free", (), "amounts of its memory are 0"),
            ("gpu_mem_get_used_no_cache", (), "amounts of its memory are 0"),
            ("gpu_mem_get_free_no_cache", (), "amounts of its memory are 0"),
            ("gpu_mem_consume_some", (5,), "the tensor is on the CPU"),
            ("gpu_mem_consume_16mb", (), "the tensor is on the CPU"),
            ("gpu_mem_allocate_mbs", (1,), "the tensor is on the CPU"),
            ("gpu_mem_leave_free_mbs", (5,), "nothing is allocated"),
        ],
    )
    def test_without_an_accelerator_each_helper_says_so_where_it_was_called(self, torch, name, arguments, so):
        from this_tests.kit import gpu

        this_tests(getattr(gpu, name))
        if torch.accelerator.is_available():
            pytest.skip("there is an accelerator; this is about there being none")
        with pytest.warns(gpu.NoAcceleratorWarning) as warned:
            getattr(gpu, name)(*arguments)
        assert [str(warning.message) for warning in warned] == [f"there is no accelerator here: {so}"]
        assert warned[0].filename == __file__

    @pytest.mark.parametrize(
        ("device", "why"),
        [("cpu", "the CPU is no accelerator"), ("cuda", "--device=cuda: there is no cuda device here")],
    )
    def test_a_device_that_is_no_accelerator_is_none_either(self, torch, device, why):
        from this_tests.kit import gpu

        this_tests(gpu.gpu_mem_get, gpu.gpu_mem_reclaim, gpu.gpu_cache_clear)
        if torch.cuda.is_available() and device == "cuda":
            pytest.skip("there is a CUDA device; this is about there being none")
        gpu.gpu_cache_clear(device)
        gpu.gpu_mem_reclaim(device)
        with pytest.warns(gpu.NoAcceleratorWarning, match=why):
            assert gpu.gpu_mem_get(device) == (0, 0, 0)

    def test_used_and_peak_are_checked_with_their_context(self):
        from this_tests.kit import gpu

        this_tests(gpu.check_mem)
        gpu.check_mem(10, 20, 11, 19)
        with pytest.raises(AssertionError, match=r"^peaked mem: expected=20 received=25 ± 2 \(epoch 2\)$"):
            gpu.check_mem(10, 20, 10, 25, ctx="epoch 2")

    @pytest.mark.cuda
    def test_on_a_gpu_used_and_peak_are_torchs_own(self, torch):
        from this_tests.kit import gpu
        from this_tests.kit.memory import device_gauge

        this_tests(device_gauge, gpu.gpu_mem_reclaim)
        memory = Memory(device_gauge(torch.device("cuda")))
        kept = [gpu.gpu_mem_consume_16mb(), gpu.gpu_mem_consume_16mb()]
        del kept[0]
        memory.expect(used=16, peak=32, tolerance=1)
        kept.clear()
        memory.expect(used=0, peak=32, tolerance=1)

    @pytest.mark.cuda
    def test_on_a_gpu_all_but_an_amount_is_consumed(self):
        from this_tests.kit import gpu

        this_tests(gpu.gpu_mem_leave_free_mbs, gpu.gpu_mem_get_free, gpu.torch_preload_mem)
        gpu.torch_preload_mem()
        kept = gpu.gpu_mem_leave_free_mbs(200)
        assert gpu.gpu_mem_get_free() == pytest.approx(200, abs=8)
        assert gpu.gpu_mem_allocate_mbs(400) is None
        del kept
        gpu.gpu_mem_reclaim()
        assert gpu.gpu_mem_get_free() > 200

    @pytest.mark.cuda
    def test_on_a_gpu_tensors_that_stay_are_noticed(self, torch):
        this_tests(assert_no_leak)
        with pytest.raises(LeakError) as caught:
            assert_no_leak(leaking(100_000, lambda size: torch.ones(size, device="cuda")))
        assert caught.value.growth["the accelerator's memory"] > 3
