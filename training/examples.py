"""One training example from one seed: compose, render, record, analyse, paint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from mt3_desktop.core.nn.lite_features import GROUPS, Features, FrontEnd
from training import RATE
from training.augmentation import colour_buses, record
from training.bank import Bank
from training.composition import compose
from training.composition.piece import Piece
from training.instruments import GROUP_OF_PROGRAM
from training.legato import heard_after
from training.mixing import Plan, draw_tracks, mix, plan
from training.negatives import negative
from training.playing import KINDS, play
from training.singing import sing_together
from training.targets import Labels, Targets, paint
from training.throats import Throat

N_FRAMES = 256
"""Frames of an example: 8.192 s."""
NEGATIVE_SHARE = 0.15
SUNG_SHARE = 0.75
"""Of voices: how many are sung, the others are choirs from the bank."""
PLAYED_SHARE = 0.4
"""Of lines of bowed and blown instruments: how many are played from note to note."""
MOST_PARTS, MOST_SINGERS = 5, 3
"""Of a choir: chords of more parts stay with the bank; singers of a part."""
SUNG_ATTACK = 0.05
"""Seconds, about, in which a sung note comes up."""
LONGEST_OVERLAP = 0.35
"""Seconds by which notes of a line may overlap; a singer ends the first where the second begins."""
SHORTEST_NOTE = 0.04
"""Seconds between the onsets of a line."""


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
        samples = negative(n_samples, rng, bank.throats)
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
    rows = _with_players(piece, rows, buses, at - margin, rng, throats=bank.throats)
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


def _with_players(
    piece: Piece,
    rows: Plan,
    buses: npt.NDArray[np.float32],
    at: float,
    rng: np.random.Generator,
    *,
    throats: Sequence[Throat],
) -> Plan:
    """Let singers and players take over the buses of some lines; `rows` with the times their notes sound."""
    start, end = rows.start.copy(), rows.end.copy()
    for number, program in enumerate(piece.programs):
        mine = np.nonzero((rows.note >= 0) & (piece.notes[rows.note, 4] == number))[0]
        group = GROUPS[GROUP_OF_PROGRAM[program]].name if program >= 0 else ""
        share = SUNG_SHARE if group == "voice" else PLAYED_SHARE if group in KINDS else 0.0
        if not len(mine) or rng.random() >= share:
            continue
        mine = mine[np.argsort(piece.notes[rows.note[mine], 0], kind="stable")]
        heard = piece.notes[rows.note[mine]].astype(np.float64)
        notes = np.stack([heard[:, 0] - at, heard[:, 1] - at, heard[:, 2], heard[:, 3] / 127], 1)
        parts = _lines(notes)
        if len(parts) > (MOST_PARTS if group == "voice" else 1):
            continue
        sound = np.zeros(buses.shape[1], np.float32)
        n_singers = int(rng.integers(1, MOST_SINGERS + 1)) if len(parts) > 1 else 1
        for part in parts:
            line, chosen = notes[part], mine[part]
            line[:-1, 1] = np.minimum(line[:-1, 1], line[1:, 0])
            if group == "voice":
                sound += sing_together(line, len(sound), n_singers, rng, throats=throats)
                attack = SUNG_ATTACK
            else:
                played, attack = play(line, len(sound), KINDS[group], rng)
                sound += played
            start[chosen] = line[:, 0] + heard_after(attack)
            end[chosen] = np.maximum(line[:, 1], start[chosen] + 0.03)
        loudness = (buses[number] ** 2).mean() / max(float((sound**2).mean()), 1e-12)
        buses[number] = sound * np.float32(np.sqrt(loudness))
    return rows._replace(start=start, end=end)


def _lines(notes: npt.NDArray[np.float64]) -> list[npt.NDArray[np.int64]]:
    """Share notes (n, 4), by onset, out among voices that have one note at a time: indices of each.

    A note goes to the free voice that last had the nearest pitch; a voice is free once its note has ended, or
    has nearly, for the notes of a line may overlap.
    """
    voices: list[list[int]] = []
    for i, (onset, _, pitch, _) in enumerate(notes.tolist()):
        free = [
            voice
            for voice in voices
            if notes[voice[-1], 1] - onset <= LONGEST_OVERLAP and onset - notes[voice[-1], 0] >= SHORTEST_NOTE
        ]
        if free:
            min(free, key=lambda voice: abs(notes[voice[-1], 2] - pitch)).append(i)
        else:
            voices.append([i])
    return [np.array(voice) for voice in voices]
