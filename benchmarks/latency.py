"""How long the window keeps one waiting while it works: `python -m benchmarks.latency [--json out.json]`.

The real window with the built-in model, offscreen. A timer that is due every 10 ms stands for the user: how
late it comes is how long a click would have waited. At rest; while the model is loaded as at every start,
which brings torch in (`app.torch_library` opens its largest library beside the event loop, and a hitch of 200
to 460 ms is left on a busy core); then while two songs are transcribed, whose notes arrive in the roll
meanwhile. 100 ms is where people begin to notice.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import soundfile
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication  # noqa: TID251 - it measures the window

from benchmarks import figures
from benchmarks.song import RATE, write_song
from mt3_desktop.app.job import JobState
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.composition import Session, build
from mt3_desktop.gui.main import application

DUE_MS = 10
REST_SECONDS = 3.0
WARM_UP_SECONDS = 10.0


def lateness(until: Callable[[], bool]) -> dict[str, float]:
    """Let events run until `until()`, and say how late they came.

    Returns:
        Milliseconds: median, 99th percentile, and the latest of all; and how many seconds it took.
    """
    late_ms: list[float] = []
    loop = QEventLoop()
    begin = last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late_ms.append(max(0.0, 1000 * (now - last) - DUE_MS))
        last = now
        if until():
            loop.quit()

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=DUE_MS)
    timer.timeout.connect(tick)
    timer.start()
    loop.exec()
    timer.stop()
    middle, high = np.percentile(late_ms, (50, 99))
    seconds = time.perf_counter() - begin
    return {"p50 ms": float(middle), "p99 ms": float(high), "max ms": max(late_ms), "seconds": seconds}


def measure(session: Session, songs: Sequence[Path]) -> dict[str, dict[str, float]]:
    """At rest, while the model is loaded, and while songs are transcribed one after the other.

    Raises:
        RuntimeError: if a transcription fails.
    """
    queue = session.services.queue

    def for_seconds(seconds: float) -> dict[str, float]:
        until = time.perf_counter() + seconds
        return lateness(lambda: time.perf_counter() > until)

    rows = {"at rest": for_seconds(REST_SECONDS)}
    session.begin(())
    rows["warm-up"] = for_seconds(WARM_UP_SECONDS)
    for number, song in enumerate(songs, start=1):
        session.wiring.open([song])
        rows[f"song {number}"] = lateness(lambda: not queue.is_busy)
        state = queue.jobs[-1].state
        if state is not JobState.DONE:
            raise RuntimeError(f"song {number} is {state.value}")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180.0, help="length of the song")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    options = parser.parse_args(arguments)
    app = application()
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        songs = [folder / "first.wav", folder / "second.wav"]
        sound = write_song(folder / "song.f32", options.seconds)
        for song in songs:
            soundfile.write(song, sound, RATE)
        session = build(app, Locations.default(folder / "home"))
        session.window.show()
        rows = measure(session, songs)
        session.close()
    figures.print_table(rows, figures.last("latency"), compared=("p99 ms",))
    for path in filter(None, (options.json, figures.FIGURES / "latency.json" if options.save else None)):
        figures.save(path, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
