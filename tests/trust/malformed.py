"""Malformed registries: a valid file, corrupted in one of many ways."""

import json
from collections.abc import Callable, Iterator
from random import Random

from this_tests import Entry, Link, Registry, Test
from this_tests.registry.model import Observed
from this_tests.registry.store import encode

Spoil = Callable[[str, Random], bytes]


def valid(random: Random) -> Registry:
    """Return a registry as a session writes it."""
    callables = {
        f"mylib.{name}": Entry(
            declared={
                f"tests/test_{name}.py::test_{number}": Link() for number in range(random.randint(1, 4))
            },
            observed=Observed(
                3, 1, {f"tests/test_{name}.py::test_far": Link(direct=True, callables_executed=2)}
            ),
        )
        for name in random.sample(["add", "subtract", "Thing", "Thing.run", "größe"], 3)
    }
    return Registry(callables=callables, tests={"tests/test_add.py::test_0": Test(markers=("slow",))})


def spoiled(seeds: int) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each way to corrupt a registry, *seeds* times, and the resulting bytes."""
    for seed in range(seeds):
        for name, spoil in SPOILS.items():
            random = Random(f"{name} {seed}")
            yield name, spoil(encode(valid(random)).decode(), random)


def _line(text: str, random: Random, sign: str) -> int:
    return random.choice([number for number, line in enumerate(text.split("\n")) if sign in line])


def _with_line(text: str, random: Random, sign: str, change: Callable[[str], str]) -> bytes:
    lines = text.split("\n")
    number = _line(text, random, sign)
    lines[number] = change(lines[number])
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _in_place_of_a_link(value: Callable[[Random], str]) -> Spoil:
    def spoil(text: str, random: Random) -> bytes:
        def change(line: str) -> str:
            node_id, comma = line.partition('": ')[0], "," * (line[-1] == ",")
            return f'{node_id}": {value(random)}{comma}'

        return _with_line(text, random, '"tests/test_', change)

    return spoil


def _truncated(text: str, random: Random) -> bytes:
    return text.encode()[: random.randrange(len(text.encode()) - 2)]


def _wrong_type_on_top(text: str, random: Random) -> bytes:
    content = json.loads(text)
    content[random.choice(["format", "callables", "tests"])] = random.choice(
        [True, None, "x", 1.5, [1], [[]]]
    )
    return json.dumps(content).encode()


def _conflict(text: str, random: Random) -> bytes:
    lines = text.split("\n")
    at = random.randrange(1, len(lines) - 1)
    mine, theirs = ["<<<<<<< HEAD", lines[at]], ["=======", lines[at], ">>>>>>> a branch"]
    return "\n".join([*lines[:at], *mine, *theirs, *lines[at + 1 :]]).encode()


def _repeated(text: str, random: Random) -> bytes:
    lines = text.split("\n")
    at = _line(text, random, "{},") if "{}," in text else _line(text, random, '"tests/test_')
    return "\n".join([*lines[:at], lines[at].rstrip(",") + ",", *lines[at:]]).encode()


def _repeated_callable(text: str, random: Random) -> bytes:
    content = json.loads(text)["callables"]
    name = random.choice(list(content))
    again = ", ".join(f"{json.dumps(key)}: {json.dumps(content[key])}" for key in [*content, name])
    return f'{{"format": 1, "callables": {{{again}}}, "tests": {{}}}}'.encode()


def _newer(text: str, random: Random) -> bytes:
    return text.replace('"format": 1', f'"format": {random.randint(2, 10**12)}').encode()


def _newer_and_strange(text: str, random: Random) -> bytes:
    return _newer(text, random).replace(b'"callables"', b'"relations"')


def _raw_control(text: str, random: Random) -> bytes:
    return _with_line(text, random, "test_", lambda line: line.replace("test_", chr(random.randrange(32)), 1))


def _not_utf8(text: str, random: Random) -> bytes:
    data = text.encode()
    at = data.index(b"mylib", random.randrange(len(data) // 4))
    return data[:at] + bytes([random.randrange(0x80, 0x100)]) + data[at:]


def _surrogate(text: str, random: Random) -> bytes:
    escape = random.choice([r"\ud800", r"\udfff", r"\ud83d\u0041", r"\udc00\ud800"])
    return text.replace("mylib", escape, 1).encode()


def _raw_surrogate(text: str, random: Random) -> bytes:
    return text.replace("mylib", chr(random.randrange(0xD800, 0xE000)), 1).encode("utf-8", "surrogatepass")


def _other_encoding(text: str, random: Random) -> bytes:
    return text.encode(random.choice(["utf-16", "utf-32", "utf-8-sig", "utf-16-be"]))


def _trailing(text: str, random: Random) -> bytes:
    return text.encode() + random.choice(
        [b"{}", b"\x00", b"x", b"]", b"//", b"\n<<<<<<< HEAD\n", text.encode()]
    )


def _not_quite_json(text: str, random: Random) -> bytes:
    old, new = random.choice([('"', "'"), ("}\n}", "},\n}"), ("{\n", "{ // why\n"), (": ", " = "), (",", "")])
    return text.replace(old, new).encode()


def _deep(text: str, random: Random) -> bytes:
    depth = random.choice([10**3, 10**5, 10**6])
    inside = random.choice(["[" * depth, '{"a":' * depth, "[" * depth + "]" * depth])
    head = random.choice(
        [
            '{"format": 1, "callables": ',
            '{"callables": {"a": {"declared": ',
            '{"x": ',
            '{"format": 2, "x": ',
            "",
        ]
    )
    return (head + inside).encode()


def _hostile_text(random: Random) -> str:
    return random.choice(
        ["\x1b[31m\x1b]0;title\x07", "[bold red]x[/]", "a\nb\rc", "\u202e\u2066", "%s{0}", "x" * 50_000]
    )


def _hostile_field(text: str, random: Random) -> bytes:
    return text.replace('"format"', f'{json.dumps(_hostile_text(random))}: 1,\n  "format"', 1).encode()


def _hostile_key(text: str, random: Random) -> bytes:
    return text.replace('"mylib', f'{json.dumps(_hostile_text(random))}: [],\n  "mylib', 1).encode()


def _hostile_format(text: str, random: Random) -> bytes:
    return text.replace('"format": 1', f'"format": {json.dumps(_hostile_text(random))}').encode()


def _something_else(text: str, random: Random) -> bytes:
    page, binary = b"<!DOCTYPE html><title>404</title>", bytes(random.randrange(256) for _ in range(400))
    other = [b"", b" \n", b"null", b"0", b'"x"', b"[]", b"[{}]", page, b"\x89PNG\r\n\x1a\n", b"\x00" * 4096]
    return random.choice([*other, b"\x80\x04" + binary, b"version https://git-lfs.github.com/spec/v1\n"])


SPOILS: dict[str, Spoil] = {
    "truncated": _truncated,
    "wrong type on top": _wrong_type_on_top,
    "wrong type of a link": _in_place_of_a_link(lambda random: random.choice(["1", "null", "[]", '"x"', "true"])),
    "wrong field of a link": _in_place_of_a_link(lambda random: f'{{"via": {random.choice(["1", "null", "[]"])}}}'),
    "unknown field of a link": _in_place_of_a_link(lambda _: '{"line": 3}'),
    "unknown word": _in_place_of_a_link(lambda _: '{"via": "guessed"}'),
    "not a number": _in_place_of_a_link(lambda random: random.choice(["NaN", "Infinity", "-Infinity", "nan"])),
    "wild number": _in_place_of_a_link(lambda random: f'{{"callables_executed": {random.choice(["1e999", "-0.5", "9" * 400])}}}'),
    "deep in a link": _in_place_of_a_link(lambda random: "[" * random.choice([500, 10**5])),
    "conflict": _conflict,
    "link twice": _repeated,
    "callable twice": _repeated_callable,
    "newer format": _newer,
    "newer format, other keys": _newer_and_strange,
    "control character": _raw_control,
    "not UTF-8": _not_utf8,
    "surrogate": _surrogate,
    "raw surrogate": _raw_surrogate,
    "other encoding": _other_encoding,
    "trailing": _trailing,
    "not quite JSON": _not_quite_json,
    "deep": _deep,
    "hostile field": _hostile_field,
    "hostile key": _hostile_key,
    "hostile format": _hostile_format,
    "something else": _something_else,
}  # fmt: skip
