"""How much CPU time the piano roll takes: `python benchmarks/piano_roll.py [--json out.json]`.

Each figure is CPU milliseconds of the main thread on software rendering (the offscreen platform), so that
other programs on the machine do not count. A "repaint" paints the whole roll after the window moved by a
little: the worst case of scrolling. 33 ms is 30 frames a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication  # noqa: TID251 - it measures widgets

from mt3_desktop.core.audio.key_spectrogram import HOP_SECONDS, MAX_FRAMES, KeySpectrogram
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note, sort_key
from mt3_desktop.gui.roll.backdrop import Peaks
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.roll.viewport import Window
from mt3_desktop.gui.theme import apply_theme

WIDTH, HEIGHT = 1400, 700
NOTES_PER_SECOND = 16.0
PROGRAMS = (0, 33, 48, 65, 27, 73, 11)
TARGET_MS = 33.0


def song(n_notes: int, *, seed: int = 7) -> tuple[Note, ...]:
    """Random notes of eight instruments, 16 a second, an eighth of them drums."""
    rng = np.random.default_rng(seed)
    duration = n_notes / NOTES_PER_SECOND
    onsets = np.sort(rng.uniform(0.0, duration, n_notes)).tolist()
    lengths = rng.gamma(2.0, 0.15, n_notes).clip(0.03, 4.0).tolist()
    parts = rng.integers(0, len(PROGRAMS) + 1, n_notes).tolist()
    pitches = rng.normal(62, 12, n_notes).clip(24, 100).astype(int).tolist()
    drums = rng.choice([36, 38, 42, 46, 49, 51], n_notes).tolist()
    velocities = rng.integers(40, 120, n_notes).tolist()
    notes = []
    for onset, length, part, pitch, drum, velocity in zip(
        onsets, lengths, parts, pitches, drums, velocities, strict=True
    ):
        is_drum = part == len(PROGRAMS)
        program = 0 if is_drum else PROGRAMS[part]
        notes.append(Note(onset, onset + length, drum if is_drum else pitch, velocity, program, is_drum))
    return tuple(sorted(notes, key=sort_key))


def flush() -> None:
    """Let everything that is due be painted."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.MetaCall.value)
    QApplication.processEvents()


def cpu_ms(action: Callable[[int], None], *, repeats: int) -> tuple[float, float]:
    """Median and 95th percentile of the CPU time of `action(i)` with everything it makes Qt paint."""
    times = []
    for i in range(repeats):
        begin = time.thread_time()
        action(i)
        flush()
        times.append(1000.0 * (time.thread_time() - begin))
    return statistics.median(times), float(np.percentile(times, 95))


def measure_view(roll: RollView, seconds: float, *, repeats: int) -> dict[str, float]:
    """Scroll, and repaint at rest, with `seconds` in the window."""
    duration = roll.viewport.duration
    seconds = min(seconds, duration)
    middle = max((duration - seconds) / 2.0, 0.0)
    low, high = roll.viewport.window.low, roll.viewport.window.high
    roll.viewport.zoom_to(Window(middle, middle + seconds, low, high))
    flush()

    def scroll(i: int) -> None:
        window = roll.viewport.window
        step = 0.01 * seconds * (1 if i % 2 else -1)
        if seconds >= duration:  # nowhere to scroll to: zoom a little
            roll.viewport.zoom_time(0.99 if i % 2 else 1 / 0.99, window.start)
        else:
            roll.viewport.show_seconds(window.start + step, window.end + step)

    def repaint(_i: int) -> None:
        roll.area.repaint_all()
        roll.drum_area.repaint_all()

    moving, moving_95 = cpu_ms(scroll, repeats=repeats)
    for area in (roll.area, roll.drum_area):
        area.notes.set_moving(False)
    flush()
    resting, _ = cpu_ms(repaint, repeats=max(repeats // 2, 3))
    n_drawn = roll.area.notes.drawn + roll.drum_area.notes.drawn
    return {"notes": n_drawn, "scroll_ms": moving, "scroll_p95_ms": moving_95, "rest_ms": resting}


def measure_append(n_notes: int, *, repeats: int) -> float:
    """CPU milliseconds per segment of 40 notes that arrives on top of a whole song."""
    notes = song(n_notes)
    roll = build_roll(notes)
    fresh = song(40 * repeats, seed=9)
    step = 40

    def arrive(i: int) -> None:
        shift = roll.viewport.window.start
        part = fresh[i * step : (i + 1) * step]
        first = part[0].onset
        roll.append(
            Note(n.onset - first + shift, n.offset - first + shift, n.pitch, n.velocity, n.program, n.is_drum)
            for n in part
        )
        roll.flush()

    median, _ = cpu_ms(arrive, repeats=repeats)
    roll.close()
    return median


def measure_playhead(roll: RollView, *, repeats: int) -> float:
    """CPU milliseconds per step of the playhead through the window."""
    window = roll.viewport.window
    step = window.seconds / (2 * repeats)
    median, _ = cpu_ms(lambda i: roll.set_playhead(window.start + i * step), repeats=repeats)
    return median


def build_roll(notes: tuple[Note, ...]) -> RollView:
    """A roll on screen with some notes, and with all that can lie behind them."""
    roll = RollView()
    roll.resize(WIDTH, HEIGHT)
    roll.set_tracks(tracks_of(notes))
    duration = max(note.offset for note in notes)
    roll.set_duration(duration)
    roll.set_notes(notes)
    rng = np.random.default_rng(1)
    n_frames = min(int(duration / HOP_SECONDS), MAX_FRAMES)
    levels = rng.integers(0, 255, (264, n_frames), dtype=np.uint8)
    roll.set_spectrogram(KeySpectrogram(levels, duration / n_frames))
    loud = rng.random(int(duration * 100)).astype(np.float32)
    roll.set_peaks(Peaks(-loud, loud, 0.01))
    roll.show()
    flush()
    return roll


def main(arguments: list[str]) -> int:
    """Measure, print a table, write JSON if asked; 1 if 20,000 notes are not smooth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--notes", type=int, nargs="+", default=[5_000, 20_000, 50_000])
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    figures: list[dict[str, float | str]] = []
    print("CPU ms per repaint")
    print(f"{'notes':>7} {'window':>8} {'in view':>8} {'scroll':>8} {'p95':>8} {'at rest':>8}")
    for n_notes in options.notes:
        notes = song(n_notes)
        begin = time.thread_time()
        roll = build_roll(notes)
        loaded = 1000.0 * (time.thread_time() - begin)
        for name, seconds in (("10 s", 10.0), ("5 min", 300.0), ("whole", 1e9)):
            found = measure_view(roll, seconds, repeats=options.repeats)
            figures.append({"song": n_notes, "window": name, **found})
            print(
                f"{n_notes:>7} {name:>8} {found['notes']:>8.0f} {found['scroll_ms']:>8.1f} "
                f"{found['scroll_p95_ms']:>8.1f} {found['rest_ms']:>8.1f}"
            )
        roll.fit()
        flush()
        playhead = measure_playhead(roll, repeats=options.repeats)
        roll.close()
        append = measure_append(n_notes, repeats=options.repeats)
        figures.append({"song": n_notes, "load_ms": loaded, "append_ms": append, "playhead_ms": playhead})
        print(f"{n_notes:>7}  load {loaded:.0f}, 40 live notes {append:.1f}, playhead {playhead:.1f} ms")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    slow = [f for f in figures if f["song"] == 20_000 and float(f.get("scroll_ms", 0.0)) > TARGET_MS]
    for figure in slow:
        print(f"too slow: {figure}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
