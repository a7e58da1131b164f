"""The file layer of a SoundFont: RIFF chunks and record tables, checked before anything believes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.errors import UnreadableSoundFont

Bytes = npt.NDArray[np.uint8]
Records = npt.NDArray[np.void]

PRESET = np.dtype(
    [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "<u4", (3,))]
)
INSTRUMENT = np.dtype([("name", "S20"), ("bag", "<u2")])
BAG = np.dtype([("generator", "<u2"), ("modulator", "<u2")])
GENERATOR = np.dtype([("operator", "<u2"), ("amount", "<i2")])
MODULATOR = np.dtype(
    [("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("control", "<u2"), ("transform", "<u2")]
)
SAMPLE = np.dtype(
    [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
        ("rate", "<u4"), ("root", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2"),
    ]
)  # fmt: skip

TABLES: dict[bytes, np.dtype[np.void]] = {
    b"phdr": PRESET, b"pbag": BAG, b"pmod": MODULATOR, b"pgen": GENERATOR,
    b"inst": INSTRUMENT, b"ibag": BAG, b"imod": MODULATOR, b"igen": GENERATOR, b"shdr": SAMPLE,
}  # fmt: skip
MAX_TABLE_BYTES = 64 << 20  # the largest known font has 6 MB of generators


@dataclass(frozen=True, slots=True, eq=False)
class SoundFontFile:
    """The parts of a file that make sound.

    Attributes:
        path: where it lies.
        pool: (n,) uint8 view of the sample chunk, not in memory until it is used.
        tables: chunk name → its records, terminal record included.
    """

    path: Path
    pool: Bytes
    tables: dict[bytes, Records]


def read_file(path: Path) -> SoundFontFile:
    """Open a SoundFont and check that its tables fit together.

    Raises:
        UnreadableSoundFont: if the file is missing, cut short, or not a SoundFont.
    """
    try:
        content = np.memmap(path, dtype=np.uint8, mode="r")
    except FileNotFoundError as error:
        raise UnreadableSoundFont(
            f"Can't find the SoundFont “{path.name}”.", hint="It may have been moved or renamed."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise _unreadable(path, str(error)) from error
    if bytes(content[:4]) != b"RIFF" or bytes(content[8:12]) != b"sfbk":
        raise _unreadable(path, "no RIFF sfbk header")
    pool: Bytes | None = None
    tables: dict[bytes, Records] = {}
    for list_kind, name, body in _leaves(content):
        if list_kind == b"sdta" and name == b"smpl":
            pool = body
        elif list_kind == b"pdta" and name in TABLES:
            tables[name] = _records(path, name, body)
    missing = [name.decode() for name in TABLES if name not in tables]
    if pool is None or missing:
        raise _unreadable(path, f"chunks are missing: {', '.join(missing) or 'smpl'}")
    for owner, bag, generators, modulators in (
        (b"phdr", b"pbag", b"pgen", b"pmod"), (b"inst", b"ibag", b"igen", b"imod"),
    ):  # fmt: skip
        _check_index(path, tables[owner]["bag"], len(tables[bag]))
        _check_index(path, tables[bag]["generator"], len(tables[generators]))
        _check_index(path, tables[bag]["modulator"], len(tables[modulators]))
    return SoundFontFile(path, pool, tables)


def text(name: object) -> str:
    """A record's name: Latin text up to the first zero byte."""
    assert isinstance(name, bytes)
    return name.split(b"\0")[0].decode("latin-1").strip()


def _leaves(content: Bytes) -> Iterator[tuple[bytes, bytes, Bytes]]:
    """(list kind, chunk name, body) of every chunk inside a LIST."""
    for name, body in _chunks(content[12:]):
        if name == b"LIST":
            kind = bytes(body[:4])
            for leaf, leaf_body in _chunks(body[4:]):
                yield kind, leaf, leaf_body


def _chunks(content: Bytes) -> Iterator[tuple[bytes, Bytes]]:
    """(name, body) of consecutive chunks; a body that runs past the end is cut there."""
    position = 0
    while position + 8 <= len(content):
        name, size = struct.unpack("<4sI", content[position : position + 8].tobytes())
        yield name, content[position + 8 : position + 8 + size]
        position += 8 + size
        # RIFF pads to even addresses; MuseScore's .sf3 writer does not.
        if size % 2 and bytes(content[position : position + 4]) != b"LIST":
            position += 1


def _records(path: Path, name: bytes, body: Bytes) -> Records:
    """The rows of one table."""
    layout = TABLES[name]
    if len(body) > MAX_TABLE_BYTES or len(body) == 0 or len(body) % layout.itemsize:
        raise _unreadable(path, f"{name.decode()} has {len(body)} bytes")
    return np.frombuffer(body.tobytes(), dtype=layout)


def _check_index(path: Path, index: npt.NDArray[np.uint16], length: int) -> None:
    """Refuse an index table that runs backwards or out of the table it points into."""
    values = index.astype(np.int64)
    if np.any(np.diff(values) < 0) or (len(values) and values[-1] > length):
        raise _unreadable(path, "an index table points outside the file")


def _unreadable(path: Path, detail: str) -> UnreadableSoundFont:
    return UnreadableSoundFont(
        f"Can't read the SoundFont “{path.name}”.",
        hint="It is damaged or not an .sf2 or .sf3 file. The built-in sounds are used instead.",
        detail=detail,
    )
