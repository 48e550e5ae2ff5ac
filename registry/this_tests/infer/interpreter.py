"""The interpreter: evaluates source code statically, as far as the source determines what happens."""

import ast
from collections.abc import Callable, Sequence

from .annotations import Annotations
from .assertions import Assertions
from .assignments import Assignments
from .callees import CalleeFinder
from .calls import Calls
from .class_members import ClassMembers
from .constructors import Constructors
from .expressions import Expressions
from .foreign_calls import ForeignCalls
from .frames import Frame, FrameState
from .function_calls import FunctionCalls
from .functions import FunctionBodies, FunctionResults
from .library_index import LibraryIndex
from .library_modules import LibraryModules
from .lookup import Lookup
from .module_names import ModuleNames
from .modules import SourceTree
from .operators import Operators
from .special_methods import SpecialMethods
from .statements import Statements
from .use_recorder import UseRecorder
from .values import NOTHING, ClassValue, Values

__all__ = ["Interpreter"]


class Interpreter:
    """Evaluates expressions and walks through statements, without running anything.

    Args:
        tops: The import names of the library.
        fixture: Returns the values of the fixture of a name; without it there are no fixtures.

    Attributes:
        tree: The source that it reads.
        state: The state that earlier source has left, such as attributes that were assigned.
        annotations: Evaluates annotations.
        modules: Looks up names in modules.
        classes: Looks up members of classes.
        functions: Follows calls of functions.
        callees: Finds what functions call.
    """

    def __init__(
        self,
        tree: SourceTree,
        tops: Sequence[str],
        fixture: Callable[[str, Frame], Values] = lambda *_: NOTHING,
    ) -> None:
        library = LibraryModules(tops)
        index = LibraryIndex(tree, tops)
        recorder = UseRecorder(library=library)
        self.tree = tree
        self.state = FrameState()

        self.annotations = Annotations(evaluator=self)
        bodies = FunctionBodies(annotations=self.annotations, evaluator=self)
        functions = FunctionResults(tree=tree, annotations=self.annotations, bodies=bodies, evaluator=self)
        self.callees = CalleeFinder(
            tree=tree, library=library, functions=functions, bodies=bodies, evaluator=self
        )
        self.functions = FunctionCalls(
            tree=tree,
            library=library,
            functions=functions,
            bodies=bodies,
            recorder=recorder,
            state=self.state,
            evaluator=self,
        )

        self.modules = ModuleNames(
            tree=tree, annotations=self.annotations, evaluator=self, class_attribute=self._class_attribute
        )
        self.classes = ClassMembers(
            tree=tree,
            modules=self.modules,
            functions=functions,
            recorder=recorder,
            state=self.state,
            evaluator=self,
        )
        lookup = Lookup(
            library=library,
            index=index,
            modules=self.modules,
            classes=self.classes,
            functions=functions,
            recorder=recorder,
        )

        special_methods = SpecialMethods(classes=self.classes, functions=functions, recorder=recorder)
        assignments = Assignments(
            library=library,
            lookup=lookup,
            classes=self.classes,
            special_methods=special_methods,
            recorder=recorder,
            state=self.state,
            evaluator=self,
        )
        constructors = Constructors(
            tree=tree,
            library=library,
            classes=self.classes,
            functions=self.functions,
            recorder=recorder,
            state=self.state,
        )
        foreign = ForeignCalls(
            annotations=self.annotations,
            lookup=lookup,
            classes=self.classes,
            special_methods=special_methods,
            functions=self.functions,
            state=self.state,
        )
        calls = Calls(
            tree=tree,
            library=library,
            lookup=lookup,
            classes=self.classes,
            functions=self.functions,
            constructors=constructors,
            foreign=foreign,
            callees=self.callees,
            recorder=recorder,
            fixture=fixture,
            evaluator=self,
        )
        self._expressions = Expressions(
            lookup=lookup,
            special_methods=special_methods,
            operators=Operators(special_methods=special_methods, evaluator=self),
            assignments=assignments,
            calls=calls,
        )
        self._statements = Statements(
            library=library,
            annotations=self.annotations,
            modules=self.modules,
            special_methods=special_methods,
            assignments=assignments,
            expressions=self._expressions,
            assertions=Assertions(evaluator=self),
            state=self.state,
        )

    def _class_attribute(self, cls: ClassValue, name: str) -> Values:
        return self.classes.of_class(cls, name)

    def value(self, node: ast.expr, frame: Frame) -> Values:
        """Return the possible values of an expression."""
        return self._expressions.value(node, frame)

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Walk through statements in their order, each once."""
        self._statements.run(body, frame)
