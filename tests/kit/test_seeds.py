"""Seeds: random numbers are reproducible, and the generators are restored afterwards."""

import os
import random

import numpy as np
import pytest

from this_tests import this_tests
from this_tests.kit import reproducible
from this_tests.kit.seeds import Reseed

DRAWS = {"random": random.random, "numpy": np.random.rand}


def states():
    return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002  # as above


@pytest.mark.parametrize("library", DRAWS)
def test_two_runs_agree(library):
    this_tests(reproducible)
    draw = DRAWS[library]
    runs = []
    for seed in (7, 7, 8):
        with reproducible(seed):
            runs.append([draw() for _ in range(3)])
    assert runs[0] == runs[1] != runs[2]


def test_the_state_is_put_back_even_after_a_failure():
    this_tests(reproducible)
    before = states()

    def fail():
        with reproducible():
            random.random()
            raise OSError("on purpose")

    with pytest.raises(OSError, match="on purpose"):
        fail()
    assert states() == before


def test_begin_again_repeats():
    this_tests(Reseed)
    with reproducible(3) as again:
        first = random.random()
        again()
        assert random.random() == first
        again(4)
        assert random.random() != first


def test_blocks_nest():
    this_tests(reproducible)
    with reproducible(1):
        expected = [random.random(), random.random()]
    with reproducible(1):
        found = [random.random()]
        with reproducible(2):
            random.random()
        found.append(random.random())
    assert found == expected


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    this_tests(reproducible)
    with pytest.raises(ValueError, match=r"is not a seed between 0 and 2\*\*32 - 1"), reproducible(seed):
        pass


@pytest.mark.slow
def test_the_fixture_repeats_whatever_pytest_randomly_seeds(kit):
    this_tests("this_tests.kit.plugin")
    kit.tests(
        """
        import random
        import numpy as np

        @pytest.fixture
        def drawn(reproducible): return random.random()

        @pytest.mark.parametrize("_", [1, 2])
        def test_it(reproducible, drawn, _):
            print("drawn", drawn, random.random(), np.random.rand())
        """
    )
    drawn = []
    for arguments in ([], ["-p", "randomly", "--randomly-seed=1"], ["-p", "randomly", "--randomly-seed=2"]):
        result = kit.run("-rP", *arguments)
        drawn += [line for line in result.stdout.lines if line.startswith("drawn ")]
    assert len(drawn) == 6
    assert len(set(drawn)) == 1


def test_the_next_test_goes_on_as_if_nothing_had_been(kit):
    this_tests("this_tests.kit.plugin")
    kit.tests(
        """
        import random

        def test_before():
            random.seed(5)
            random.random()

        def test_between(reproducible):
            random.random()

        def test_after():
            found = random.random()
            random.seed(5)
            random.random()
            assert found == random.random()
        """
    )
    kit.run().assert_outcomes(passed=3)


@pytest.mark.torch
class TestTorch:
    """Of torch: generators, algorithms, loaders."""

    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    def test_two_runs_agree_and_the_state_is_put_back(self, torch):
        this_tests(reproducible)
        before = torch.get_rng_state()
        runs = []
        for _ in range(2):
            with reproducible(7):
                runs.append(torch.rand(3))
        assert torch.equal(*runs)
        assert torch.equal(torch.get_rng_state(), before)

    def test_algorithms_are_deterministic_inside_only(self, torch, monkeypatch):
        this_tests(reproducible)
        monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
        cudnn = torch.backends.cudnn
        before = (cudnn.deterministic, cudnn.benchmark, torch.are_deterministic_algorithms_enabled())
        with reproducible():
            assert (cudnn.deterministic, cudnn.benchmark) == (True, False)
            assert torch.are_deterministic_algorithms_enabled()
            assert torch.is_deterministic_algorithms_warn_only_enabled()
            assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        assert (cudnn.deterministic, cudnn.benchmark, torch.are_deterministic_algorithms_enabled()) == before
        assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ

    def test_strict_refuses_what_cannot_repeat(self, torch):
        this_tests(reproducible)
        with reproducible(strict=True):
            assert not torch.is_deterministic_algorithms_warn_only_enabled()

    # torch recommends at most one worker per core, and there may be only one core.
    @pytest.mark.filterwarnings("ignore:This DataLoader will create")
    @pytest.mark.parametrize("workers", [0, 2])
    def test_loaders_repeat_with_the_same_number_of_workers(self, torch, workers):
        this_tests(reproducible)

        class Noise(torch.utils.data.Dataset):
            def __len__(self):
                return 4

            def __getitem__(self, index):
                return torch.tensor([random.random(), np.random.rand(), torch.rand(()).item()])  # noqa: NPY002  # as above

        def batches():
            with reproducible(7):
                return torch.cat(
                    list(torch.utils.data.DataLoader(Noise(), shuffle=True, num_workers=workers))
                )

        assert torch.equal(batches(), batches())

    @pytest.mark.cuda
    def test_all_devices_repeat_and_are_put_back(self, torch):
        this_tests(reproducible)
        torch.cuda.init()
        before = torch.cuda.get_rng_state_all()
        runs = []
        for _ in range(2):
            with reproducible(7):
                runs.append(torch.rand(3, device="cuda"))
        assert torch.equal(*runs)
        assert all(map(torch.equal, torch.cuda.get_rng_state_all(), before))
