"""Read what a pickle says without doing what it says.

A pickle is a program: it names functions and calls them. This machine runs only the part that builds plain
values. A name becomes a `Name`, a wish to call or to make something becomes a `Foreign`; nothing is looked
up, imported, called, or given attributes, so that nothing in the file can run.

Source: Python's `pickletools`, which lists the opcodes, says what each does, and reads its argument.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field

# A Lightning file with 1,900 storages has 60,000 opcodes in 0.5 MB.
MAX_BYTES = 16 * 2**20
MAX_OPCODES = 1_000_000
_MAX_PLAIN_VALUES = 20_000
_MAX_PLAIN_DEPTH = 32

_KEY_TYPES = (str, bytes, int, float, type(None))  # hashing a tuple of tuples can take exponential time
_SKIP = object()


class BadPickle(ValueError):
    """The bytes are not a pickle, or a senseless one."""


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A class or function that the pickle names."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """Module and name in one: `collections.OrderedDict`."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Foreign:
    """What a call named by the pickle would have made.

    Attributes:
        maker: what was to be called, a `Name` in honest files.
        arguments: its arguments, a tuple in honest files.
        entries: what was put in by key afterwards (the content of a subclass of dict).
        state: what was to be restored into it.
    """

    maker: object
    arguments: object
    entries: dict[object, object] = field(default_factory=dict)
    state: object = None

    @property
    def maker_name(self) -> str:
        """Dotted name of the maker, "" if it is no name."""
        return self.maker.dotted if isinstance(self.maker, Name) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A persistent id: in torch files the description of a storage."""

    key: object


def read_pickle(content: bytes) -> object:
    """The value a pickle describes, made of plain containers, `Name`, `Foreign` and `Reference`.

    `collections.OrderedDict` becomes a dict. Entries whose key is not a plain value are left out. Values may
    share parts and contain themselves.

    Args:
        content: the pickle, any protocol.

    Raises:
        BadPickle: if it is cut short, not a pickle, or beyond `MAX_BYTES` or `MAX_OPCODES`.
    """
    if len(content) > MAX_BYTES:
        raise BadPickle(f"pickle of {len(content)} bytes")
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if count >= MAX_OPCODES:
                raise BadPickle(f"pickle of more than {MAX_OPCODES} steps")
            machine.step(opcode.name, argument)
        return machine.pop()
    except BadPickle:
        raise
    except (ValueError, LookupError, OverflowError) as error:
        raise BadPickle(f"not a pickle: {error}") from error


def plain(value: object) -> object:
    """The plain part of a value: numbers, strings, dicts with string keys, and lists (as tuples).

    Everything else is left out, also from within containers. A `Foreign` counts as its `entries`.

    Returns:
        The plain part, or None if there is none.

    Raises:
        BadPickle: if it is absurdly large or deep, or contains itself.
    """
    budget = _MAX_PLAIN_VALUES

    def convert(part: object, depth: int) -> object:
        nonlocal budget
        budget -= 1
        if budget < 0 or depth > _MAX_PLAIN_DEPTH:
            raise BadPickle("settings of absurd size")
        if part is None or isinstance(part, (bool, int, float, str)):
            return part
        if isinstance(part, Foreign):
            part = part.entries or _SKIP
        if isinstance(part, dict):
            pairs = ((key, convert(item, depth + 1)) for key, item in part.items() if isinstance(key, str))
            return {key: item for key, item in pairs if item is not _SKIP}
        if isinstance(part, (list, tuple)):
            items = (convert(item, depth + 1) for item in part)
            return tuple(item for item in items if item is not _SKIP)
        return _SKIP

    result = convert(value, 0)
    return None if result is _SKIP else result


def _name(pair: object) -> Name:
    module, _, name = str(pair).partition(" ")
    return Name(module, name)


class _Machine:
    """The stack machine of the pickle protocol, without its arms."""

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._outer: list[list[object]] = []  # the stacks below each mark
        self._memo: dict[object, object] = {}
        self._handlers = self._container_handlers() | self._other_handlers()

    def step(self, name: str, argument: object) -> None:
        """Do one opcode.

        Raises:
            BadPickle: if the opcode makes no sense here, or at all in a file of weights.
        """
        if handler := self._handlers.get(name):
            handler(argument)
        elif name.endswith("PUT"):
            self._remember(argument)
        elif name.endswith("GET"):
            self._push(self._memo[argument])
        elif name.startswith(_CONSTANTS):
            self._push(argument)
        else:
            raise BadPickle(f"opcode {name} in a file of weights")

    def pop(self) -> object:
        """Take the top value.

        Raises:
            BadPickle: if there is none.
        """
        if not self._stack:
            raise BadPickle("pickle takes from an empty stack")
        return self._stack.pop()

    def _other_handlers(self) -> dict[str, Callable[[object], None]]:
        return {
            "PROTO": lambda _: None,
            "FRAME": lambda _: None,
            "STOP": lambda _: None,
            "NONE": lambda _: self._push(None),
            "NEWTRUE": lambda _: self._push(True),
            "NEWFALSE": lambda _: self._push(False),
            "MARK": lambda _: self._mark(),
            "POP": lambda _: self._pop_any(),
            "POP_MARK": lambda _: self._drop_marked(),
            "DUP": lambda _: self._push(self._top()),
            "GLOBAL": lambda pair: self._push(_name(pair)),
            "STACK_GLOBAL": lambda _: self._stack_global(),
            "PERSID": lambda key: self._push(Reference(key)),
            "BINPERSID": lambda _: self._push(Reference(self.pop())),
            "REDUCE": lambda _: self._make(arguments=self.pop()),
            "NEWOBJ": lambda _: self._make(arguments=self.pop()),
            "NEWOBJ_EX": lambda _: self._make(arguments=(self.pop(), self.pop())),
            "INST": lambda pair: self._push(Foreign(_name(pair), tuple(self._take_marked()))),
            "OBJ": lambda _: self._object(),
            "BUILD": lambda _: self._build(),
            "MEMOIZE": lambda _: self._remember(len(self._memo)),
        }

    def _container_handlers(self) -> dict[str, Callable[[object], None]]:
        return {
            "EMPTY_LIST": lambda _: self._push([]),
            "EMPTY_SET": lambda _: self._push([]),
            "EMPTY_DICT": lambda _: self._push({}),
            "EMPTY_TUPLE": lambda _: self._push(()),
            "LIST": lambda _: self._push(self._take_marked()),
            "FROZENSET": lambda _: self._push(self._take_marked()),
            "TUPLE": lambda _: self._push(tuple(self._take_marked())),
            "TUPLE1": lambda _: self._push_tuple(1),
            "TUPLE2": lambda _: self._push_tuple(2),
            "TUPLE3": lambda _: self._push_tuple(3),
            "DICT": lambda _: self._push(_put({}, self._take_marked())),
            "APPEND": lambda _: self._append([self.pop()]),
            "APPENDS": lambda _: self._append(self._take_marked()),
            "ADDITEMS": lambda _: self._append(self._take_marked()),
            "SETITEM": lambda _: self._set_items([self.pop(), self.pop()][::-1]),
            "SETITEMS": lambda _: self._set_items(self._take_marked()),
        }

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _top(self) -> object:
        if not self._stack:
            raise BadPickle("pickle looks at an empty stack")
        return self._stack[-1]

    def _mark(self) -> None:
        self._outer.append(self._stack)
        self._stack = []

    def _take_marked(self) -> list[object]:
        if not self._outer:
            raise BadPickle("pickle without the mark it needs")
        marked, self._stack = self._stack, self._outer.pop()
        return marked

    def _pop_any(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._drop_marked()  # POP may remove a mark, too

    def _drop_marked(self) -> None:
        self._take_marked()

    def _push_tuple(self, count: int) -> None:
        items = [self.pop() for _ in range(count)]
        self._push(tuple(reversed(items)))

    def _append(self, items: list[object]) -> None:
        target = self._top()
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Foreign):
            raise BadPickle(f"pickle appends to a {type(target).__name__}")

    def _set_items(self, items: list[object]) -> None:
        target = self._top()
        if isinstance(target, dict):
            _put(target, items)
        elif isinstance(target, Foreign):
            _put(target.entries, items)
        else:
            raise BadPickle(f"pickle sets an item of a {type(target).__name__}")

    def _stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        if not (isinstance(module, str) and isinstance(name, str)):
            raise BadPickle("pickle names something by no string")
        self._push(Name(module, name))

    def _make(self, arguments: object) -> None:
        made = Foreign(self.pop(), arguments)
        is_dict = made.maker_name == "collections.OrderedDict" and arguments == ()
        self._push({} if is_dict else made)

    def _object(self) -> None:
        maker, *arguments = self._take_marked() or [None]
        self._push(Foreign(maker, tuple(arguments)))

    def _build(self) -> None:
        state, target = self.pop(), self._top()
        if isinstance(target, Foreign):
            target.state = state

    def _remember(self, key: object) -> None:
        self._memo[key] = self._top()


# Opcodes whose argument is the value, by the beginning of their names.
_CONSTANTS = ("INT", "BININT", "LONG", "STRING", "SHORT_BIN", "BINSTRING", "BINBYTES", "BYTEARRAY8",
              "UNICODE", "BINUNICODE", "FLOAT", "BINFLOAT")  # fmt: skip


def _put(target: dict[object, object], items: list[object]) -> dict[object, object]:
    if len(items) % 2:
        raise BadPickle("pickle sets a key without a value")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if isinstance(key, _KEY_TYPES):
            target[key] = value
    return target
