"""The figures of the model card: scores by kind of music, false notes, instruments, calibration, speed."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from mt3_desktop.core.nn.lite_features import GROUPS
from mt3_desktop.core.nn.lite_model import LiteNetwork
from mt3_desktop.core.values import Note
from training.scores import Scores, matched_pairs, mean_f1, score
from training.tuning import Tracked, false_notes_a_minute, hear, track
from training.validation import Clip

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 1.0)


def figures(network: LiteNetwork, clips: Sequence[Clip]) -> str:
    """All figures on rendered clips, as Markdown."""
    config = network.net.config
    start = time.process_time()
    tracked = track(hear(network, clips), network.decoding, config.frame_seconds)
    results = [(t, t.decoded(network.decoding)) for t in tracked]
    cpu_seconds = time.process_time() - start
    seconds = sum(len(clip.samples) for clip in clips) / config.sample_rate
    by_kind: dict[str, list[Scores]] = defaultdict(list)
    for entry, notes in results:
        if entry.clip.notes:
            by_kind[entry.clip.kind].append(score(entry.clip.notes, notes))
    lines = [
        "| kind | clips | onset | onset+offset | right group | drums by key |",
        "|---|---|---|---|---|---|",
    ]
    everything = [entry for kind in by_kind.values() for entry in kind]
    for kind, scores in (*by_kind.items(), ("all", everything)):
        means = " | ".join("" if np.isnan(v) else f"{v:.1f}" for v in mean_f1(scores).values())
        lines.append(f"| {kind} | {len(scores)} | {means} |")
    quiet = ""
    if any(not clip.notes for clip in clips):
        false = false_notes_a_minute(tracked, network.decoding, config.sample_rate)
        quiet = f"False notes a minute of noise and speech: {false:.1f}. "
    lines += [
        "",
        f"{quiet}Network and decoding: {seconds / cpu_seconds:.0f} × real time on one core.",
        "",
        *_reliability(results),
        "",
        *_confusions(results),
    ]
    return "\n".join(lines)


def _reliability(results: Sequence[tuple[Tracked, Sequence[Note]]]) -> list[str]:
    """How often notes of a stated confidence are right."""
    stated: list[float] = []
    right: list[bool] = []
    for entry, notes in results:
        if not entry.clip.notes:
            continue
        for is_drum in (False, True):
            reference = [note for note in entry.clip.notes if note.is_drum == is_drum]
            estimated = [note for note in notes if note.is_drum == is_drum]
            hit = {b for _, b in matched_pairs(reference, estimated)}
            stated += [note.confidence or 0.0 for note in estimated]
            right += [i in hit for i in range(len(estimated))]
    values, hits = np.array(stated), np.array(right, np.float64)
    lines = ["| confidence | notes | stated | right |", "|---|---|---|---|"]
    for low, high in itertools.pairwise(BINS):
        inside = (values >= low) & (values < high) if high < 1 else values >= low
        if inside.any():
            lines.append(
                f"| {low:.1f}–{high:.1f} | {inside.sum()} | {100 * values[inside].mean():.0f} % "
                f"| {100 * hits[inside].mean():.0f} % |"
            )
    return lines


def _confusions(results: Sequence[tuple[Tracked, Sequence[Note]]]) -> list[str]:
    """For each group: share of matched notes that got it, and what the others got most often."""
    names = {group.program: group.name for group in GROUPS}
    heard_as: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry, notes in results:
        reference = [note for note in entry.clip.notes if not note.is_drum]
        estimated = [note for note in notes if not note.is_drum]
        for a, b in matched_pairs(reference, estimated):
            heard_as[names[reference[a].program]][names[estimated[b].program]] += 1
    lines = ["| group | matched notes | right | most often taken for |", "|---|---|---|---|"]
    for group, counts in heard_as.items():
        total = sum(counts.values())
        others = sorted((n, name) for name, n in counts.items() if name != group)
        wrong = f"{others[-1][1]} ({100 * others[-1][0] / total:.0f} %)" if others else ""
        lines.append(f"| {group} | {total} | {100 * counts.get(group, 0) / total:.0f} % | {wrong} |")
    return lines
