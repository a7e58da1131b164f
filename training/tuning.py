"""Choose decoding settings and calibration on validation material, one setting after the other.

The network runs once over every clip; settings are then tried on its probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from mt3_desktop.core.nn.lite_candidates import (
    HitCandidates,
    NoteCandidates,
    Tracker,
    Tracking,
    joined_hits,
    joined_notes,
)
from mt3_desktop.core.nn.lite_model import LiteNetwork
from mt3_desktop.core.nn.lite_notes import Calibration, Decoding, decode
from mt3_desktop.core.nn.lite_rolls import Rolls, stream_rolls
from mt3_desktop.core.values import Note
from training.scores import Scores, matched_pairs, mean_f1, score
from training.validation import Clip

EVERYTHING = (-float("inf"), float("inf"))
FALSE_NOTE_COST = 0.1
"""Points of F1 that a false note a minute of noise or speech is worth."""
SLACK = 1.0
"""Points of F1 within which the setting is taken that lets notes last longest: a SoundFont's sounds die more
suddenly than those of instruments in rooms, so the best setting on renders ends notes of recordings early."""
POOL_SLACK = 0.5
"""The same for pooling: where it hardly matters, the weaker one, or the commonest instrument takes all."""
THRESHOLD_SLACK = 0.4
"""The same for the threshold: where it hardly matters, the higher one. Validation has no sounds as strange as
recordings and speech have; with thresholds 0.07 lower, equal there, speech drew twice as many notes."""
Report = Callable[[str], None]
Settings = TypeVar("Settings", Decoding, Tracking)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A clip and what the network makes of it."""

    clip: Clip
    rolls: tuple[Rolls, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A clip and its candidates under some `Tracking`."""

    clip: Clip
    notes: NoteCandidates
    hits: HitCandidates

    def decoded(self, decoding: Decoding) -> tuple[Note, ...]:
        """The notes under some settings; clips are short, so one span holds all."""
        return decode(self.notes, self.hits, decoding, span=EVERYTHING)


def hear(network: LiteNetwork, clips: Iterable[Clip]) -> list[Heard]:
    """Run the network over clips."""
    return [
        Heard(
            clip,
            tuple(
                stream_rolls(
                    network.net,
                    network.front_end,
                    clip.samples,
                    network.grid(len(clip.samples)),
                    check=lambda: None,
                )
            ),
        )
        for clip in clips
    ]


def track(heard: Sequence[Heard], decoding: Decoding, frame_seconds: float) -> list[Tracked]:
    """Find and follow the candidates of every clip."""
    tables = []
    for entry in heard:
        tracker = Tracker(decoding.tracking, frame_seconds)
        last = len(entry.rolls) - 1
        parts = [tracker.feed(rolls, is_last=i == last) for i, rolls in enumerate(entry.rolls)]
        notes, hits = zip(*parts, strict=True)
        tables.append(Tracked(entry.clip, joined_notes(list(notes)), joined_hits(list(hits))))
    return tables


def scores_of(tracked: Sequence[Tracked], decoding: Decoding) -> list[Scores]:
    """Scores of every clip that has notes."""
    return [score(t.clip.notes, t.decoded(decoding)) for t in tracked if t.clip.notes]


def false_notes_a_minute(tracked: Sequence[Tracked], decoding: Decoding, rate: int) -> float:
    """Notes found where there are none, a minute."""
    negatives = [t for t in tracked if not t.clip.notes]
    seconds = sum(len(t.clip.samples) / rate for t in negatives)
    return 60 * sum(len(t.decoded(decoding)) for t in negatives) / max(seconds, 1e-9)


def tune(network: LiteNetwork, heard: Sequence[Heard], *, report: Report) -> Decoding:
    """The settings that do best on the clips, and calibrations of scores for them."""
    frame_seconds = network.net.config.frame_seconds
    rate = network.net.config.sample_rate
    best = network.decoding
    tracked = track(heard, best, frame_seconds)

    def onset(decoding: Decoding) -> float:
        false = false_notes_a_minute(tracked, decoding, rate)
        return mean_f1(scores_of(tracked, decoding))["onset"] - FALSE_NOTE_COST * min(false, 60.0)

    def named(name: str) -> Callable[[Decoding], float]:
        return lambda decoding: mean_f1(scores_of(tracked, decoding))[name]

    def offset(decoding: Decoding) -> float:
        again = track([entry for entry in heard if entry.clip.notes], decoding, frame_seconds)
        return mean_f1(scores_of(again, decoding))["offset"]

    best = _best(best, onset, "threshold", np.arange(0.65, 0.3, -0.05), report, slack=THRESHOLD_SLACK)
    best = replace(
        best, release=0.03
    )  # near its value, so that the thresholds do not have to stand in for it
    for _ in range(2):
        best = _best_tracking(best, offset, "activity", np.arange(0.3, 0.75, 0.1), report)
        best = _best_tracking(best, offset, "offset", np.arange(0.4, 0.95, 0.1), report)
    tracked = track(heard, best, frame_seconds)
    best = _best(best, named("offset"), "release", np.arange(0.0, 0.065, 0.01), report, slack=SLACK)
    near = best.threshold + np.arange(0.06, -0.07, -0.02)
    best = _best(best, onset, "threshold", near, report, slack=THRESHOLD_SLACK)
    best = _best(best, named("grouped"), "pool", (0.3, 0.6, 0.9, 1.2), report, slack=POOL_SLACK)
    best = _best(best, named("grouped"), "register", (4.0, 7.0, 12.0), report)
    best = _best(best, named("drums"), "drum_threshold", np.arange(0.2, 0.7, 0.05), report)
    best = _best(best, named("drums"), "drum_pool", (0.0, 0.4, 0.8, 1.2), report)
    return replace(
        best,
        calibration=_calibrated(tracked, best, is_drum=False),
        drum_calibration=_calibrated(tracked, best, is_drum=True),
    )


def _first_good(results: Sequence[float], slack: float) -> int:
    """Index of the first result that is within `slack` of the best."""
    return next(i for i, result in enumerate(results) if result >= max(results) - slack)


def _changed(settings: Settings, name: str, value: float) -> Settings:
    """Settings with one number changed."""
    changes: dict[str, Any] = {name: round(value, 3)}  # Any: the names are known only at run time
    return replace(settings, **changes)


def _best(
    decoding: Decoding,
    value_of: Callable[[Decoding], float],
    name: str,
    values: Iterable[float],
    report: Report,
    *,
    slack: float = 0.0,
) -> Decoding:
    tried = [_changed(decoding, name, float(value)) for value in values]
    results = [value_of(entry) for entry in tried]
    for entry, result in zip(tried, results, strict=True):
        report(f"{name} {getattr(entry, name):g}: {result:.2f}")
    return tried[_first_good(results, slack)]


def _best_tracking(
    decoding: Decoding,
    value_of: Callable[[Decoding], float],
    name: str,
    values: Iterable[float],
    report: Report,
) -> Decoding:
    settings = [_changed(decoding.tracking, name, float(value)) for value in values]
    tried = [replace(decoding, tracking=entry) for entry in settings]
    results = [value_of(entry) for entry in tried]
    for setting, result in zip(settings, results, strict=True):
        report(f"tracking.{name} {getattr(setting, name):g}: {result:.2f}")
    return tried[_first_good(results, 0.0)]


def _calibrated(tracked: Sequence[Tracked], decoding: Decoding, *, is_drum: bool) -> Calibration:
    """Precision as a rising function of the score, from all but the faintest candidates."""
    loose = replace(
        decoding, threshold=0.15, drum_threshold=0.15, calibration=Calibration(),
        drum_calibration=Calibration(),
    )  # fmt: skip
    scores: list[float] = []
    right: list[bool] = []
    for entry in tracked:
        reference = [note for note in entry.clip.notes if note.is_drum == is_drum]
        estimated = [note for note in entry.decoded(loose) if note.is_drum == is_drum]
        hit = {b for _, b in matched_pairs(reference, estimated)}
        scores += [note.confidence or 0.0 for note in estimated]
        right += [i in hit for i in range(len(estimated))]
    return rising(np.array(scores), np.array(right, np.float64))


def rising(scores: np.ndarray, right: np.ndarray, *, n_points: int = 8) -> Calibration:
    """A rising curve of precision over score: means of equal shares of the candidates, neighbours pooled.

    Args:
        scores: (n,) in [0, 1].
        right: (n,) 1 where the candidate was right, else 0.
        n_points: shares.
    """
    if len(scores) < n_points:
        return Calibration()
    order = np.argsort(scores)
    shares = np.array_split(order, n_points)
    pools = [[float(scores[s].mean()), float(right[s].mean()), float(len(s))] for s in shares]
    merged: list[list[float]] = []
    for pool in pools:
        merged.append(pool)
        while len(merged) > 1 and merged[-1][1] < merged[-2][1]:
            (x1, y1, n1), (x2, y2, n2) = merged[-2], merged[-1]
            n = n1 + n2
            merged[-2:] = [[(x1 * n1 + x2 * n2) / n, (y1 * n1 + y2 * n2) / n, n]]
    points = [(0.0, 0.0), *((round(x, 3), round(y, 3)) for x, y, _ in merged)]
    points.append((1.0, min(1.0, points[-1][1] + 0.01)))
    xs, ys = zip(*points, strict=True)
    return Calibration(tuple(xs), tuple(ys))
