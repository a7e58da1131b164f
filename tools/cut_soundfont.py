"""Cut `resources/gm.sf3` from FluidR3Mono_GM.sf3 (MIT).

    python tools/cut_soundfont.py /usr/share/sounds/sf3/FluidR3Mono_GM.sf3 resources/gm.sf3

Debian and Ubuntu have the source in `fluidr3mono-gm-soundfont`. The result holds the 128 General MIDI
programs and the standard drum kit. What makes it small: other banks are left out; of an instrument's
neighbouring samples one is kept where it stays within `REACH` semitones of its root; silent tails are cut;
samples are packed anew as Vorbis of a lower quality. Every preset, zone setting, loop and tuning stays.

The same input gives the same bytes (with the same libsndfile and libvorbis): Ogg serial numbers, which
libsndfile draws at random, are set by hand.
"""

from __future__ import annotations

import argparse
import io
import itertools
import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from mt3_desktop.core.soundfont import DRUM_BANK, SoundFont
from mt3_desktop.core.soundfont.riff import SoundFontFile, read_file
from mt3_desktop.core.soundfont.voice import Generator

REACH = 3
COMPRESSION = 0.86  # libsndfile's scale: Vorbis quality 1.4
TAIL_DB = -72.0
FADE_FRAMES = 256
FIRST_SOUND_EFFECT = 120
VORBIS = 0x10


@dataclass(frozen=True)
class Zone:
    """A bag: its generators in file order, its modulators."""

    generators: tuple[tuple[int, int], ...]
    modulators: tuple[tuple[int, ...], ...]

    def get(self, operator: int, default: int) -> int:
        """The value of a generator."""
        return dict(self.generators).get(operator, default)

    def with_value(self, operator: int, value: int) -> Zone:
        """The same with one generator changed, which must be there."""
        return replace(
            self, generators=tuple((op, value if op == operator else old) for op, old in self.generators)
        )

    @property
    def keys(self) -> tuple[int, int]:
        """Lowest and highest key."""
        packed = self.get(Generator.KEY_RANGE, 127 << 8) & 0xFFFF
        return packed & 0xFF, packed >> 8


@dataclass(frozen=True)
class Entry:
    """A preset or an instrument."""

    name: bytes
    bank: int
    program: int
    zones: tuple[Zone, ...]


def read_entries(file: SoundFontFile, level: str) -> list[Entry]:
    """All presets ("p") or instruments ("i") of a file."""
    heads = file.tables[b"phdr" if level == "p" else b"inst"]
    bags, generators, modulators = (file.tables[f"{level}{part}".encode()] for part in ("bag", "gen", "mod"))
    entries = []
    for head, following in itertools.pairwise(heads):
        zones = [
            Zone(
                tuple((int(op), int(v)) for op, v in generators[here["generator"] : there["generator"]]),
                tuple(tuple(map(int, row)) for row in modulators[here["modulator"] : there["modulator"]]),
            )
            for here, there in itertools.pairwise(bags[head["bag"] : following["bag"] + 1])
        ]
        bank, program = (int(head["bank"]), int(head["program"])) if level == "p" else (0, 0)
        entries.append(Entry(bytes(head["name"]), bank, program, tuple(zones)))
    return entries


def thin(instrument: Entry, roots: list[int]) -> Entry:
    """Leave out samples whose neighbour can play their keys.

    Zones are compared within one velocity range and pan; layers that overlap in keys stay untouched.
    """
    groups: dict[tuple[int, int], list[Zone]] = {}
    kept: list[Zone] = []
    for zone in instrument.zones:
        if zone.get(Generator.SAMPLE, -1) < 0 or zone.get(Generator.KEY_RANGE, -1) == -1:
            kept.append(zone)
        else:
            layer = (zone.get(Generator.VELOCITY_RANGE, -1), zone.get(Generator.PAN, 0))
            groups.setdefault(layer, []).append(zone)
    for zones in groups.values():
        zones.sort(key=lambda zone: zone.keys)
        overlap = any(b.keys[0] <= a.keys[1] for a, b in itertools.pairwise(zones))
        kept += zones if overlap else _merge(zones, roots)
    return replace(instrument, zones=tuple(kept))


def _merge(zones: list[Zone], roots: list[int]) -> list[Zone]:
    """Join runs of neighbours, as long as possible from the left, under the sample in their middle."""
    merged, first = [], 0
    while first < len(zones):
        best, last = zones[first], first
        for end in range(first + 1, len(zones)):
            low = zones[first].keys[0] if first else zones[first].keys[1]  # outer edges reach far anyway
            high = zones[end].keys[1] if end < len(zones) - 1 else zones[end].keys[0]
            able = [
                zone
                for zone in zones[first : end + 1]
                if abs(_root(zone, roots) - low) <= REACH and abs(high - _root(zone, roots)) <= REACH
            ]
            if not able:
                break
            best, last = min(able, key=lambda zone: abs(2 * _root(zone, roots) - low - high)), end
        low, high = zones[first].keys[0], zones[last].keys[1]
        merged.append(best.with_value(Generator.KEY_RANGE, _signed(low | high << 8)))
        first = last + 1
    return merged


def _root(zone: Zone, roots: list[int]) -> int:
    own = zone.get(Generator.ROOT_KEY, -1)
    return own if own >= 0 else roots[zone.get(Generator.SAMPLE, 0)]


def _signed(word: int) -> int:
    return word - 0x10000 if word >= 0x8000 else word


def pack_sample(frames: np.ndarray, rate: int, *, is_looped: bool) -> bytes:
    """One sample as Ogg Vorbis; the silent tail of one that does not loop is cut."""
    if not is_looped:
        loud = np.flatnonzero(np.abs(frames) > 10 ** (TAIL_DB / 20))
        length = min(len(frames), (int(loud[-1]) if len(loud) else 0) + FADE_FRAMES)
        frames = frames[:length].copy()
        fade = min(FADE_FRAMES, length)
        frames[length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    stream = io.BytesIO()
    soundfile.write(stream, frames, rate, format="OGG", subtype="VORBIS", compression_level=COMPRESSION)
    return with_serial(stream.getvalue(), 1)


def with_serial(ogg: bytes, serial: int) -> bytes:
    """The same Ogg stream under another serial number, checksums renewed (RFC 3533 §6)."""
    out, position = bytearray(ogg), 0
    while position < len(out):
        assert out[position : position + 4] == b"OggS"
        n_segments = out[position + 26]
        end = position + 27 + n_segments + sum(out[position + 27 : position + 27 + n_segments])
        struct.pack_into("<I", out, position + 14, serial)
        struct.pack_into("<I", out, position + 22, 0)
        struct.pack_into("<I", out, position + 22, _ogg_crc(out[position:end]))
        position = end
    return bytes(out)


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _crc_table()


def _ogg_crc(page: bytes) -> int:
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[value >> 24 ^ byte]
    return value


def cut(source: Path, target: Path) -> None:
    """Read, choose, write."""
    file = read_file(source)
    font = SoundFont(file)
    headers = file.tables[b"shdr"][:-1]
    roots = [int(root) if root <= 127 else 60 for root in headers["root"]]
    presets = [e for e in read_entries(file, "p") if e.bank == 0 or (e.bank, e.program) == (DRUM_BANK, 0)]
    instruments = read_entries(file, "i")
    keep_whole = {
        zone.get(Generator.INSTRUMENT, -1)
        for preset in presets
        for zone in preset.zones
        if preset.bank == DRUM_BANK or preset.program >= FIRST_SOUND_EFFECT
    }
    used = sorted({i for p in presets for z in p.zones if (i := z.get(Generator.INSTRUMENT, -1)) >= 0})
    chosen = [instruments[i] if i in keep_whole else thin(instruments[i], roots) for i in used]
    presets = [_renumber(preset, Generator.INSTRUMENT, used) for preset in presets]
    samples = sorted({s for e in chosen for z in e.zones if (s := z.get(Generator.SAMPLE, -1)) >= 0})
    looped = {z.get(Generator.SAMPLE, -1) for e in instruments for z in e.zones if _is_looped(z, e)}
    chosen = [_renumber(entry, Generator.SAMPLE, samples) for entry in chosen]
    pool, rows = bytearray(), []
    for index in samples:
        sample = font.sample(index)
        packed = pack_sample(sample.frames, sample.rate, is_looped=index in looped)
        row = headers[index].copy()
        row["start"], row["end"] = len(pool), len(pool) + len(packed)
        row["loop_start"], row["loop_end"] = max(sample.loop_start, 0), max(sample.loop_end, 0)
        row["link"], row["kind"] = 0, VORBIS | 1
        pool += packed
        rows.append(row)
    target.write_bytes(_riff(file, bytes(pool), rows, presets, chosen))
    print(f"{target.stat().st_size:,} bytes, {len(presets)} presets, {len(samples)} samples")


def _is_looped(zone: Zone, entry: Entry) -> bool:
    common = entry.zones[0].get(Generator.LOOP_MODE, 0)
    return bool(zone.get(Generator.LOOP_MODE, common) & 1)


def _renumber(entry: Entry, operator: int, kept: list[int]) -> Entry:
    zones = tuple(
        zone.with_value(operator, kept.index(value)) if (value := zone.get(operator, -1)) >= 0 else zone
        for zone in entry.zones
    )
    return replace(entry, zones=zones)


def _riff(
    file: SoundFontFile, pool: bytes, rows: list[np.void], presets: list[Entry], instruments: list[Entry]
) -> bytes:
    info = (
        _chunk(b"ifil", struct.pack("<HH", 3, 1))
        + _chunk(b"isng", b"EMU8000\0")
        + _chunk(b"INAM", b"MT3 Desktop GM (FluidR3 Mono)\0")
        + _chunk(b"ICOP", b"MIT licence, Frank Wen, Michael Cowgill and others; see gm.LICENSE.txt\0")
        + _chunk(b"ICMT", b"Cut from FluidR3Mono_GM by tools/cut_soundfont.py of MT3 Desktop\0")
    )
    terminal = file.tables[b"shdr"][-1]
    samples = b"".join(row.tobytes() for row in [*rows, terminal])
    tables = _tables("p", presets) + _tables("i", instruments)
    pdta = tables + _chunk(b"shdr", samples)
    body = b"sfbk" + b"".join(
        _chunk(b"LIST", kind + content)
        for kind, content in ((b"INFO", info), (b"sdta", _chunk(b"smpl", pool)), (b"pdta", pdta))
    )
    return _chunk(b"RIFF", body)


def _tables(level: str, entries: list[Entry]) -> bytes:
    """The four tables of a level, each with its terminal record."""
    heads, bags, generators, modulators = bytearray(), bytearray(), bytearray(), bytearray()
    n_bags = n_generators = n_modulators = 0
    for entry in entries:
        rest = struct.pack("<HHH12x", entry.program, entry.bank, n_bags)
        heads += struct.pack("20s", entry.name) + (rest if level == "p" else struct.pack("<H", n_bags))
        for zone in entry.zones:
            bags += struct.pack("<HH", n_generators, n_modulators)
            generators += b"".join(struct.pack("<Hh", *pair) for pair in zone.generators)
            modulators += b"".join(struct.pack("<HHhHH", *row) for row in zone.modulators)
            n_bags += 1
            n_generators += len(zone.generators)
            n_modulators += len(zone.modulators)
    end = struct.pack("20s", b"EOP" if level == "p" else b"EOI")
    heads += end + (struct.pack("<HHH12x", 0, 0, n_bags) if level == "p" else struct.pack("<H", n_bags))
    bags += struct.pack("<HH", n_generators, n_modulators)
    name = "phdr" if level == "p" else "inst"
    return (
        _chunk(name.encode(), bytes(heads))
        + _chunk(f"{level}bag".encode(), bytes(bags))
        + _chunk(f"{level}mod".encode(), bytes(modulators) + bytes(10))
        + _chunk(f"{level}gen".encode(), bytes(generators) + bytes(4))
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Cut the built-in SoundFont from FluidR3Mono_GM.sf3.")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    cut(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
