"""The docs of this-tests, which show the tests of this-tests."""

import importlib.metadata

project = "this-tests"
author = "The this-tests developers"
copyright = "2026, The this-tests developers"  # noqa: A001  # Sphinx's name for it
release = importlib.metadata.version("this-tests")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_this_tests",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nitpicky = False

html_theme = "furo"
html_title = "this-tests"
html_static_path = ["_static"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "separated"
copybutton_prompt_text = "$ "

this_tests_how_to_url = "writing"
# Our tests exercise the rooms behind the public face as well, which have no page.
suppress_warnings = ["this_tests.unknown_name"]
