"""A SoundFont in use: which recordings sound for a note, decoded when first needed."""

from __future__ import annotations

import io
import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt3_desktop.core.errors import UnreadableSoundFont
from mt3_desktop.core.soundfont.modulators import DEFAULT_MODULATORS, Modulator, replaced, total
from mt3_desktop.core.soundfont.riff import SoundFontFile, read_file, text
from mt3_desktop.core.soundfont.voice import (
    DEFAULTS,
    EMU_ATTENUATION,
    INSTRUMENT_ONLY,
    Generator,
    Voice,
    to_voice,
)
from mt3_desktop.core.values import FloatArray

DRUM_BANK = 128
_VORBIS = 0x10  # bit of a sample's kind in .sf3 files
_ROM = 0x8000  # the sample lies in the ROM of a sound card of 1996
_MAX_SAMPLE_FRAMES = 48_000 * 120  # the longest in known fonts lasts 30 s; bounds what a hostile file can ask
_CACHE_BYTES = 192 << 20
_FAMILY = 8
_UNKNOWN_ROOT = 60


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One recording.

    Attributes:
        frames: (n,) float32 mono in [-1, 1], read-only.
        rate: samples per second.
        loop_start: first frame of the loop.
        loop_end: first frame after it; the loop is none if not larger.
    """

    frames: FloatArray
    rate: int
    loop_start: int
    loop_end: int


@dataclass(frozen=True, slots=True)
class _Zone:
    """Generators and modulators that hold for a range of keys and velocities."""

    generators: dict[int, int]
    modulators: tuple[Modulator, ...]

    def covers(self, key: int, velocity: int) -> bool:
        """Whether a note lies in both ranges."""
        return _within(self.generators.get(Generator.KEY_RANGE), key) and _within(
            self.generators.get(Generator.VELOCITY_RANGE), velocity
        )


class SoundFont:
    """An open SoundFont. Safe to use from several threads.

    Attributes:
        path: the file.
        presets: (bank, program) → the preset's name.
    """

    def __init__(self, file: SoundFontFile) -> None:
        self.path = file.path
        self._file = file
        self._headers = file.tables[b"shdr"][:-1]
        self._instruments = [
            _zones(file, b"i", int(first), int(last), Generator.SAMPLE)
            for first, last in _pairs(file.tables[b"inst"]["bag"])
        ]
        presets = file.tables[b"phdr"]
        spans = list(_pairs(presets["bag"]))
        self._presets = {
            (int(row["bank"]), int(row["program"])): _zones(file, b"p", *span, Generator.INSTRUMENT)
            for row, span in zip(presets[:-1], spans, strict=True)
        }
        self.presets = {(int(row["bank"]), int(row["program"])): text(row["name"]) for row in presets[:-1]}
        if not self._presets:
            raise UnreadableSoundFont(f"The SoundFont “{self.path.name}” has no instruments.")
        self._voices: dict[tuple[int, int, int, int], tuple[Voice, ...]] = {}
        self._samples: OrderedDict[int, Sample] = OrderedDict()
        self._sample_bytes = 0
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> SoundFont:
        """Read the tables of a file; samples stay on disk until they are needed.

        Raises:
            UnreadableSoundFont: if it is missing, damaged, or no SoundFont.
        """
        return cls(read_file(path))

    def voices(self, bank: int, program: int, key: int, velocity: int) -> tuple[Voice, ...]:
        """What sounds for one note; empty where the instrument has nothing at this key.

        A preset that the font lacks is replaced by its nearest relation: the same program of the main bank,
        another of its General MIDI family, the first of the bank.
        """
        request = (bank, program, key, velocity)
        found = self._voices.get(request)
        if found is None:
            found = self._find_voices(*request)
            self._voices[request] = found
        return found

    def sample(self, index: int) -> Sample:
        """The recording of a tone, decoded now or before; silence where the file has rubbish.

        Raises:
            UnreadableSoundFont: if compressed samples cannot be decoded.
        """
        with self._lock:
            sample = self._samples.get(index)
            if sample is not None:
                self._samples.move_to_end(index)
                return sample
            sample = self._read_sample(index)
            self._samples[index] = sample
            self._sample_bytes += sample.frames.nbytes
            while self._sample_bytes > _CACHE_BYTES and len(self._samples) > 1:
                _, oldest = self._samples.popitem(last=False)
                self._sample_bytes -= oldest.frames.nbytes
            return sample

    def _find_voices(self, bank: int, program: int, key: int, velocity: int) -> tuple[Voice, ...]:
        voices = []
        for preset in self._preset_zones(bank, program):
            index = preset.generators[Generator.INSTRUMENT]
            if not preset.covers(key, velocity) or not 0 <= index < len(self._instruments):
                continue
            for zone in self._instruments[index]:
                sample = zone.generators[Generator.SAMPLE]
                usable = 0 <= sample < len(self._headers) and not self._headers[sample]["kind"] & _ROM
                if usable and zone.covers(key, velocity):
                    voices.append(self._voice(preset, zone, key, velocity))
        return tuple(voices)

    def _preset_zones(self, bank: int, program: int) -> tuple[_Zone, ...]:
        first = program - program % _FAMILY
        relations = [(bank, program), (0 if bank != DRUM_BANK else DRUM_BANK, program)]
        if bank == DRUM_BANK:
            relations.append((DRUM_BANK, 0))
        else:
            relations += [(0, relation) for relation in range(first, first + _FAMILY)]
            relations.append((0, 0))
        for relation in relations:
            if relation in self._presets:
                return self._presets[relation]
        wants_drums = bank == DRUM_BANK
        alike = (zones for (b, _), zones in self._presets.items() if (b == DRUM_BANK) == wants_drums)
        return next(alike, ())

    def _voice(self, preset: _Zone, zone: _Zone, key: int, velocity: int) -> Voice:
        """Add up one preset zone and one instrument zone for a note (§9.4)."""
        generators: dict[int, float] = dict(DEFAULTS)
        generators.update(zone.generators)
        for operator, amount in preset.generators.items():
            if operator not in INSTRUMENT_ONLY:
                generators[operator] = generators.get(operator, 0) + amount
        generators[Generator.ATTENUATION] = generators.get(Generator.ATTENUATION, 0) * EMU_ATTENUATION
        fixed_key, fixed_velocity = generators[Generator.FIXED_KEY], generators[Generator.FIXED_VELOCITY]
        key = int(fixed_key) if fixed_key >= 0 else key
        velocity = int(fixed_velocity) if fixed_velocity >= 0 else velocity
        modulators = replaced(DEFAULT_MODULATORS, zone.modulators)
        for offsets in (total(modulators, key, velocity), total(preset.modulators, key, velocity)):
            for operator, offset in offsets.items():
                generators[operator] = generators.get(operator, 0) + offset
        header = self._headers[zone.generators[Generator.SAMPLE]]
        own_root = int(header["root"]) if header["root"] <= 127 else _UNKNOWN_ROOT
        root = int(generators[Generator.ROOT_KEY])
        return to_voice(
            generators, key=key, root=root if root >= 0 else own_root, correction=int(header["correction"])
        )

    def _read_sample(self, index: int) -> Sample:
        header = self._headers[index]
        start, end = int(header["start"]), int(header["end"])
        rate = min(max(int(header["rate"]), 400), 192_000)
        if header["kind"] & _VORBIS:
            frames = self._decode(self._file.pool[start:end].tobytes())
            offset = 0
        else:
            end = min(end, start + _MAX_SAMPLE_FRAMES)
            words = self._file.pool[2 * start : 2 * max(end, start)].tobytes()
            words = words[: len(words) // 2 * 2]
            frames = np.frombuffer(words, dtype="<i2").astype(np.float32) / np.float32(32768)
            offset = start
        frames.setflags(write=False)
        loop_start, loop_end = (int(header[name]) - offset for name in ("loop_start", "loop_end"))
        return Sample(frames, rate, loop_start, loop_end)

    def _decode(self, packed: bytes) -> FloatArray:
        import soundfile

        try:
            with soundfile.SoundFile(io.BytesIO(packed)) as file:
                frames: FloatArray = file.read(_MAX_SAMPLE_FRAMES, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, OSError) as error:
            raise UnreadableSoundFont(
                f"A sound in “{self.path.name}” is damaged.",
                hint="Choose another SoundFont, or the built-in sounds.",
                detail=str(error),
            ) from error
        return np.ascontiguousarray(frames[:, 0])


def _zones(file: SoundFontFile, level: bytes, first: int, last: int, terminal: int) -> tuple[_Zone, ...]:
    """The zones of one preset (level p) or instrument (level i), merged with the global one (§7.3, §7.7)."""
    bags = file.tables[level + b"bag"]
    generators, modulators = file.tables[level + b"gen"], file.tables[level + b"mod"]
    common = _Zone({}, ())
    zones: list[_Zone] = []
    for index in range(first, min(last, len(bags) - 1)):
        here, there = bags[index], bags[index + 1]
        own = {
            int(row["operator"]): int(row["amount"])
            for row in generators[here["generator"] : there["generator"]]
        }
        mods = tuple(
            Modulator(*(int(value) for value in row.item()))
            for row in modulators[here["modulator"] : there["modulator"]]
        )
        if terminal in own:
            zones.append(_Zone({**common.generators, **own}, replaced(common.modulators, mods)))
        elif index == first:
            common = _Zone(own, mods)
    return tuple(zones)


def _pairs(index: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> list[tuple[int, int]]:
    """Each entry with the one after it."""
    values = [int(value) for value in index]
    return list(itertools.pairwise(values))


def _within(packed: int | None, value: int) -> bool:
    """Whether a value lies in a range stored as low byte, high byte."""
    return packed is None or (packed & 0xFF) <= value <= (packed >> 8 & 0xFF)
