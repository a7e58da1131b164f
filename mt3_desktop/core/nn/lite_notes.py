"""From candidates to notes: which strikes are notes, where they end, what plays them, how loud, how sure.

All decisions of a span of time rest on the candidates of a longer span around it: an instrument is told by
what the part plays before and after, not by one note. The spans are fixed in time, so notes that were given
out are never taken back, and a stream decides as a whole recording does. Pure functions of tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.nn.lite_candidates import (
    DRUM_CLASSES,
    BoolArray,
    HitCandidates,
    NoteCandidates,
    Tracking,
)
from mt3_desktop.core.nn.lite_features import DRUM_MIN, GROUPS
from mt3_desktop.core.values import FloatArray, Note

Floats = npt.NDArray[np.float64]

HIT_SECONDS = 0.05
"""Length of a drum note: drums have no end to speak of."""
LOGITS_PER_SENSITIVITY = 4.0
"""From the fewest notes to the most, thresholds move by this much."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often candidates of a score were right on validation material, as straight lines between points."""

    scores: tuple[float, ...] = (0.0, 1.0)
    precision: tuple[float, ...] = (0.0, 1.0)

    def confidence(self, scores: FloatArray) -> Floats:
        """Share of candidates with such scores that are right."""
        return np.interp(scores, self.scores, self.precision)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Calibration:
        """Read two lists of equal length."""
        scores, precision = (_numbers(values[name]) for name in ("scores", "precision"))
        if len(scores) != len(precision) or not scores:
            raise ValueError("a calibration needs as many precisions as scores")
        return cls(scores, precision)


@dataclass(frozen=True, slots=True)
class Decoding:
    """How candidates become notes; chosen on rendered validation material, see the model card.

    Attributes:
        tracking: how candidates are found and followed.
        threshold: a strike is a note above this probability.
        drum_threshold: a hit is one above this.
        release: seconds by which a sound outlasts its note.
        pool: exponent of what the neighbourhood plays against what the note sounds like.
        least_share: what plays fewer of the stretch's notes than this was probably misheard, and is given up.
        register: semitones (standard deviation) over which pitches count as neighbours.
        history: seconds before a span whose notes count.
        look_ahead: seconds after it.
        drum_pool: exponent of how often a key is struck against what the hit sounds like.
        calibration: for notes.
        drum_calibration: for hits.
    """

    tracking: Tracking = field(default_factory=Tracking)
    threshold: float = 0.5
    drum_threshold: float = 0.4
    release: float = 0.0
    pool: float = 0.7
    least_share: float = 0.0
    register: float = 7.0
    history: float = 120.0
    look_ahead: float = 16.0
    drum_pool: float = 0.5
    calibration: Calibration = field(default_factory=Calibration)
    drum_calibration: Calibration = field(default_factory=Calibration)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Decoding:
        """Read JSON values: numbers, `tracking` and the calibrations as objects.

        Raises:
            ValueError: if something is not of its kind.
            TypeError: if a name is unknown.
        """
        read: dict[str, Any] = dict(values)  # Any: the constructor's keywords are of several kinds
        for name, value in values.items():
            if isinstance(value, Mapping):
                read[name] = Tracking(**value) if name == "tracking" else Calibration.from_mapping(value)
            elif not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number")
        return cls(**read)

    def to_mapping(self) -> dict[str, object]:
        """The values as JSON has them."""
        return asdict(self)

    @property
    def delay(self) -> float:
        """Seconds that must be heard after a span before it can be decided."""
        return self.look_ahead + self.tracking.longest


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list | tuple):
        raise ValueError("a list of numbers is expected")
    return tuple(float(value) for value in values)


def threshold_at(threshold: float, sensitivity: float) -> float:
    """The threshold for a wish between fewest (0) and most (1) notes; 0.5 is the threshold itself."""
    logit = np.log(threshold / (1 - threshold)) - LOGITS_PER_SENSITIVITY * (sensitivity - USUAL)
    return float(1 / (1 + np.exp(-logit)))


def _appears(score: FloatArray, threshold: float, is_note: BoolArray) -> Floats:
    """(n,) sensitivities above which `threshold_at` is below the scores: under `USUAL` for notes only."""
    sure = score.astype(np.float64).clip(1e-9, 1 - 1e-9)
    missing = np.log(threshold / (1 - threshold)) - np.log(sure / (1 - sure))
    appears = USUAL + missing / LOGITS_PER_SENSITIVITY
    found: Floats = np.where(
        is_note, np.minimum(appears, np.nextafter(USUAL, 0.0)), np.maximum(appears, USUAL)
    )
    return found


def weighed(
    notes: NoteCandidates, hits: HitCandidates, decoding: Decoding, *, span: tuple[float, float]
) -> Candidates:
    """What each candidate around a span of time would be as a note, and from which sensitivity on it is one.

    What decides about all is what is played at the usual sensitivity, so that a note stays the same however
    many others there are.

    Args:
        notes: all candidates from `history` before the span to `look_ahead` after it.
        hits: likewise.
        decoding: how.
        span: seconds, from and up to (not including).
    """
    near_notes = NoteCandidates._make(column[_near(notes.onset, decoding, span)] for column in notes)
    near_hits = HitCandidates._make(column[_near(hits.onset, decoding, span)] for column in hits)
    return Candidates.joined((_weighed_notes(near_notes, decoding), _weighed_hits(near_hits, decoding)))


def decode(
    notes: NoteCandidates,
    hits: HitCandidates,
    decoding: Decoding,
    *,
    span: tuple[float, float],
    sensitivity: float = USUAL,
) -> tuple[Note, ...]:
    """The notes that begin in a span of time.

    Args:
        notes: all candidates from `history` before the span to `look_ahead` after it.
        hits: likewise.
        decoding: how.
        span: seconds, from and up to (not including).
        sensitivity: 0-1, fewer or more notes than were found best on validation material.
    """
    return weighed(notes, hits, decoding, span=span).at(sensitivity, span=span)


def _near(onset: FloatArray, decoding: Decoding, span: tuple[float, float]) -> BoolArray:
    return (onset >= span[0] - decoding.history) & (onset < span[1] + decoding.look_ahead)


def _weighed_notes(table: NoteCandidates, decoding: Decoding) -> Candidates:
    found = np.zeros(len(table.onset), CANDIDATE_TYPE)
    if len(found):
        is_note = table.score > decoding.threshold
        programs = np.array([group.program for group in GROUPS])
        found["onset"] = table.onset
        found["end"] = table.end.astype(np.float64) - decoding.release
        found["confidence"] = decoding.calibration.confidence(table.score)
        found["appears"] = _appears(table.score, decoding.threshold, is_note)
        found["pitch"] = table.pitch
        found["velocity"] = _velocities(table.level, is_note)
        found["program"] = programs[assigned_groups(table, decoding, is_note)]
    return Candidates(found[found["appears"] < 1.0])


def assigned_groups(table: NoteCandidates, decoding: Decoding, is_note: BoolArray) -> npt.NDArray[np.int64]:
    """Instrument group of each candidate: what it sounds like, and what its register plays in this stretch.

    A few rounds of expectation and maximisation: beliefs make the mix of each register, which sharpens them.
    The rarest group is given up and its notes go to the others, until each plays its least share.

    Args:
        table: (n,) candidates.
        decoding: how.
        is_note: (n,) which of them are played: only these make the mix.

    Returns:
        (n,) indices into `GROUPS`.
    """
    evidence = table.group.astype(np.float64)
    played, pitch = evidence[is_note], table.pitch[is_note]
    for _ in GROUPS:
        mix = _mix(played, pitch, decoding)
        counts = np.bincount((played + mix[pitch]).argmax(1), minlength=len(GROUPS))
        rare = (counts > 0) & (counts < decoding.least_share * len(pitch)) & (counts < counts.max())
        if not rare.any():
            break
        rarest = np.where(rare, counts, len(pitch)).argmin()
        evidence[:, rarest] = played[:, rarest] = -np.inf
    return np.asarray((evidence + mix[table.pitch]).argmax(1), np.int64)


def _mix(evidence: Floats, pitch: npt.NDArray[np.int64], decoding: Decoding) -> Floats:
    """(128, groups) logits for each pitch, from what is played around it and in the whole stretch."""
    pitches = np.arange(128)
    kernel = np.exp(-0.5 * ((pitches[:, None] - pitches[None]) / decoding.register) ** 2)
    belief = _softmax(evidence)
    for _ in range(4):
        by_pitch = np.zeros((128, len(GROUPS)))
        np.add.at(by_pitch, pitch, belief)
        # Half the mix is that of the register, half that of the whole stretch.
        register = kernel @ by_pitch
        mix = 0.5 * register / register.sum(1, keepdims=True).clip(1e-9)
        mix += 0.5 * by_pitch.sum(0) / max(float(by_pitch.sum()), 1e-9)
        logits: Floats = decoding.pool * np.log(mix + 0.01)
        belief = _softmax(evidence + logits[pitch])
    return logits


def _softmax(x: Floats) -> Floats:
    e = np.exp(x - x.max(1, keepdims=True))
    return np.asarray(e / e.sum(1, keepdims=True), np.float64)


def _velocities(level: FloatArray, is_note: BoolArray) -> npt.NDArray[np.int64]:
    """Velocity from amplitude: the loud notes of the stretch are 105; amplitude goes with velocity ** 1.6."""
    loud = float(np.percentile(level[is_note] if is_note.any() else level, 95))
    velocity = 105 * 10 ** ((level.astype(np.float64) - loud) / 1.6)
    return np.clip(np.rint(velocity), 20, 127).astype(np.int64)


def _weighed_hits(table: HitCandidates, decoding: Decoding) -> Candidates:
    found = np.zeros(len(table.onset), CANDIDATE_TYPE)
    if len(found):
        is_note = table.score > decoding.drum_threshold
        found["onset"] = table.onset
        found["end"] = table.onset.astype(np.float64) + HIT_SECONDS
        found["confidence"] = decoding.drum_calibration.confidence(table.score)
        found["appears"] = _appears(table.score, decoding.drum_threshold, is_note)
        found["pitch"] = _assigned_keys(table, decoding.drum_pool, is_note)
        found["velocity"] = _hit_velocities(table, is_note)
        found["is_drum"] = True
    return Candidates(found[found["appears"] < 1.0])


def _hit_velocities(table: HitCandidates, is_note: BoolArray) -> npt.NDArray[np.int64]:
    """Velocity from the rise of the sound: four of five hits of a class are softer than 100."""
    velocity = np.zeros(len(table.onset))
    for drum_class in np.unique(table.drum_class):
        of_class = table.drum_class == drum_class
        played = of_class & is_note
        usual = np.percentile(table.rise[played if played.any() else of_class], 80)
        velocity[of_class] = 100 * table.rise[of_class].astype(np.float64) / max(float(usual), 1e-3)
    return np.clip(np.rint(velocity), 25, 120).astype(np.int64)


def _assigned_keys(table: HitCandidates, pool: float, is_note: BoolArray) -> npt.NDArray[np.int64]:
    """Key of each hit: what it sounds like, and which keys of its class this stretch of music uses."""
    keys = np.zeros(len(table.onset), np.int64)
    for number in np.unique(table.drum_class):
        of_class = table.drum_class == number
        played = is_note[of_class]
        columns = [key - DRUM_MIN for key in DRUM_CLASSES[number]]
        evidence = np.log(table.keys[of_class][:, columns].astype(np.float64) + 1e-4)
        belief = _softmax(evidence)
        for _ in range(3 if played.any() else 0):
            belief = _softmax(evidence + pool * np.log(belief[played].mean(0) + 0.01))
        keys[of_class] = np.array(columns)[belief.argmax(1)] + DRUM_MIN
    return keys
