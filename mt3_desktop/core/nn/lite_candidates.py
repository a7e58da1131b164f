"""From probabilities of frames to candidates: every strike that might be a note, and what is known of it.

A candidate is complete when its end is known. Whether it becomes a note is decided later, in `lite_notes`,
from these tables alone: so another sensitivity needs no second run of the network. Letters as in `lite`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.nn.lite_features import DRUM_FRAMES_PER_FRAME, DRUM_MIN, GROUPS, N_DRUMS, PITCH_MIN
from mt3_desktop.core.nn.lite_rolls import Rolls
from mt3_desktop.core.values import FloatArray

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DRUM_CLASSES: tuple[tuple[int, ...], ...] = (
    (35, 36), (38, 40), (37,), (39,), (42, 44, 46), (41, 43, 45, 47, 48, 50), (49, 52, 55, 57), (51, 53, 59),
    (54,), (56,), (58,), (60, 61), (62, 63, 64), (65, 66), (67, 68), (69, 70), (71, 72), (73, 74), (75,),
    (76, 77), (78, 79), (80, 81),
)  # fmt: skip
"""Keys of which one hand or foot strikes one at a time: a hit is found in their sum, then named."""


class NoteCandidates(NamedTuple):
    """Strikes of pitches, one entry each, by onset.

    Attributes:
        onset: (n,) seconds.
        end: (n,) seconds at which the sound ends if it is not struck again.
        pitch: (n,) MIDI pitch.
        score: (n,) probability of the onset.
        level: (n,) log10 amplitude.
        group: (n, G) log of the mean probability of each instrument group over the note.
    """

    onset: FloatArray
    end: FloatArray
    pitch: IntArray
    score: FloatArray
    level: FloatArray
    group: FloatArray


class HitCandidates(NamedTuple):
    """Drum hits, one entry each, by onset.

    Attributes:
        onset: (n,) seconds.
        score: (n,) probability that a drum of its class was struck.
        rise: (n,) by how much the sound grew.
        drum_class: (n,) index into `DRUM_CLASSES`.
        keys: (n, K) share of each key, 0 outside its class.
    """

    onset: FloatArray
    score: FloatArray
    rise: FloatArray
    drum_class: IntArray
    keys: FloatArray


@dataclass(frozen=True, slots=True)
class Tracking:
    """How candidates are found and followed.

    Attributes:
        floor: candidates below this probability are not kept.
        activity: a note has ended where its activity falls below this.
        offset: … or where the probability of its end peaks above this.
        longest: seconds after which a note is ended in any case.
        group_frames: frames from the onset over which its instrument is read.
    """

    floor: float = 0.08
    activity: float = 0.4
    offset: float = 0.6
    longest: float = 14.0
    group_frames: int = 16


def no_notes() -> NoteCandidates:
    """An empty table of notes."""
    none = np.zeros(0, np.float32)
    return NoteCandidates(
        none, none, np.zeros(0, np.int64), none, none, np.zeros((0, len(GROUPS)), np.float32)
    )


def no_hits() -> HitCandidates:
    """An empty table of hits."""
    none = np.zeros(0, np.float32)
    return HitCandidates(none, none, none, np.zeros(0, np.int64), np.zeros((0, N_DRUMS), np.float32))


def joined_notes(tables: list[NoteCandidates]) -> NoteCandidates:
    """Tables one after the other, by onset and pitch."""
    joined = NoteCandidates._make(np.concatenate(column) for column in zip(no_notes(), *tables, strict=True))
    order = np.lexsort((joined.pitch, joined.onset))
    return NoteCandidates._make(column[order] for column in joined)


def joined_hits(tables: list[HitCandidates]) -> HitCandidates:
    """Tables one after the other, by onset and class."""
    joined = HitCandidates._make(np.concatenate(column) for column in zip(no_hits(), *tables, strict=True))
    order = np.lexsort((joined.drum_class, joined.onset))
    return HitCandidates._make(column[order] for column in joined)


class Tracker:
    """Follows candidates through consecutive `Rolls`.

    Keeps the frames of the last `Tracking.longest` seconds at most.
    """

    RADIUS = 2  # frames: of two strikes of a pitch closer than that, the weaker is an echo of the other

    def __init__(self, tracking: Tracking, frame_seconds: float, first_frame: int = 0) -> None:
        self._tracking = tracking
        self._frame_seconds = frame_seconds
        self._rolls: Rolls | None = None
        self._searched = first_frame
        self._open: list[_Strike] = []

    def feed(self, rolls: Rolls, *, is_last: bool) -> tuple[NoteCandidates, HitCandidates]:
        """Take the next frames; gives the notes they complete and the hits in them, in no order of time.

        Args:
            rolls: the frames after those fed before.
            is_last: no more will come: everything open ends.
        """
        known = rolls if self._rolls is None else _appended(self._rolls, rolls)
        end = known.first + len(known.onset)
        searched = end if is_last else end - self.RADIUS
        self._open += self._strikes(known, self._searched, searched)
        hits = self._hits(known, self._searched, searched)
        self._searched = searched
        done = []
        for strike in self._open:
            self._follow(strike, known, end, is_last)
            if strike.end is not None:
                done.append(strike)
        self._open = [strike for strike in self._open if strike.end is None]
        notes = self._table(done, known, end)
        oldest = min((strike.frame for strike in self._open), default=searched) - self.RADIUS
        self._rolls = _from(known, max(known.first, oldest))
        return notes, hits

    def still_open(self) -> NoteCandidates:
        """What has begun and not ended, as if it ended with the last frame."""
        if self._rolls is None or not self._open:
            return no_notes()
        return self._table(self._open, self._rolls, self._rolls.first + len(self._rolls.onset))

    def _strikes(self, known: Rolls, start: int, end: int) -> list[_Strike]:
        """Peaks of the onset probability in frames [start, end)."""
        frame, column, position, score = _peaks(
            known.onset, self.RADIUS, self._tracking.floor, start - known.first, end - known.first
        )
        return [
            _Strike(int(f) + known.first, int(c), float(p) + known.first, float(s))
            for f, c, p, s in zip(frame, column, position, score, strict=True)
        ]

    def _follow(self, strike: _Strike, known: Rolls, end: int, is_last: bool) -> None:
        """Look for the end of a strike in the frames that it has not been followed through."""
        tracking, first = self._tracking, known.first
        longest = strike.frame + int(tracking.longest / self._frame_seconds)
        a, b = strike.followed - first, min(end, longest) - first
        activity = known.activity[a:b, strike.column]
        offset = known.offset[max(0, a - 1) : b + 1, strike.column]
        lead = 1 if a > 0 else 0
        inner = offset[lead : lead + len(activity)]
        before = offset[lead - 1 : lead - 1 + len(activity)] if lead else np.r_[0.0, inner[:-1]]
        after = np.r_[offset[lead + 1 :], np.zeros(len(activity))][: len(activity)]
        is_peak = (inner >= tracking.offset) & (inner >= before) & (inner > after)
        # The last frame's neighbour is not known yet: it is looked at again with the next frames.
        usable = len(activity) if is_last or b + first < end else len(activity) - 1
        ended = np.nonzero((activity < tracking.activity)[:usable] | is_peak[:usable])[0]
        if len(ended):
            k = int(ended[0])
            strike.end = self._end_position(known, strike.column, a + k, bool(is_peak[k])) + first
        elif b + first == longest or is_last:
            strike.end = float(b + first)
        strike.followed = max(strike.followed, usable + a + first)

    def _end_position(self, known: Rolls, column: int, k: int, is_peak: bool) -> float:
        """Where between frames a note ends, as a frame number; frame k of `known` is the first beyond it."""
        if is_peak:
            return float(_parabola(known.offset[:, column], np.array([k]))[0])
        threshold = self._tracking.activity
        before, now = float(known.activity[k - 1, column]), float(known.activity[k, column])
        if before <= threshold:
            return float(k)
        return k - 1 + (before - threshold) / (before - now)

    def _table(self, strikes: list[_Strike], known: Rolls, end: int) -> NoteCandidates:
        seconds = self._frame_seconds
        rows: list[tuple[float, float, int, float, float]] = []
        groups = []
        for strike in strikes:
            last = end if strike.end is None else round(strike.end) + 1
            a = strike.frame - known.first
            b = min(max(last - known.first, a + 1), a + self._tracking.group_frames)
            onset = max(0.0, (strike.position + 0.5) * seconds)
            stop = float(end) if strike.end is None else strike.end + 0.5
            level = float(known.level[a : a + 3, strike.column].max())
            rows.append((onset, stop * seconds, strike.column + PITCH_MIN, strike.score, level))
            groups.append(np.log(known.group[a:b, strike.column].mean(0) + 1e-4))
        if not rows:
            return no_notes()
        onset_, end_, pitch, score, level_ = (np.array(column) for column in zip(*rows, strict=True))
        single = np.float32
        return NoteCandidates(
            onset_.astype(single), end_.astype(single), pitch.astype(np.int64), score.astype(single),
            level_.astype(single), np.array(groups, single),
        )  # fmt: skip

    def _hits(self, known: Rolls, start: int, end: int) -> HitCandidates:
        """Peaks of the sums over `DRUM_CLASSES` in frames [start, end)."""
        fine = DRUM_FRAMES_PER_FRAME
        total = np.stack(
            [1 - np.prod(1 - known.drums[:, _columns(c)], 1) for c in range(len(DRUM_CLASSES))], 1
        )
        frame, number, position, score = _peaks(
            total, self.RADIUS, self._tracking.floor, (start - known.first) * fine, (end - known.first) * fine
        )
        keys = np.zeros((len(frame), N_DRUMS), np.float32)
        rise = np.zeros(len(frame), np.float32)
        for i, (k, c) in enumerate(zip(frame, number, strict=True)):
            around = slice(max(0, k - 1), k + 2)
            columns = _columns(int(c))
            belief = known.drums[around][:, columns].sum(0)
            keys[i, columns] = belief / max(float(belief.sum()), 1e-9)
            rise[i] = known.drum_rise[around].max()
        onset = np.maximum(0.0, (position + known.first * fine + 0.5) * self._frame_seconds / fine)
        return HitCandidates(onset.astype(np.float32), score.astype(np.float32), rise, number, keys)


@dataclass(slots=True)
class _Strike:
    """A candidate on its way: where it was struck and how far it has been followed."""

    frame: int
    column: int
    position: float
    score: float
    end: float | None = None
    followed: int = -1

    def __post_init__(self) -> None:
        if self.followed < 0:
            self.followed = self.frame + 1


def _columns(drum_class: int) -> list[int]:
    return [key - DRUM_MIN for key in DRUM_CLASSES[drum_class]]


def _peaks(
    roll: FloatArray, radius: int, floor: float, start: int, end: int
) -> tuple[IntArray, IntArray, npt.NDArray[np.float64], FloatArray]:
    """Frames in [start, end) that nothing within `radius` surpasses.

    Returns:
        Frame, column, position between frames (a parabola through three frames), height.
    """
    n = len(roll)
    padded = np.pad(roll, ((radius, radius), (0, 0)), constant_values=-1.0)
    is_peak = roll > floor
    for d in range(1, radius + 1):
        is_peak &= (roll >= padded[radius - d : radius - d + n]) & (
            roll > padded[radius + d : radius + d + n]
        )
    is_peak[: max(0, start)] = False
    is_peak[end:] = False
    frame, column = np.nonzero(is_peak)
    position = frame + np.zeros(len(frame))
    for c in np.unique(column):
        chosen = column == c
        position[chosen] = _parabola(roll[:, c], frame[chosen])
    return frame, column, position, roll[frame, column]


def _parabola(row: FloatArray, frames: IntArray) -> npt.NDArray[np.float64]:
    """Positions of the tips of triangles sampled at `frames` and their neighbours."""
    padded = np.pad(row.astype(np.float64), 1)
    left, tip, right = padded[frames], padded[frames + 1], padded[frames + 2]
    lean = np.where(
        left > right,
        -(left - right) / (2 * np.maximum(tip - right, 1e-4)),
        (right - left) / (2 * np.maximum(tip - left, 1e-4)),
    )
    return np.asarray(frames + np.clip(lean, -0.5, 0.5), np.float64)


def _appended(before: Rolls, after: Rolls) -> Rolls:
    """Two runs of consecutive frames as one."""
    pairs = zip(before[1:], after[1:], strict=True)
    return Rolls(before.first, *(np.concatenate(pair) for pair in pairs))


def _from(rolls: Rolls, frame: int) -> Rolls:
    """The frames from number `frame` on."""
    skip = frame - rolls.first
    frames = len(rolls.onset)
    return Rolls(frame, *(roll[skip * (len(roll) // frames) :] for roll in rolls[1:]))
