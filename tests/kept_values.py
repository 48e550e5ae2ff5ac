"""The ways to keep a value for other tests, each in a module of its own, with tests that read it."""

# By form of keeping a value: a module whose `get` runs `compute` for the first test that needs it.
FORMS = {
    "attribute_of_function": """
        def get():
            if not hasattr(get, "kept"):
                get.kept = compute()
            return get.kept
    """,
    "mutable_default": """
        def get(kept={}):
            if "key" not in kept:
                kept["key"] = compute()
            return kept["key"]
    """,
    "context_variable": """
        from contextvars import ContextVar
        kept = ContextVar("kept", default=None)
        def get():
            if kept.get() is None:
                kept.set(compute())
            return kept.get()
    """,
    "closure": """
        def make():
            kept = None
            def get():
                nonlocal kept
                kept = kept or compute()
                return kept
            return get
        get = make()
    """,
    "attribute_of_metaclass": """
        class Meta(type):
            kept = None
        class Thing(metaclass=Meta):
            pass
        def get():
            if type(Thing).kept is None:
                setattr(type(Thing), "kept", compute())
            return type(Thing).kept
    """,
    "globals": """
        def get():
            if "kept" not in globals():
                globals()["kept"] = compute()
            return globals()["kept"]
    """,
    "dict_for_a_helper": """
        kept = {}
        def fill(into):
            if not into:
                into["key"] = compute()
            return into["key"]
        def get():
            return fill(kept)
    """,
    "memo_of_an_instance_in_a_class": """
        class Inflector:
            def __init__(self):
                self.memo = {}
            def __call__(self, word):
                if word not in self.memo:
                    self.memo[word] = compute()
                return self.memo[word]
        class Field:
            inflect = Inflector()
        def get():
            return Field().inflect("word")
    """,
    "attribute_of_class": """
        class Thing:
            kept = None
            def get(self):
                cls = type(self)
                cls.kept = cls.kept or compute()
                return cls.kept
        def get():
            return Thing().get()
    """,
    "attribute_of_a_shared_object": """
        class Thing:
            value = None
            def get(self):
                if self.value is None:
                    self.value = compute()
                return self.value
        thing = Thing()
        def get():
            return thing.get()
    """,
    "dict_of_a_shared_object": """
        class Thing: pass
        thing = Thing()
        def get():
            if "kept" not in vars(thing):
                thing.__dict__["kept"] = compute()
            return thing.kept
    """,
    "cached_property": """
        import functools
        class Thing:
            @functools.cached_property
            def value(self):
                return compute()
        thing = Thing()
        def get():
            return thing.value
    """,
    "weak_dictionary": """
        import weakref
        class Key: pass
        key, kept = Key(), weakref.WeakKeyDictionary()
        def get():
            found = kept.get(key)
            return found or kept.setdefault(key, compute())
    """,
    "generator": """
        def values():
            value = compute()
            while True:
                yield value
        running = values()
        def get():
            return next(running)
    """,
    "thread_local": """
        import threading
        local = threading.local()
        def get():
            local.__dict__.setdefault("kept", None)
            local.kept = local.kept or compute()
            return local.kept
    """,
    "partial_of_lru_cache": """
        import functools
        get = functools.partial(functools.lru_cache(1)(lambda name: compute()), "name")
    """,
    "missing_key": """
        class Kept(dict):
            def __missing__(self, key):
                self[key] = compute()
                return self[key]
        kept = Kept()
        def get():
            return kept["key"]
    """,
    "descriptor": """
        class Lazy:
            def __set_name__(self, owner, name):
                self.name = name
            def __get__(self, instance, owner):
                setattr(owner, self.name, compute())
                return getattr(owner, self.name)
        class Thing:
            value = Lazy()
        def get():
            return Thing.value
    """,
    "sys_modules": """
        import sys, types
        def get():
            module = sys.modules.get("kept_by_mylib") or types.ModuleType("kept_by_mylib")
            sys.modules["kept_by_mylib"] = module
            if not hasattr(module, "kept"):
                module.kept = compute()
            return module.kept
    """,
    "environment_variable": """
        import os
        def get():
            if "KEPT_BY_MYLIB" not in os.environ:
                os.environ["KEPT_BY_MYLIB"] = str(compute())
            return int(os.environ["KEPT_BY_MYLIB"])
    """,
    "file": """
        import os, pathlib, tempfile
        path = pathlib.Path(tempfile.mkdtemp(), "kept")
        def get():
            if not path.exists():
                path.write_text(str(compute()))
            return int(path.read_text())
    """,
    "attribute_of_a_foreign_module": """
        import string
        def get():
            if getattr(string, "kept_by_mylib", None) is None:
                setattr(string, "kept_by_mylib", compute())
            return getattr(string, "kept_by_mylib")
    """,
    "exit_stack": """
        import contextlib
        stack = contextlib.ExitStack()
        @contextlib.contextmanager
        def opened():
            yield compute()
        open_now = []
        def get():
            if not open_now:
                open_now.append(stack.enter_context(opened()))
            return open_now[-1]
    """,
    "module_attribute_on_demand": """
        import sys
        def __getattr__(name):
            if name != "kept":
                raise AttributeError(name)
            sys.modules[__name__].kept = compute()
            return sys.modules[__name__].kept
        def get():
            return sys.modules[__name__].kept
    """,
    "type_made_on_demand": """
        def subclass():
            return type("Kept", (Base,), {"value": compute()})
        class Base: pass
        made = []
        def get():
            if not Base.__subclasses__():
                made.insert(0, subclass())
            return Base.__subclasses__()[0].value
    """,
    "replaced_function": """
        def get():
            value = compute()
            globals().update(get=lambda: value)
            return value
    """,
    "slot": """
        class Thing:
            __slots__ = ("kept",)
        thing = Thing()
        def get():
            try:
                return thing.kept
            except AttributeError:
                object.__setattr__(thing, "kept", compute())
                return thing.kept
    """,
    "future": """
        from concurrent.futures import Future
        future = Future()
        def get():
            if not future.done():
                future.set_result(compute())
            return future.result()
    """,
    "queue": """
        import queue
        ready = queue.SimpleQueue()
        def get():
            value = compute() if ready.empty() else ready.get()
            ready.put(value)
            return value
    """,
    "registered_implementation": """
        import functools
        @functools.singledispatch
        def value(of):
            found = compute()
            value.register(type(of), lambda _: found)
            return found
        def get():
            return value(1)
    """,
}
COMPUTE = "\n        def compute():\n            return 1\n"


def readers_of(form):
    return f"""
        import mylib.kept.{form} as kept

        def test_first():
            assert kept.get() == 1

        def test_second():
            assert kept.get() == 1

        def test_other():
            assert kept
    """


def files():
    """Return the modules and their tests: contents by path."""
    found = {"mylib/kept/__init__.py": ""}
    for form, source in FORMS.items():
        found[f"mylib/kept/{form}.py"] = source + COMPUTE
        found[f"tests/test_{form}.py"] = readers_of(form)
    return found
