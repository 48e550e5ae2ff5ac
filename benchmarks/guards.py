"""Overhead of guards: 200 tests that share a module of ResNet-50's size, with and without the guard."""

import tempfile
from functools import partial
from pathlib import Path

from measure import alternating, child_seconds, tell

GOAL = 1.10
COMMAND = ["-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "this_tests.kit"]

# 25.5 million parameters in 161 tensors and 53 batch norms with their buffers, as ResNet-50 has.
CONFTEST = """
import pytest, torch
from torch import nn
from this_tests.kit import guarded

def block(inside, middle, outside, stride):
    layers, shapes = [], [(inside, middle, 1, 1), (middle, middle, 3, stride), (middle, outside, 1, 1)]
    for a, b, kernel, step in shapes:
        layers += [nn.Conv2d(a, b, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    return nn.Sequential(*layers)

def resnet():
    layers = [nn.Conv2d(3, 64, 7, 4, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inside = 64
    for stage, (middle, depth) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        layers.append(nn.Conv2d(inside, middle * 4, 1, bias=False))
        layers.append(nn.BatchNorm2d(middle * 4))
        inside = middle * 4
        for number in range(depth):
            layers.append(block(inside, middle, inside, 2 if stage and not number else 1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, 1000))

@pytest.fixture(scope="session")
def net():
    torch.manual_seed(0)
    return {guard}(resnet().eval())
"""
TEST = """
import pytest, torch

@pytest.mark.parametrize("size", range(200))
def test_forward(net, size):
    with torch.no_grad():
        assert net(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
"""
IDLE = """
import pytest

@pytest.mark.parametrize("size", range(200))
def test_nothing(net, size):
    assert not net.training
"""


def write(folder: Path, guard: str, test: str) -> Path:
    """Write the tests, with the module under *guard* or not."""
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST.replace("{guard}", guard))
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


def main() -> None:
    """Print the ratios."""
    for what, test in (("a forward pass each", TEST), ("nothing to do each", IDLE)):
        with tempfile.TemporaryDirectory() as name:
            bare = write(Path(name) / "bare", "", test)
            ours = write(Path(name) / "ours", "guarded", test)
            ratio = alternating(
                partial(child_seconds, COMMAND, ours), partial(child_seconds, COMMAND, bare), rounds=3
            )
        tell(f"200 tests sharing a guarded ResNet, {what} / bare", ratio, f"<= {GOAL}", good=ratio <= GOAL)


if __name__ == "__main__":
    main()
