"""Guards: a test that changes a shared object fails, with the changes."""

import numpy as np
import pandas as pd
import pytest

from this_tests import this_tests
from this_tests.kit import SharedObjectChangedError, guarded
from this_tests.kit.fingerprint import changes, fingerprint
from this_tests.kit.guards import Guard
from this_tests.kit.quick_fingerprint import QuickFingerprints


def rand(*shape):
    """Return random numbers of torch."""
    import torch

    return torch.rand(*shape)


class Plain:
    """Has fields, and refers to itself."""

    def __init__(self):
        self.depth = 3
        self.names = ["a"]
        self.itself = self


def changed(thing, change, *, closely=False):
    """Return the changes that a guard reports after *change* was applied to *thing*."""
    guard = Guard(thing, "thing", exact=False)
    assert guard.check(closely=True)[0] == []
    change(thing)
    found = guard.check(closely=closely)[0]
    assert guard.check(closely=True)[0] == []
    return found


@pytest.mark.parametrize(
    ("make", "change", "expected"),
    [
        (Plain, lambda it: setattr(it, "depth", 4), ["depth: 3 → 4"]),
        (Plain, lambda it: it.names.append("b"), ["names: length: 1 → 2", "names[1]: added"]),
        (
            Plain,
            lambda it: setattr(it, "new", 1),
            ["fields: ['depth', 'itself', 'names'] → ['depth', 'itself', 'names', 'new']", "new: added"],
        ),
        (dict, lambda it: it.update(a=1), ["['a']: added", "dict: keys: [] → [\"'a'\"]"]),
        (lambda: {1}, lambda it: it.add(2), ["set: ['1'] → ['1', '2']"]),
        (lambda: np.zeros(3), lambda it: it.__setitem__(1, 5), ["array: other values"]),
        (
            lambda: np.array([[1], "a"], dtype=object),
            lambda it: it[0].append(2),
            ["[0]: length: 1 → 2", "[0][1]: added"],
        ),
        (
            lambda: pd.DataFrame({"a": [1, 2]}),
            lambda it: it.__setitem__("a", [1, 3]),
            ["DataFrame: other values"],
        ),
        (lambda: pd.Series([1.0]), lambda it: it.__setitem__(0, 2.0), ["Series: other values"]),
    ],
)
def test_changes_are_reported(make, change, expected):
    this_tests(fingerprint, changes, Guard.check)
    assert changed(make(), change) == expected


def test_a_large_array_is_sampled_and_then_read():
    this_tests(Guard.check)
    assert changed(np.zeros(10**6), lambda it: it.fill(1)) == ["array: other values"]
    # One value of a million: only the full fingerprint shows it.
    array = np.zeros(10**6)
    guard = Guard(array, "array", exact=False)
    array[1] = 5
    assert guard.check(closely=False) == ([], True)
    assert guard.check(closely=True) == (["array: other values"], False)


SUITE = """
    from this_tests.kit import guarded

    @pytest.fixture(scope="module")
    def shared():
        return guarded({"depth": 3, "rates": [1, 2]})

    def test_reads(shared): assert shared["depth"] == 3

    def test_restores(shared, monkeypatch): monkeypatch.setitem(shared, "depth", 4)

    def test_changes(shared): shared["rates"].append(3)

    def test_after(shared): pass

    def test_without(): pass
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_test_that_changes_is_named_and_no_other(kit, workers):
    this_tests(guarded, SharedObjectChangedError)
    kit.tests(SUITE)
    run = kit.run_apart if workers else kit.run
    result = run(*workers)
    result.assert_outcomes(passed=5, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_changes*",
            "tests/test_it.py::test_changes changed shared, which other tests share:",
            "  [[]'rates'[]]: length: 2 → 3",
        ]
    )


def test_without_the_plugin_nothing_is_compared(project):
    this_tests(guarded)
    project.tests(SUITE)
    project.run("-p", "no:this_tests.kit").assert_outcomes(passed=5)


def test_an_uncertain_change_is_reported_as_uncertain(kit):
    this_tests(guarded)
    kit.tests(
        """
        import numpy as np
        from this_tests.kit import guarded

        @pytest.fixture(scope="module")
        def shared(): return guarded(np.zeros(10**6), "weights")

        def test_sly(shared): shared[1] = 5
        def test_last(shared): pass
        """
    )
    output = kit.run().stdout.str()
    assert "tests/test_it.py::test_last, or a test before it, changed weights" in output


@pytest.mark.torch
class TestTorch:
    """Of modules and tensors."""

    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    @pytest.fixture
    def net(self, torch):
        return torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.5))

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda net: net[0].weight.data.add_(1), ["parameter 0.weight: other values"]),
            (lambda net: net[0].weight.detach().numpy().fill(7), ["parameter 0.weight: other values"]),
            (
                lambda net: net[1](rand(3, 2)),
                [
                    "buffer 1.num_batches_tracked: other values",
                    "buffer 1.running_mean: other values",
                    "buffer 1.running_var: other values",
                ],
            ),
            (lambda net: net[1].eval(), ["training of 1: True → False"]),
            (lambda net: net[0].register_forward_hook(print), ["forward hooks of 0: 0 → 1"]),
            (
                lambda net: net[0].bias.requires_grad_(False),
                ["parameter 0.bias: requires_grad: True → False"],
            ),
            (
                lambda net: net[0](rand(1, 2)).sum().backward(),
                ["parameter 0.bias: gradient: added", "parameter 0.weight: gradient: added"],
            ),
            (lambda net: setattr(net[2], "p", 0.1), ["field 2.p: 0.5 → 0.1"]),
            (lambda net: setattr(net[2], "seen", 1), ["field 2.seen: added"]),
            (lambda net: delattr(net[2], "p"), ["field 2.p: gone"]),
            (
                lambda net: setattr(net[0], "bias", type(net[0].bias)(rand(2) + 1)),
                ["parameter 0.bias: other values"],
            ),
            (
                lambda net: net.__setitem__(2, type(net)()),
                ["field 2.inplace: gone", "field 2.p: gone"],
            ),
            (
                lambda net: net[0].double(),
                [
                    "parameter 0.bias: other values",
                    "parameter 0.bias: type and shape: 'torch.float32 (2,) on cpu' → 'torch.float64 (2,) on cpu'",
                    "parameter 0.weight: other values",
                    "parameter 0.weight: type and shape: 'torch.float32 (2, 2) on cpu' → 'torch.float64 (2, 2) on cpu'",
                ],
            ),
        ],
        ids=[
            "data",
            "numpy",
            "buffers",
            "mode",
            "hook",
            "requires_grad",
            "gradient",
            "field",
            "new field",
            "field gone",
            "parameter",
            "part",
            "type",
        ],
    )
    def test_changes_of_a_module_are_reported(self, net, change, expected):
        this_tests(fingerprint, Guard.check)
        assert changed(net, change) == expected

    def test_a_removed_hook_is_reported(self, net):
        this_tests(QuickFingerprints.module)
        hook = net[0].register_forward_hook(print)
        assert changed(net, lambda _: hook.remove()) == ["forward hooks of 0: 1 → 0"]

    def test_what_was_changed_and_put_back_is_no_change(self, torch, net):
        this_tests(Guard.check)
        state = {name: value.clone() for name, value in net.state_dict().items()}

        def change_and_restore(it):
            it(torch.rand(3, 2))
            it.load_state_dict(state)

        assert changed(net, change_and_restore) == []

    def test_a_module_inside_a_plain_object_is_seen(self, net):
        this_tests(fingerprint)
        learner = Plain()
        learner.net = net
        assert "training of net: True → False" in changed(learner, lambda it: it.net.eval())

    @pytest.mark.cuda
    def test_on_a_gpu_a_module_and_a_tensor_are_guarded(self, torch, net):
        this_tests(QuickFingerprints.module, QuickFingerprints.tensor, Guard.check)
        net.to("cuda")
        expected = changed(net, lambda it: it[0].weight.detach().mul_(2).add_(1))
        assert expected == ["parameter 0.weight: other values"]
        # Changes that torch does not count are detected at the end of the file.
        expected = changed(net, lambda it: it[0].weight.data.add_(1), closely=True)
        assert expected == ["parameter 0.weight: other values"]
        assert changed(torch.zeros(3, device="cuda"), lambda it: it.fill_(1)) == ["tensor: other values"]

    @pytest.mark.parametrize("kind", ["bfloat16", "sparse", "transposed", "inference", "empty", "meta"])
    def test_tensors_of_all_kinds_can_be_guarded(self, torch, kind):
        this_tests(fingerprint)
        tensor = {
            "bfloat16": lambda: torch.ones(3, dtype=torch.bfloat16),
            "sparse": lambda: torch.eye(3).to_sparse(),
            "transposed": lambda: torch.rand(2, 3).T,
            "inference": torch.inference_mode()(lambda: torch.ones(3)),
            "empty": lambda: torch.ones(0),
            "meta": lambda: torch.ones(3, device="meta"),
        }[kind]()
        expected = changed({"it": tensor}, lambda it: it.update(it=torch.full((5,), 2.0)))
        assert any("type and shape" in line for line in expected)
