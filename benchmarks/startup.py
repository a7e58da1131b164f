"""How long the program takes to start: `python -m benchmarks.startup [--json out.json]`.

Each case is a process of its own, run several times; the best run counts, since all that other programs do is
slow it down. "wall s" is until the process has said what it has to say: the version, or that the window was
painted. "with a song" is the window started with a recording: until it is painted, until its first notes are
there, until all of it is heard.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import soundfile

from benchmarks import figures
from benchmarks.song import RATE, write_song

ROOT = Path(__file__).parent.parent
CASES: dict[str, tuple[str, ...]] = {
    "--version": ("--version",),
    "models list": ("models", "list"),
    "window painted": ("gui", "--smoke"),
}


SONG_SECONDS = 60.0


def first_use(song: Path, home: Path) -> dict[str, float]:
    """Start the window with a song.

    Returns:
        Wall seconds until it is painted, has its first notes, and is done.

    Raises:
        RuntimeError: if it does not get that far.
    """
    words = [sys.executable, "-m", "benchmarks.first_use", str(time.time()), str(home), str(song)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = {
        f"{milestone} s": float(seconds)
        for milestone, _, seconds in (line.rpartition(" ") for line in done.stdout.splitlines())
    }
    if "finished s" not in found:
        raise RuntimeError(f"{song.name} was not heard to its end: {done.stderr}")
    return found


def measure(words: Sequence[str], home: Path) -> dict[str, float]:
    """Start the program once.

    Returns:
        Wall seconds to the first line of output, processor seconds, and whether torch was imported (0 or 1).
    """
    command = [sys.executable, "-X", "importtime", "-m", "mt3_desktop", "--home", str(home), *words]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryFile("w+") as imports:
        before = os.times()
        begin = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=imports, cwd=ROOT, env=environment, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            wall = time.perf_counter() - begin
            process.stdout.read()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
        after = os.times()
        imports.seek(0)
        modules = {line.rpartition("|")[2].strip() for line in imports}
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall s": wall, "cpu s": cpu, "torch": float("torch" in modules)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON if asked; 1 if torch came in before it was needed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    options = parser.parse_args(arguments)
    rows = {}
    with tempfile.TemporaryDirectory() as home:
        for case, words in CASES.items():
            runs = [measure(words, Path(home)) for _ in range(options.runs)]
            rows[case] = _best(runs)
        song = Path(home) / "song.wav"
        soundfile.write(song, write_song(Path(home) / "song.f32", SONG_SECONDS), RATE)
        runs = [first_use(song, Path(home) / f"home {number}") for number in range(options.runs)]
    figures.print_table(rows, figures.last("startup"), compared=("cpu s",))
    rows["with a song"] = _best(runs)
    figures.print_table({"with a song": rows["with a song"]}, figures.last("startup"), compared=())
    for path in filter(None, (options.json, figures.FIGURES / "startup.json" if options.save else None)):
        figures.save(path, rows)
    return int(any(row.get("torch", 0) for row in rows.values()))


def _best(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: min(run[name] for run in runs) for name in runs[0]}


if __name__ == "__main__":
    sys.exit(main())
