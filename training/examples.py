"""One training example from one seed: compose, render, record, analyse, paint."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from mt3_desktop.core.nn.lite_features import Features, FrontEnd
from training.augmentation import colour_buses, record
from training.bank import RATE, Bank
from training.composition import compose
from training.composition.piece import Piece
from training.instruments import GROUP_OF_PROGRAM
from training.mixing import Plan, draw_tracks, mix, plan
from training.negatives import negative
from training.singing import draw_singer, sing
from training.targets import Labels, Targets, paint

N_FRAMES = 256
"""Frames of an example: 8.192 s."""
NEGATIVE_SHARE = 0.13
SUNG_SHARE = 0.8
"""Of voices that have one note at a time: how many are sung, the others are choirs from the bank."""
VOICES = (52, 53, 54)
LONGEST_OVERLAP = 0.35
"""Seconds by which notes of a line may overlap; a singer ends the first where the second begins."""


class Example(NamedTuple):
    """A window of sound as the network hears it, and what it should say.

    Attributes:
        pitch: (2, T, F) float16 features.
        drums: (J, bands) float16 features.
        reference: log10 of the loudest bin.
        targets: painted labels.
    """

    pitch: npt.NDArray[np.float16]
    drums: npt.NDArray[np.float16]
    reference: float
    targets: Targets


class Sounded(NamedTuple):
    """A window of sound with its margins, and its labels."""

    samples: npt.NDArray[np.float32]
    labels: Labels


def make_example(seed: int, bank: Bank, front_end: FrontEnd) -> Example:
    """The example of a seed: the same on every machine with the same bank."""
    sounded = make_sound(seed, bank, front_end)
    with torch.no_grad():
        features: Features = front_end(torch.from_numpy(sounded.samples)[None])
    targets = paint(sounded.labels, N_FRAMES, front_end.config.frame_seconds)
    return Example(
        features.pitch[0].half().numpy(),
        features.drums[0].half().numpy(),
        float(features.reference[0]),
        targets,
    )


def make_sound(seed: int, bank: Bank, front_end: FrontEnd) -> Sounded:
    """Sound and labels of a seed: mostly a window of a composed piece, at times a negative."""
    rng = np.random.default_rng(seed)
    config = front_end.config
    n_samples = N_FRAMES * config.hop_samples + 2 * config.margin_samples
    if rng.random() < NEGATIVE_SHARE:
        samples = negative(n_samples, rng)
        if rng.random() < 0.8:
            samples = record(samples, rng, strength=float(rng.uniform(0.2, 1.0))).samples
        return Sounded(samples, _no_labels())
    return _make_music(rng, bank, n_samples, config.margin_samples / RATE)


def _no_labels() -> Labels:
    none, whole = np.zeros(0), np.zeros(0, np.int64)
    return Labels(none, none, whole, whole, none)


def _make_music(rng: np.random.Generator, bank: Bank, n_samples: int, margin: float) -> Sounded:
    seconds = n_samples / RATE - 2 * margin
    piece = compose(int(rng.integers(2**31)), seconds=float(rng.choice([10.0, 16.0, 24.0])))
    end = float(piece.notes[:, 1].max()) if len(piece.notes) else 0.0
    at = rng.uniform(-1.0, 0.5) if rng.random() < 0.15 else rng.uniform(0, max(0.2, end - 0.8 * seconds))
    tracks = draw_tracks(piece.programs, bank, rng)
    rows = plan(piece, tracks, bank, at=at - margin, n_samples=n_samples, rng=rng)
    buses = mix(rows.rows, bank.samples, len(tracks), n_samples)
    rows = _with_singers(piece, rows, buses, at - margin, rng)
    recording = record(colour_buses(buses, rng), rng, strength=float(rng.uniform(0.2, 1.0)))
    named = (rows.note >= 0) & (rows.end > margin) & (rows.start < margin + seconds)
    note = rows.note[named]
    programs = np.array(piece.programs, np.int64)[piece.notes[note, 4].astype(int)]
    labels = Labels(
        onset=rows.start[named] - margin,
        offset=rows.end[named] - margin,
        pitch=piece.notes[note, 2].astype(np.int64),
        group=np.where(programs < 0, -1, GROUP_OF_PROGRAM[np.maximum(programs, 0)]),
        level=rows.level[named] + np.log10(max(recording.gain, 1e-6)),
    )
    return Sounded(recording.samples, labels)


def _with_singers(
    piece: Piece, rows: Plan, buses: npt.NDArray[np.float32], at: float, rng: np.random.Generator
) -> Plan:
    """Let singers take over the buses of some voices; `rows` with the times at which their notes sound."""
    start, end = rows.start.copy(), rows.end.copy()
    for number, program in enumerate(piece.programs):
        mine = (rows.note >= 0) & (piece.notes[rows.note, 4] == number)
        if program not in VOICES or not mine.any() or rng.random() >= SUNG_SHARE:
            continue
        mine = np.nonzero(mine)[0][np.argsort(piece.notes[rows.note[mine], 0], kind="stable")]
        heard = piece.notes[rows.note[mine]]
        line = np.stack([heard[:, 0] - at, heard[:, 1] - at, heard[:, 2], heard[:, 3] / 127], 1)
        overlap = line[:-1, 1] - line[1:, 0]
        if (overlap > LONGEST_OVERLAP).any() or (np.diff(line[:, 0]) < 0.04).any():
            continue  # chords
        line[:-1, 1] -= np.maximum(overlap, 0)
        singer = draw_singer(rng, float(np.median(line[:, 2])))
        sung = sing(line.astype(np.float64), buses.shape[1], singer, rng)
        loudness = float(np.sqrt((buses[number] ** 2).mean() / max(float((sung**2).mean()), 1e-12)))
        buses[number] = sung * loudness
        start[mine] = line[:, 0] + singer.attack / 4
        end[mine] = np.maximum(line[:, 1], start[mine] + 0.03)
    return rows._replace(start=start, end=end)
