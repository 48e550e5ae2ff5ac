"""What einops's own tests declare, kept outside of its tree.

A pytest plugin (``-p declarations``): it puts the marker on the tests as a maintainer who
does not want to touch old tests would. The table was written by reading the tests. Where one
goes through the layers of each backend in turn, the torch layers stand for all; without torch
such a test passes without doing anything, and declares nothing.
"""

import os

import pytest

LAYERS = "einops.layers.torch"

DECLARED = {
    "test_einsum.py": {
        "test_layer": [f"{LAYERS}.EinMix"],
        "test_functional": ["einops.einsum"],
        "test_functional_symbolic": ["einops.einsum"],
        "test_functional_errors": ["einops.einsum"],
    },
    "test_examples.py": {
        "test_rearrange_examples": ["einops.rearrange", "einops.reduce", "einops.parse_shape"],
        "test_pytorch_yolo_fragment": ["einops.rearrange"],
    },
    "test_layers.py": {
        "test_rearrange_imperative": [f"{LAYERS}.Rearrange"],
        "test_rearrange_symbolic": [f"{LAYERS}.Rearrange"],
        "test_reduce_imperative": [f"{LAYERS}.Reduce"],
        "test_reduce_symbolic": [f"{LAYERS}.Reduce"],
        "test_torch_layer": [f"{LAYERS}.Rearrange", f"{LAYERS}.Reduce", f"{LAYERS}.EinMix"],
        "test_torch_layers_scripting": [f"{LAYERS}.Rearrange", f"{LAYERS}.Reduce", f"{LAYERS}.EinMix"],
        "test_einmix_decomposition": [f"{LAYERS}.EinMix"],
        "test_einmix_restrictions": [f"{LAYERS}.EinMix"],
    },
    "test_ops.py": {
        "test_collapsed_ellipsis_errors_out": ["einops.rearrange"],
        "test_ellipsis_ops_numpy": ["einops.rearrange", "einops.reduce"],
        "test_ellipsis_ops_imperative": ["einops.rearrange", "einops.reduce"],
        "test_rearrange_array_api": ["einops.array_api.rearrange", "einops.array_api.asnumpy"],
        "test_reduce_array_api": ["einops.array_api.reduce", "einops.array_api.asnumpy"],
        "test_rearrange_consistency_numpy": ["einops.rearrange"],
        "test_rearrange_permutations_numpy": ["einops.rearrange"],
        "test_reduction_imperatives": ["einops.reduce"],
        "test_reduction_symbolic": ["einops.reduce"],
        "test_reduction_stress_imperatives": ["einops.reduce"],
        "test_reduction_with_callable_imperatives": ["einops.reduce"],
        "test_enumerating_directions": ["na"],
        "test_concatenations_and_stacking": ["einops.rearrange"],
        "test_gradients_imperatives": ["einops.reduce"],
        "test_tiling_imperatives": ["na"],
        "test_tiling_symbolic": ["na"],
        "test_repeat_numpy": ["einops.repeat"],
        "test_repeat_imperatives": ["einops.repeat"],
        "test_repeat_symbolic": ["einops.repeat"],
        "test_repeat_array_api": ["einops.array_api.repeat", "einops.array_api.asnumpy"],
        "test_anonymous_axes": ["einops.repeat", "einops.reduce"],
        "test_list_inputs": ["einops.rearrange", "einops.reduce", "einops.repeat"],
        "test_torch_compile_with_dynamic_shape": ["einops.rearrange", "einops.reduce"],
        "test_reduction_imperatives_booleans": ["einops.reduce"],
    },
    "test_other.py": {
        "test_optimize_transformations_numpy": ["na"],
        "test_backends_installed": ["na"],
        "test_doctests_examples": ["na"],
        "testmod": ["na"],
        "test_is_float_type": ["na"],
        "test_parse_shape_imperative": ["einops.parse_shape"],
        "test_underscore": ["einops.parse_shape"],
        "test_underscore_one": ["einops.parse_shape"],
        "test_underscore_several": ["einops.parse_shape"],
        "test_repeating": ["einops.parse_shape"],
        "test_ellipsis": ["einops.parse_shape"],
        "test_parse_with_anonymous_axes": ["einops.parse_shape"],
        "test_failures": ["einops.parse_shape"],
        "test_parse_shape_symbolic": ["einops.parse_shape"],
        "test_parse_shape_symbolic_ellipsis": ["einops.parse_shape"],
        "test_torch_compile_for_functions": [
            "einops.rearrange", "einops.reduce", "einops.repeat",
            "einops.pack", "einops.unpack", "einops.einsum",
        ],
        "test_torch_compile_for_layers": [f"{LAYERS}.Rearrange", f"{LAYERS}.Reduce", f"{LAYERS}.EinMix"],
        "test_einops_threading": ["einops.rearrange"],
    },
    "test_packing.py": {
        "test_numpy_trivial": ["einops.pack", "einops.unpack"],
        "test_pack_unpack_with_numpy": ["einops.pack", "einops.unpack"],
        "test_pack_unpack_against_numpy": ["einops.pack", "einops.unpack"],
        "test_pack_unpack_array_api": ["einops.array_api.pack", "einops.array_api.unpack"],
    },
    "test_parsing.py": {
        "test_anonymous_axes": ["na"],
        "test_elementary_axis_name": ["einops.parsing.ParsedExpression"],
        "test_invalid_expressions": ["einops.parsing.ParsedExpression"],
        "test_parse_expression": ["einops.parsing.ParsedExpression"],
    },
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with what the table says of it."""
    torch = "torch" in os.environ["EINOPS_TEST_BACKENDS"]
    for item in items:
        targets = DECLARED.get(item.path.name, {}).get(getattr(item, "originalname", item.name))
        if targets is not None:
            there = [target for target in targets if torch or not target.startswith(LAYERS)]
            item.add_marker(pytest.mark.this_tests(target=there or "na"))
