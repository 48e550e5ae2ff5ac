"""The device: found by torch, or set by an option or the environment."""

import pytest

from this_tests import this_tests
from this_tests.kit import DeviceError, find_device
from this_tests.kit.device import device_module, hidden_devices, why_no_cuda

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

PRINTED = """
    def test_device(torch_device):
        print("device:", torch_device)
"""
no_accelerator = pytest.mark.skipif(
    torch.accelerator.is_available(), reason="there is an accelerator; this is about there being none"
)


@pytest.mark.parametrize("arguments", [["--device=cpu"], ["--device", "cpu"]])
def test_the_cpu_can_be_forced(kit, arguments):
    this_tests(find_device)
    kit.tests(PRINTED)
    kit.run("-rP", *arguments).stdout.fnmatch_lines(["device: cpu"])


def test_auto_is_the_accelerator_or_the_cpu():
    this_tests(find_device)
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    assert find_device().type == (accelerator.type if accelerator else "cpu")
    assert find_device().index is None


@no_accelerator
@pytest.mark.parametrize("name", ["cuda", "xpu", "mps"])
def test_a_device_that_is_not_there_fails_the_test_in_a_line(kit, name):
    this_tests(find_device, DeviceError)
    kit.tests(PRINTED)
    result = kit.run(f"--device={name}")
    result.assert_outcomes(errors=1)
    assert f"--device={name}: there is no {name} device here" in result.stdout.str()


def test_an_unknown_device_gets_the_message_of_torch():
    this_tests(find_device, DeviceError)
    with pytest.raises(DeviceError, match="--device=gpu: Expected one of cpu, cuda") as caught:
        find_device("gpu")
    assert caught.value.device == "gpu"


@no_accelerator  # Once torch has initialized one, the variable has no effect.
def test_an_empty_variable_is_named_as_the_reason(monkeypatch):
    this_tests(find_device, why_no_cuda)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(DeviceError, match="CUDA_VISIBLE_DEVICES is empty, which hides all devices"):
        find_device("cuda")
    assert why_no_cuda("auto").endswith("(CUDA_VISIBLE_DEVICES is empty, which hides all devices)")


@pytest.mark.slow
def test_a_test_marked_cuda_is_skipped_without_a_device_and_with_the_cpu_forced(kit, monkeypatch):
    this_tests(why_no_cuda)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    kit.tests("@pytest.mark.cuda\ndef test_it(): pass")
    # In a subprocess, because torch may have initialized a device here already.
    result = kit.run_apart()
    result.assert_outcomes(skipped=1)
    assert "cuda: there is no CUDA device for --device=auto" in result.stdout.str()
    assert "cuda: kept off the GPU by --device=cpu" in kit.run_apart("--device=cpu").stdout.str()


@pytest.mark.slow
def test_forcing_the_cpu_hides_the_gpus_from_the_library_and_gives_them_back(kit, monkeypatch):
    this_tests(hidden_devices)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    kit.tests("def test_it():\n    import os\n    print('sees', repr(os.environ['CUDA_VISIBLE_DEVICES']))")
    kit.run("-rP", "--device=cpu").stdout.fnmatch_lines(["sees ''"])
    kit.run("-rP").stdout.fnmatch_lines(["sees '3'"])


@pytest.mark.cuda
def test_a_tensor_lands_on_the_gpu():
    this_tests(find_device, device_module)
    assert torch.zeros(1, device=find_device()).is_cuda
    assert device_module("cuda") is torch.cuda
