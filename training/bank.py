"""The note bank: every note of every sound rendered once, alone; a piece is then a sum of bank notes.

A bank is two files: PATH.npy holds the samples of all notes one after the other (int16, each note scaled to
full range), PATH.npz the tables. Banks of several sources (SoundFonts, own synthesis) are joined on loading,
with the throats of speakers, which have a .npz of their own kind and no samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training import RATE
from training.throats import Throat, load_throats

N_PROGRAMS = 128
LAYERS = 2
MAX_SHIFT = 4  # semitones a note may be played away from the pitch it was rendered at

Int16Array = npt.NDArray[np.int16]
FloatTable = npt.NDArray[np.float64]


class Row(NamedTuple):
    """Where one note lies in the samples.

    Attributes:
        font: number of the source within its bank.
        slot: program, or `N_PROGRAMS` + number of the drum kit.
        pitch: MIDI pitch or drum key.
        layer: 0 soft, 1 loud.
        start: first sample.
        length: samples.
        peak: amplitude of the note as rendered.
        rms: root mean square of its first half second.
    """

    font: int
    slot: int
    pitch: int
    layer: int
    start: int
    length: int
    peak: float
    rms: float


class BankWriter:
    """Collects rendered notes and writes them as a bank."""

    SILENCE = 1e-4
    TAIL = 1e-3  # the part below this share of the peak (60 dB) is cut off

    def __init__(self, n_fonts: int, n_kits: int) -> None:
        self._n_fonts, self._n_kits = n_fonts, n_kits
        self._samples: list[Int16Array] = []
        self._rows: list[Row] = []
        self._releases: list[tuple[float, float, float]] = []
        self._end = 0

    def add(
        self, samples: npt.NDArray[np.float32], *, font: int, slot: int, pitch: int, layers: Sequence[int]
    ) -> None:
        """Add one note (n,) at `RATE`; silent ones are left out."""
        peak = float(np.abs(samples).max()) if len(samples) else 0.0
        if peak < self.SILENCE:
            return
        sounding = samples[: int(np.nonzero(np.abs(samples) > peak * self.TAIL)[0][-1]) + 1].copy()
        fade = min(64, len(sounding))
        sounding[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        rms = float(np.sqrt((sounding[: RATE // 2] ** 2).mean()))
        self._samples.append((sounding / peak * 32767).astype(np.int16))
        for layer in layers:
            self._rows.append(Row(font, slot, pitch, layer, self._end, len(sounding), peak, rms))
        self._end += len(sounding)

    def add_release(self, *, font: int, slot: int, seconds: float) -> None:
        """State how long a sound takes to fall by 60 dB after its note ends."""
        self._releases.append((font, slot, seconds))

    def write(self, path: Path) -> None:
        """Write PATH.npy and PATH.npz."""
        np.save(path.with_suffix(".npy"), np.concatenate(self._samples))
        np.savez(
            path.with_suffix(".npz"),
            rows=np.array(self._rows, np.float64),
            rel=np.array(self._releases, np.float64).reshape(-1, 3),
            n_fonts=self._n_fonts,
            n_kits=self._n_kits,
        )


class Bank:
    """Lookup of the bank note nearest to any (font, slot, pitch, layer).

    Attributes:
        samples: (n,) int16 of all notes.
        start, length: (rows,) where each note lies.
        peak: (rows,) amplitude of each note as rendered.
        lag: (rows,) seconds until the note has come up to a third of its first peak.
        index: (fonts, slots, 128, 2) row of the nearest rendered note, or -1.
        shift: (fonts, slots, 128) semitones it must be moved by.
        level: (fonts, slots) loudness of the loud layer.
        release: (fonts, slots) seconds to fall by 60 dB after the end.
        kits: (font, slot) of every drum kit.
        throats: of singers and speakers.
    """

    def __init__(
        self,
        samples: Int16Array,
        tables: Sequence[Mapping[str, npt.NDArray[np.float64]]],
        throats: tuple[Throat, ...] = (),
    ) -> None:
        """Index a bank.

        Args:
            samples: the notes of all `tables`, in the order of these.
            tables: "rows" with `start` counted in `samples` as a whole, "rel", "n_fonts", "n_kits".
            throats: of singers and speakers.
        """
        self.samples = samples
        self.throats = throats
        self.n_fonts = sum(int(t["n_fonts"]) for t in tables)
        self.n_kits = max(int(t["n_kits"]) for t in tables)
        first = np.cumsum([0, *(int(t["n_fonts"]) for t in tables)])
        rows = np.concatenate([t["rows"] + _font_offset(f, 8) for t, f in zip(tables, first, strict=False)])
        releases = np.concatenate(
            [t["rel"] + _font_offset(f, 3) for t, f in zip(tables, first, strict=False)]
        )
        self.start, self.length = rows[:, 4].astype(np.int64), rows[:, 5].astype(np.int64)
        self.peak = rows[:, 6].astype(np.float32)
        n_slots = N_PROGRAMS + self.n_kits
        self.index = np.full((self.n_fonts, n_slots, 128, LAYERS), -1, np.int64)
        self.shift = np.zeros((self.n_fonts, n_slots, 128), np.int64)
        self.level = np.zeros((self.n_fonts, n_slots), np.float32)
        self.release = np.full((self.n_fonts, n_slots), 0.3, np.float32)
        self._fill(rows, releases)
        self.lag = np.array([_attack_lag(samples[s : s + RATE // 4]) for s in self.start], np.float32)
        self.kits = tuple(
            (f, s) for f in range(self.n_fonts) for s in range(N_PROGRAMS, n_slots) if self.level[f, s] > 0
        )

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Bank:
        """Join banks written by `BankWriter`, and speakers by `write_speakers`."""
        speakers = [path for path in paths if not path.with_suffix(".npy").exists()]
        throats = [throat for path in speakers for throat in load_throats(path.with_suffix(".npz"))]
        paths = [path for path in paths if path not in speakers]
        parts = [np.load(path.with_suffix(".npy")) for path in paths]
        tables = []
        for path, offset in zip(paths, np.cumsum([0, *(len(p) for p in parts)]), strict=False):
            with np.load(path.with_suffix(".npz")) as file:
                table = {name: file[name] for name in file.files}
            table["rows"][:, 4] += offset
            tables.append(table)
        # Two silent samples let the mixer interpolate past the very last note.
        return cls(np.concatenate([*parts, np.zeros(2, np.int16)]), tables, tuple(throats))

    def has(self, font: int, slot: int) -> bool:
        """Whether a font has this program or kit."""
        return bool(self.level[font, slot] > 0)

    def _fill(self, rows: FloatTable, releases: FloatTable) -> None:
        for i, (font, slot, pitch, layer, _, _, _, rms) in enumerate(rows):
            f, s, layer_index = int(font), int(slot), int(layer)
            self.index[f, s, int(pitch), layer_index] = i
            if layer_index == LAYERS - 1:
                self.level[f, s] = max(self.level[f, s], rms)
        for f in range(self.n_fonts):
            for s in range(N_PROGRAMS):
                self._reach(f, s)
        for font, slot, seconds in releases:
            self.release[int(font), int(slot)] = np.clip(seconds, 0.03, 6.0)

    def _reach(self, font: int, slot: int) -> None:
        """Let pitches between the rendered ones use the nearest of them."""
        rendered = np.nonzero((self.index[font, slot] >= 0).all(1))[0]
        if not len(rendered):
            return
        pitches = np.arange(128)
        nearest = rendered[np.abs(pitches[:, None] - rendered[None]).argmin(1)]
        near = np.abs(nearest - pitches) <= MAX_SHIFT
        self.index[font, slot] = np.where(near[:, None], self.index[font, slot, nearest], -1)
        self.shift[font, slot] = np.where(near, pitches - nearest, 0)


def _font_offset(font: int, width: int) -> FloatTable:
    """A row that adds `font` to the first column."""
    return np.array([font, *[0] * (width - 1)], np.float64)


def _attack_lag(samples: Int16Array) -> float:
    """Seconds until the 5 ms envelope first reaches a third of its maximum in the first quarter second."""
    n = len(samples) // 80
    if n == 0:
        return 0.0
    envelope = np.abs(samples[: n * 80].astype(np.float32)).reshape(n, 80).max(1)
    return float(np.argmax(envelope >= envelope.max() / 3)) * 80 / RATE
