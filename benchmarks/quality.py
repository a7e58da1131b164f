"""`python -m benchmarks.quality FOLDER ...`: how right a model's notes are on labelled recordings.

A folder has a `manifest.csv` with at least the columns `stem`, `audio`, `labels` (file names in the folder),
`seconds`, and optionally `scope`: `all`, `drums` (only drum hits are labelled) or `pitched`. Labels are a
MIDI file, or a CSV with the columns `onset_s`, `offset_s`, `pitch`, `program`, `is_drum`; the program of a
sound that General MIDI has no name for is -1. Notes are matched by mir_eval: onsets within 50 ms, offsets
within 50 ms or a fifth of the note.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
import pretty_midi

from benchmarks import figures
from mt3_desktop import load_model
from mt3_desktop.api import Transcriber

PROGRAMS_A_FAMILY = 8
ANY_FAMILY = -1


class Label(NamedTuple):
    """A note or drum hit, as labelled or as found: seconds, MIDI pitch or drum key, General MIDI program."""

    onset: float
    offset: float
    pitch: int
    program: int
    is_drum: bool

    @property
    def family(self) -> int:
        """General MIDI family, or `ANY_FAMILY` for a sound that has none."""
        return self.program // PROGRAMS_A_FAMILY


class Clip(NamedTuple):
    """A recording and what is labelled in it: `all`, `drums` or `pitched`."""

    audio: Path
    labels: tuple[Label, ...]
    seconds: float
    scope: str


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--model", default="lite", metavar="ID")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    args = parser.parse_args()
    with load_model(args.model) as model:
        rows = {f"{args.model}, {folder.name}": measure(model, clips(folder)) for folder in args.folders}
    compared = ("onset", "with offset", "right family", "drums")
    figures.print_table(rows, figures.last("quality"), compared=compared)
    for path in [
        *([args.json] if args.json else []),
        *([figures.FIGURES / "quality.json"] if args.save else []),
    ]:
        figures.save(path, rows)
    return 0


def clips(folder: Path) -> Iterator[Clip]:
    """The clips of a labelled folder, one after the other."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels = tuple(_read_labels(folder / row["labels"]))
            yield Clip(folder / row["audio"], labels, float(row["seconds"]), row.get("scope") or "all")


def measure(model: Transcriber, heard: Iterable[Clip]) -> dict[str, float]:
    """Transcribe clips; means over clips of each F1 in percent, and × real time by processor seconds."""
    scores: list[dict[str, float]] = []
    seconds = busy = 0.0
    for clip in heard:
        began = time.process_time()
        notes = model.transcribe(clip.audio).notes
        busy += time.process_time() - began
        seconds += clip.seconds
        found = [Label(n.onset, n.offset, n.pitch, n.program, n.is_drum) for n in notes]
        scores.append(score(clip.labels, found, clip.scope))
    means = {
        name: float(np.mean([s[name] for s in scores if name in s]))
        for name in ("onset", "with offset", "right family", "drums")
        if any(name in s for s in scores)
    }
    return {"clips": len(scores), "seconds": seconds, **means, "x real time, cpu": seconds / max(busy, 1e-9)}


def score(labelled: Sequence[Label], found: Sequence[Label], scope: str) -> dict[str, float]:
    """F1 of one clip in percent, by what can be said of it.

    Args:
        labelled: what is to be found.
        found: what a model says.
        scope: what is labelled: `all`, `drums` or `pitched`.

    Returns:
        "onset" and "with offset" with instruments merged and drums left out, "right family" of all notes by
        onset (of clips where everything is labelled), "drums" by key.
    """
    pitched, drums = _apart(labelled)
    found_pitched, found_drums = _apart(found)
    told: dict[str, float] = {}
    if scope != "drums" and pitched:
        told["onset"] = _f1(_matched(pitched, found_pitched), pitched, found_pitched)
        told["with offset"] = _f1(_matched(pitched, found_pitched, 0.2), pitched, found_pitched)
    if scope != "pitched" and drums:
        told["drums"] = _f1(_matched(drums, found_drums), drums, found_drums)
    if scope == "all" and labelled:
        right = sum(
            _matched(_of_family(pitched, family), _of_family(found_pitched, family))
            for family in _families(pitched, found_pitched)
        )
        told["right family"] = _f1(right + _matched(drums, found_drums), labelled, found)
    return told


def _apart(labels: Sequence[Label]) -> tuple[list[Label], list[Label]]:
    return [label for label in labels if not label.is_drum], [label for label in labels if label.is_drum]


def _families(labelled: Sequence[Label], found: Sequence[Label]) -> set[int]:
    """Those to compare; any will do where none of the labels has one."""
    if all(label.family == ANY_FAMILY for label in labelled):
        return {ANY_FAMILY}
    return {label.family for label in (*labelled, *found)}


def _of_family(labels: Sequence[Label], family: int) -> list[Label]:
    return [label for label in labels if family in (label.family, ANY_FAMILY)]


def _matched(labelled: Sequence[Label], found: Sequence[Label], offset_ratio: float | None = None) -> int:
    if not labelled or not found:
        return 0
    arrays = (*_arrays(labelled), *_arrays(found))
    return len(mir_eval.transcription.match_notes(*arrays, offset_ratio=offset_ratio))


def _arrays(labels: Sequence[Label]) -> tuple[np.ndarray, np.ndarray]:
    """Intervals (n, 2) in seconds and pitches (n,) in Hz."""
    intervals = np.array([(label.onset, max(label.offset, label.onset + 0.01)) for label in labels])
    return intervals, mir_eval.util.midi_to_hz(np.array([float(label.pitch) for label in labels]))


def _f1(matched: int, labelled: Sequence[Label], found: Sequence[Label]) -> float:
    return 200 * matched / (len(labelled) + len(found))


def _read_labels(path: Path) -> Iterator[Label]:
    if path.suffix in {".mid", ".midi"}:
        for instrument in pretty_midi.PrettyMIDI(str(path)).instruments:
            for note in instrument.notes:
                yield Label(note.start, note.end, note.pitch, instrument.program, instrument.is_drum)
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            onset, offset = float(row["onset_s"]), float(row["offset_s"])
            is_drum = row["is_drum"].strip().lower() in {"1", "true"}
            yield Label(onset, offset, int(row["pitch"]), int(row["program"]), is_drum)


if __name__ == "__main__":
    sys.exit(main())
