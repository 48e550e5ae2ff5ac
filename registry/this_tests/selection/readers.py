"""Finds who reads annotations and docstrings. Pure."""

from collections.abc import Collection, Iterator

from ..source.fingerprint import parse
from .places import Places
from .project_files import ProjectFiles
from .source_files import Place

__all__ = ["annotation_readers", "docstring_readers"]

_ANNOTATION_READERS = frozenset({"get_type_hints", "get_annotations", "signature", "getfullargspec"})
_ANNOTATIONS = frozenset({"__annotations__", "__annotate__"})
_OF_SIGNATURE = frozenset({"annotation", "return_annotation"})
_DOC_READERS = frozenset({"__doc__", "getdoc"})


def annotation_readers(places: Places) -> Iterator[Place]:
    """Yield the places that read annotations, of whatever."""
    for place in places.every():
        # Of an import, by any name: a method of that name is another one.
        imports = places.files[place.file].imports
        words = place.imported_names | {imports[name][1] for name in place.names & imports.keys()}
        readers = words & _ANNOTATION_READERS
        # What is read of most signatures are the names of the parameters.
        if (
            readers == {"signature"}
            and "parameters" in place.attributes
            and _OF_SIGNATURE.isdisjoint(place.attributes | place.strings)
        ):
            readers = frozenset()
        if readers or not _ANNOTATIONS.isdisjoint(place.attributes | place.own | place.strings | place.names):
            yield place


def docstring_readers(project: ProjectFiles, places: Places, path: str) -> Iterator[tuple[Place, bool]]:
    """Yield the places that may read a docstring of the file at *path*.

    Each comes with whether only the tests that execute it are concerned: a function which reads docstrings of
    other modules, perhaps at import.
    """
    module = places.files[path].names[0]
    for place in places.every():
        read = {part for _, source in place.imported for part in source.split(".")}
        words = read.union(place.attributes, place.names, place.strings)
        if _DOC_READERS.isdisjoint(words):
            continue
        library = project.module(place.file)
        if not library or (place.statement and places.speaks_of(place, module, inside=True)):
            yield place, False
        elif place.unit and place.file != path and _reads_docstrings(project, place, words):
            yield place, True


def _reads_docstrings(project: ProjectFiles, place: Place, words: Collection[str]) -> bool:
    """Return whether a function reads docstrings, and does not only set them."""
    parsed = parse(project.text(place.file).encode())
    return "getdoc" in words or (parsed is not None and place.unit in parsed.doc_readers()[0])
