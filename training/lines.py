"""Lines from note to note for validation, in sounds that training never made.

A line of a SoundFont that was not trained on is held as one note a phrase, its pitch wheel and loudness moved
as a player or a singer would; beside it stands our own singer, from seeds that were not trained on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from mt3_desktop.core.nn.lite_features import GROUPS
from mt3_desktop.core.values import Note
from training import RATE, playing
from training.augmentation import record
from training.composition import compose
from training.examples import LONGEST_OVERLAP, SHORTEST_NOTE, SUNG_ATTACK
from training.instruments import DECAYING, GROUP_OF_PROGRAM, GROUP_PROGRAMS, RANGES
from training.legato import (
    CONTROL_RATE,
    LEGATO_GAP,
    control_times,
    heard_after,
    loudness_curve,
    pitch_curve,
)
from training.singing import draw_singer, sing
from training.throats import Throat, load_throats, speak
from training.validation import FIRST_SEED, Clip

if TYPE_CHECKING:
    from training.soundfonts import Player

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

PROGRAMS: dict[str, tuple[int, ...]] = {
    "slurred": tuple(p for name in playing.KINDS for p in GROUP_PROGRAMS[name] if not DECAYING[p]),
    "sung": GROUP_PROGRAMS["voice"],
    "singer": GROUP_PROGRAMS["voice"],
    "words": GROUP_PROGRAMS["voice"],
}
"""By kind of line: bowed and blown sounds of the font, its voices, our own singer with words, and held-out
speakers who sing, where there are any."""
SEEDS = FIRST_SEED + 50_000_000
"""Far from the seeds of training and of other validation material."""
LEAD = 0.4
"""Seconds from a struck note of the font to its phrase: what is heard to begin is the phrase's own attack."""
TAIL = 0.3
FEWEST_NOTES = 8
LOUDNESS = 100  # velocity at which the font's notes are struck
SPOKEN_PEAK = 0.4
WIDEST = 12
"""Semitones from a phrase's middle: further, a bent sample is no instrument any more."""


def line_clips(
    font: Path, speakers: Path | None, *, per_kind: int, seconds: float = 12.0, first_seed: int = SEEDS
) -> list[Clip]:
    """Clips of every kind of line, each second one as if recorded in a room, and speech without notes.

    Args:
        font: a SoundFont that no training bank holds.
        speakers: a file by `write_speakers`; its held-out speakers sing and speak. Without it there are no
            words and there is no speech.
        per_kind: clips of each kind.
        seconds: about how long they are.
        first_seed: seed of the first piece.
    """
    from training.soundfonts import Player  # its library is no dependency of the tests

    player = Player(font)
    throats = load_throats(speakers, held_out=True) if speakers else ()
    clips = []
    for k, kind in enumerate(kind for kind in PROGRAMS if throats or kind != "words"):
        seed, n = first_seed + 100_000 * k, 0
        while n < per_kind:
            seed += 1
            rng = np.random.default_rng(seed)
            program = int(rng.choice(PROGRAMS[kind]))
            line = compose_line(seed, program, seconds)
            if line is None:
                continue
            if kind == "words":
                samples, attack = _sung(line, throats[n // 2 % len(throats)], rng), SUNG_ATTACK
            elif kind == "singer":
                samples, attack = _sung(line, None, rng), SUNG_ATTACK
            else:
                samples, attack = _held(line, program, player, rng)
            samples = np.asarray(samples / max(1e-3, float(np.abs(samples).max())) * 0.5, np.float32)
            if n % 2:
                samples = record(samples, rng, strength=0.6).samples
            clips.append(Clip(kind, samples, _notes(line, program, attack)))
            n += 1
    for i in range(per_kind if throats else 0):
        rng = np.random.default_rng(first_seed + 77 + i)
        spoken = SPOKEN_PEAK * speak(int(seconds * RATE), throats, rng)
        clips.append(Clip("negative", record(spoken.astype(np.float32), rng, strength=0.6).samples, ()))
    return clips


def compose_line(seed: int, program: int, seconds: float) -> Floats | None:
    """The melody of a seed, moved by octaves into the range of a program.

    Returns:
        (n, 4) onset, offset, pitch, loudness 0-1, as `singing.sing` takes them; None if the seed's piece is
        no line, or one that does not fit.
    """
    notes = compose(seed, seconds=seconds, kind="solo").notes.astype(np.float64)
    if len(notes) < FEWEST_NOTES:
        return None
    line = np.stack([notes[:, 0] + LEAD + TAIL, notes[:, 1] + LEAD + TAIL, notes[:, 2], notes[:, 3] / 127], 1)
    low, high = RANGES[program]
    line[:, 2] += 12 * np.round(((low + high) / 2 - np.median(line[:, 2])) / 12)
    is_line = (np.diff(line[:, 0]) >= SHORTEST_NOTE).all()
    is_line &= (line[:-1, 1] - line[1:, 0] <= LONGEST_OVERLAP).all()
    fits = line[:, 2].min() >= low and line[:, 2].max() <= high and np.ptp(line[:, 2]) <= WIDEST
    if not (is_line and fits):
        return None
    line[:-1, 1] = np.minimum(line[:-1, 1], line[1:, 0])
    return line


def _length(line: Floats) -> int:
    return int((line[-1, 1] + 1.0) * RATE)


def _sung(line: Floats, throat: Throat | None, rng: np.random.Generator) -> Sound32:
    return sing(line, _length(line), draw_singer(rng, float(np.median(line[:, 2])), throat), rng)


def _held(line: Floats, program: int, player: Player, rng: np.random.Generator) -> tuple[Sound32, float]:
    """A line on the font: a note a phrase, bent from pitch to pitch; and the seconds of its attack."""
    n_samples = _length(line)
    phrasing = draw_singer(rng, float(np.median(line[:, 2]))).phrasing
    if program not in GROUP_PROGRAMS["voice"]:  # fingers and valves move faster than a throat
        phrasing = replace(phrasing, glide=phrasing.glide / 3, intonation=phrasing.intonation / 2)
    t = control_times(n_samples)
    pitch = pitch_curve(line, t, phrasing, rng)
    total = np.zeros(n_samples, np.float32)
    player.select(0, program, is_drum=False)
    rests = np.nonzero(line[1:, 0] - line[:-1, 1] > LEGATO_GAP)[0] + 1
    for phrase in np.split(line, rests):
        middle = round(float(np.median(phrase[:, 2])))
        first = int((phrase[0, 0] - LEAD) * CONTROL_RATE)
        last = min(int((phrase[-1, 1] + TAIL) * CONTROL_RATE), len(t) - 2)
        sound = player.bent(0, middle, LOUDNESS, pitch[first:last] - middle, CONTROL_RATE)
        sound = resample_poly(sound, 1, player.rate // RATE)
        at = first * (RATE // CONTROL_RATE)
        loudness = loudness_curve(phrase, t, phrasing, rng)
        shape = np.interp((at + np.arange(len(sound))) / RATE, t, loudness)
        sound = sound * shape / max(float(np.abs(sound).max()), 1e-9)
        total[at : at + len(sound)] += sound[: n_samples - at]
    return total, phrasing.attack


def _notes(line: Floats, program: int, attack: float) -> tuple[Note, ...]:
    group = GROUPS[GROUP_OF_PROGRAM[program]]
    notes = []
    for onset, offset, pitch, loudness in line.tolist():
        start = onset + heard_after(attack)
        notes.append(
            Note(start, max(offset, start + 0.03), round(pitch), round(127 * loudness), group.program, False)
        )
    return tuple(notes)
