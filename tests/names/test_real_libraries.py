"""Targets in real libraries: C functions, ufuncs, views, lazy names, and torch's wrappers."""

import functools
import subprocess
import sys

import pytest
from calls import written

from this_tests import NotInApiError, this_tests
from this_tests.names import Names

np = pytest.importorskip("numpy")
nx = pytest.importorskip("networkx")

NUMPY = {
    "np.add": "numpy.add",
    "np.sum": "numpy.sum",
    "np.ndarray.sum": "numpy.ndarray.sum",
    "np.zeros(3).sum": "numpy.ndarray.sum",
    "np.ndarray.__add__": "numpy.ndarray.__add__",
    "np.ndarray.T": "numpy.ndarray.T",
    "np.add.reduce": "numpy.ufunc.reduce",
    "np.random.beta": "numpy.random.beta",
    "np.random.Generator.normal": "numpy.random.Generator.normal",
    "np.random.default_rng(0).normal": "numpy.random.Generator.normal",
    "np.linalg.norm": "numpy.linalg.norm",
    "np.emath.sqrt": "numpy.emath.sqrt",
    "np.errstate": "numpy.errstate",
    "np.vectorize(abs)": "numpy.vectorize",
    "np.ma.masked_array([1]).copy": "numpy.ma.masked_array.copy",
    "np.ma.add": "numpy.ma.add",
    "functools.partial(np.sum, axis=0)": "numpy.sum",
    "np.dtype('f4').newbyteorder": "numpy.dtype.newbyteorder",
    "'numpy._core.fromnumeric.sum'": "numpy.sum",
}
NETWORKX = {
    "nx.shortest_path": "networkx.shortest_path",
    "nx.Graph.add_edge": "networkx.Graph.add_edge",
    "nx.DiGraph.neighbors": "networkx.DiGraph.neighbors",
    "nx.DiGraph().neighbors": "networkx.DiGraph.neighbors",
    "nx.DiGraph().successors": "networkx.DiGraph.successors",
    "nx.MultiDiGraph().add_weighted_edges_from": "networkx.MultiDiGraph.add_weighted_edges_from",
    "nx.bridges": "networkx.bridges",
    "nx.Graph().nodes": "networkx.classes.reportviews.NodeView",
    "nx.Graph.adj": "networkx.Graph.adj",
    "nx.classes.coreviews.AtlasView.get": "networkx.classes.coreviews.AtlasView.get",
    "nx.classes.coreviews.AtlasView({}).get": "networkx.classes.coreviews.AtlasView.get",
}


@pytest.mark.parametrize(("call", "name"), NUMPY.items(), ids=NUMPY)
def test_numpy(call, name):
    this_tests(Names.resolve)
    [found] = written(Names(["numpy"]), call, np=np, functools=functools)
    assert name in (found.name, *found.aliases)


@pytest.mark.parametrize(("call", "name"), NETWORKX.items(), ids=NETWORKX)
def test_networkx(call, name):
    this_tests(Names.resolve)
    [found] = written(Names(["networkx"]), call, nx=nx)
    assert name in (found.name, *found.aliases)


@pytest.mark.parametrize(
    "call", ["np.sum", "np.add", "np.ndarray", "np.zeros(1).sum", "np.zeros(1).dtype.type"]
)
def test_one_library_is_not_in_anothers_api(call):
    this_tests(Names.resolve)
    with pytest.raises(NotInApiError):
        written(Names(["networkx"]), call, np=np)


def torch_cases(torch):
    """Return targets of torch as tests write them, with the names that they resolve to."""
    linear = torch.nn.Linear(2, 2)
    hooked = torch.nn.Linear(2, 2)
    hooked.register_forward_hook(lambda *_: None)
    parametrised = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2))
    relu = torch.nn.functional.relu
    return {
        "torch.add": (torch.add, "torch.add"),
        "renamed builtin": (torch.fft.fft, "torch.fft.fft"),
        "method of a tensor": (torch.Tensor.view, "torch.Tensor.view"),
        "bound to a tensor": (torch.ones(1).view, "torch.Tensor.view"),
        "slot of a tensor": (torch.Tensor.grad, "torch.Tensor.grad"),
        "module object": (linear, "torch.nn.Linear"),
        "bound to a module": (linear.forward, "torch.nn.Linear.forward"),
        "inherited, bound to a module": (linear.train, "torch.nn.Linear.train"),
        "compiled module": (torch.compile(linear), "torch.nn.Linear"),
        "compiled function": (torch.compile(relu), "torch.nn.functional.relu"),
        "scripted function": (torch.jit.script(torch.nn.functional.hardtanh), "torch.nn.functional.hardtanh"),
        "scripted module": (torch.jit.script(linear), "torch.nn.Linear"),
        "traced module": (torch.jit.trace(linear, torch.ones(1, 2)), "torch.nn.Linear"),
        "vmapped": (torch.vmap(torch.add), "torch.add"),
        "no_grad": (torch.no_grad()(relu), "torch.nn.functional.relu"),
        "hooked module": (hooked, "torch.nn.Linear"),
        "parametrised module": (parametrised, "torch.nn.Linear"),
        "boolean dispatch": (torch.nn.functional.max_pool2d, "torch.nn.functional.max_pool2d"),
        "operator packet": (torch.ops.aten.add, "torch.ops.aten.add"),
        "operator overload": (torch.ops.aten.add.Tensor, "torch.ops.aten.add.Tensor"),
        "autograd function": (torch.autograd.Function.apply, "torch.autograd.Function.apply"),
        "pybind11 method": (torch.distributed.Store.set, "torch.distributed.Store.set"),
        "module replaced by an object": (
            torch.backends.cudnn.is_available,
            "torch.backends.cudnn.is_available",
        ),
        "partial": (functools.partial(torch.add, 1), "torch.add"),
        "python module": (torch.nn.functional, "torch.nn.functional"),
    }


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torch():
    this_tests(Names.resolve)
    torch = pytest.importorskip("torch")
    names = Names(["torch"])
    wrong = {
        kind: (found.name, name)
        for kind, (target, name) in torch_cases(torch).items()
        for found in [names.resolve(target)]
        if name not in (found.name, *found.aliases)
    }
    assert wrong == {}


@pytest.mark.torch
def test_a_c_type_of_a_module_that_holds_itself_may_be_documented_with_the_module_twice():
    this_tests(Names.resolve)
    torch = pytest.importorskip("torch")
    names = Names(["torch"])
    assert names.resolve(torch.finfo).aliases == ("torch.torch.finfo",)
    assert not any(alias.startswith("torch.torch.") for alias in names.resolve(torch.add).aliases)


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torch_code_of_a_test_is_the_tests_own():
    this_tests(Names.resolve)
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):
        def forward(self, x):
            return x

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(_, x):
            return x

    names = Names(["torch"])
    for target in (Net, Net(), Net().forward, Double, Double.forward, torch.compile(Net())):
        with pytest.raises(NotInApiError):
            names.resolve(target)
    found = names.resolve(Net().train)
    assert "torch.nn.Module.train" in (found.name, *found.aliases)


def test_torch_is_not_imported_for_a_library_without_it():
    this_tests(Names.resolve)
    command = """
import subprocess
import sys
import networkx
from this_tests.names import Names

Names(["networkx"]).resolve(networkx.shortest_path)
sys.exit("torch" in sys.modules)
"""
    # In a subprocess, because other tests have loaded torch into this process.
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
