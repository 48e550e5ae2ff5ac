"""Links to the sources of the commit that a build has checked out."""

from collections.abc import Mapping
from pathlib import Path

from .checkout import Checkout, NoCheckoutError
from .hosts import hosted_commit
from .source_links import Links

__all__ = ["links"]


def links(template: str, commit: str, root: Path, environment: Mapping[str, str]) -> Links:
    """Return the links of a template that is valid.

    Args:
        commit: What the project's settings name; empty for the commit that is checked out.
        root: The folder of the tests.
        environment: The variables of the build, by which its host may tell the commit.

    Raises:
        NoCheckoutError: The template needs a commit, and none is known.
    """
    found = Links(template, commit)
    if not found.needs_commit or found.commit:
        return found
    told = hosted_commit(environment, root, template)
    try:
        here = Checkout.of(root)
    except NoCheckoutError:
        if told:
            return Links(template, told.lasting)
        raise
    is_told = told and (told.built == here.head or here.only_adds_to(told.built))
    commit = told.lasting if told and is_told else here.head
    files = here.files_in(commit)
    # Of a commit that a shallow clone lacks, only that most of its files are those of the checkout.
    return Links(
        template, commit, here.files_in(here.head) if files is None else files, here.changed_since(commit)
    )
