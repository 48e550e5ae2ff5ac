"""Names of InvokeAI's test utilities for models, as spellings of the model cache."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from .models import ModelCache, ModelError

__all__ = ["install_and_load_model"]


def install_and_load_model(  # noqa: PLR0913, PLR0917  # InvokeAI's signature
    model_installer: ModelCache,
    model_path_id_or_url: str | Path,
    model_name: str,
    base_model: object = None,  # noqa: ARG001  # of InvokeAI's registry of models; there is none here
    model_type: object = None,  # noqa: ARG001  # as above
    submodel_type: object = None,  # noqa: ARG001  # as above
    *,
    sha256: str = "",
    load: Callable[[Path], Any] = Path,
    reason: str = "",
) -> AbstractContextManager[Any]:
    """Download a model on first use, load it, and return a context manager of it.

    Args:
        model_installer: The fixture of that name, which is `model_cache`.
        model_path_id_or_url: A local file, or the address to download from.
        model_name: The name of the file, and of the model in the report.
        base_model: Not used, as are `model_type` and `submodel_type`.
        sha256: The hash of a file that is downloaded; see `ModelCache.fetch`.
        load: Makes the model from the file's path; by default, the model is the path.
        reason: Why the tests need this model; see `ModelCache.fetch`.

    Raises:
        ModelError: It is no file and no address, it has no hash, or it cannot be downloaded.
    """
    source = str(model_path_id_or_url)
    if Path(source).is_file():
        return nullcontext(load(Path(source)))
    if "://" not in source:
        raise ModelError(model_name, f"{source!r} is no file; give the address of one instead of an id")
    if not sha256:
        raise ModelError(model_name, f"give the hash of {source}: sha256=…")
    return nullcontext(load(model_installer.fetch(model_name, source, sha256, reason=reason)))
