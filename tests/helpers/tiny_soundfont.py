"""SoundFonts of a few bytes, written from scratch, for tests of the reader and the synthesiser."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

Zone = Mapping[int, int]
INSTRUMENT, SAMPLE = 41, 53


@dataclass(frozen=True)
class TinySample:
    """One recording."""

    frames: npt.NDArray[np.int16]
    rate: int = 44_100
    root: int = 69
    correction: int = 0
    loop: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class TinyFont:
    """Zones are generator → value; `modulators` belong to the zone of the same position, by level."""

    samples: Sequence[TinySample]
    instruments: Sequence[Sequence[Zone]]
    presets: Mapping[tuple[int, int], Sequence[Zone]]
    instrument_modulators: Mapping[tuple[int, int], Sequence[tuple[int, int, int, int, int]]] = field(
        default_factory=dict
    )

    def write(self, path: Path) -> Path:
        """Write the .sf2 file."""
        path.write_bytes(self.content())
        return path

    def content(self) -> bytes:
        """The bytes of the file."""
        pool, headers = bytearray(), bytearray()
        for sample in self.samples:
            start = len(pool) // 2
            pool += sample.frames.astype("<i2").tobytes() + bytes(92)  # 46 silent frames, as §7.10 asks
            end = start + len(sample.frames)
            loop = (start + sample.loop[0], start + sample.loop[1])
            headers += struct.pack(
                "<20sIIIIIBbHH",
                b"sample",
                start,
                end,
                *loop,
                sample.rate,
                sample.root,
                sample.correction,
                0,
                1,
            )
        headers += struct.pack("<20s26x", b"EOS")
        presets = [(key, zones, {}) for key, zones in self.presets.items()]
        instruments = [
            ((0, 0), zones, {i: m for (owner, i), m in self.instrument_modulators.items() if owner == number})
            for number, zones in enumerate(self.instruments)
        ]
        pdta = _level(b"p", presets) + _level(b"i", instruments) + chunk(b"shdr", bytes(headers))
        info = chunk(b"ifil", struct.pack("<HH", 2, 4))
        lists = [(b"INFO", info), (b"sdta", chunk(b"smpl", bytes(pool))), (b"pdta", pdta)]
        return chunk(b"RIFF", b"sfbk" + b"".join(chunk(b"LIST", kind + body) for kind, body in lists))


def chunk(name: bytes, body: bytes) -> bytes:
    """A RIFF chunk."""
    return struct.pack("<4sI", name, len(body)) + body + bytes(len(body) % 2)


def keys(low: int, high: int) -> int:
    """A range as generators hold it."""
    packed = low | high << 8
    return packed - 0x10000 if packed >= 0x8000 else packed


def sine(
    frames: int, *, hertz: float = 440.0, rate: int = 44_100, peak: float = 0.5
) -> npt.NDArray[np.int16]:
    """A tone."""
    wave = peak * np.sin(2 * np.pi * hertz * np.arange(frames) / rate)
    return np.rint(wave * 32767).astype(np.int16)


def one_tone(path: Path, **generators: int) -> Path:
    """A font whose only instrument, in both banks, is an endless sine of 441 Hz at key 69."""
    sample = TinySample(sine(1000, hertz=441.0), loop=(400, 900))
    zone = {int(number.removeprefix("g")): value for number, value in generators.items()}
    zones = [{54: 1, **zone, SAMPLE: 0}]
    return TinyFont([sample], [zones], {(0, 0): [{INSTRUMENT: 0}], (128, 0): [{INSTRUMENT: 0}]}).write(path)


def _level(
    level: bytes, entries: Sequence[tuple[tuple[int, int], Sequence[Zone], Mapping[int, object]]]
) -> bytes:
    heads, bags, generators, modulators = bytearray(), bytearray(), bytearray(), bytearray()
    for (bank, program), zones, mods in entries:
        n_bags = len(bags) // 4
        heads += _head(level, b"entry", bank, program, n_bags)
        for number, zone in enumerate(zones):
            bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
            generators += b"".join(struct.pack("<Hh", *pair) for pair in zone.items())
            modulators += b"".join(struct.pack("<HHhHH", *row) for row in mods.get(number, ()))  # type: ignore[attr-defined]
    heads += _head(level, b"end", 0, 0, len(bags) // 4)
    bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
    name = b"phdr" if level == b"p" else b"inst"
    return (
        chunk(name, bytes(heads))
        + chunk(level + b"bag", bytes(bags))
        + chunk(level + b"mod", bytes(modulators) + bytes(10))
        + chunk(level + b"gen", bytes(generators) + bytes(4))
    )


def _head(level: bytes, name: bytes, bank: int, program: int, n_bags: int) -> bytes:
    if level == b"p":
        return struct.pack("<20sHHHIII", name, program, bank, n_bags, 0, 0, 0)
    return struct.pack("<20sH", name, n_bags)
