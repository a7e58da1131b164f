"""`python -m benchmarks transcribe`: processor time, speed and memory of every model."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import figures
from benchmarks.checkpoints import write_mr_mt3, write_mt3
from benchmarks.one_run import Measured
from benchmarks.song import write_song

ROOT = Path(__file__).parent.parent
CHECKPOINTS: dict[str, Callable[..., Path]] = {"mt3_pytorch": write_mt3, "mr_mt3": write_mr_mt3}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    transcribe = commands.add_parser("transcribe", help="time and memory of transcribing")
    transcribe.add_argument("--models", nargs="+", default=["lite", "mt3_pytorch"], metavar="ID")
    transcribe.add_argument("--seconds", nargs="+", type=float, default=[30.0, 180.0])
    transcribe.add_argument("--tokens", type=int, default=80, help="about the median of a segment; 0: no end")
    transcribe.add_argument("--device", default="cpu")
    transcribe.add_argument("--threads", type=int, default=0, help="0: the program's choice")
    transcribe.add_argument("--weights", type=Path, help="measure this checkpoint instead of a random one")
    transcribe.add_argument("--json", type=Path, help="write the figures here")
    transcribe.add_argument("--save", action="store_true", help="make them the figures to compare with")
    transcribe.set_defaults(run=run_transcribe)
    args = parser.parse_args()
    args.run(args)
    return 0


def run_transcribe(args: argparse.Namespace) -> None:
    """Measure every model on every length, each in a process of its own."""
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seconds in args.seconds:
            song = folder / "song.f32"
            write_song(song, seconds)
            for model in args.models:
                weights = _weights(model, folder, args)
                asked = {
                    "model": model,
                    "weights": str(weights or ""),
                    "song": str(song),
                    "device": args.device,
                    "threads": args.threads,
                }
                rows[_case(model, seconds, args)] = _figures(measure_apart(asked), seconds)
    figures.print_table(rows, figures.last("transcribe"), compared=("cpu s", "peak MB"))
    for path in [
        *([args.json] if args.json else []),
        *([figures.FIGURES / "transcribe.json"] if args.save else []),
    ]:
        figures.save(path, rows)


def _weights(model: str, folder: Path, args: argparse.Namespace) -> Path | None:
    if args.weights:
        return Path(args.weights)
    write = CHECKPOINTS.get(model)
    return write(folder / model, tokens=args.tokens) if write else None


def _case(model: str, seconds: float, args: argparse.Namespace) -> str:
    tokens = f", {args.tokens} tokens" if model in CHECKPOINTS else ""
    return f"{model}, {seconds:g} s{tokens}, {args.device}"


def measure_apart(asked: dict[str, object]) -> Measured:
    """`one_run.measure` with these arguments, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.one_run", json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    return Measured(**json.loads(done.stdout))


def _figures(measured: Measured, seconds: float) -> dict[str, float]:
    mean, _, most = measured.tokens or (0.0, 0.0, 0.0)
    return measured.stages | {
        "cpu s": measured.total_cpu,
        "wall s": measured.total_wall,
        "x real time": seconds / measured.total_wall,
        "first, wall": measured.first_wall,
        "load cpu": measured.load_cpu,
        "load MB": measured.load_mb,
        "peak MB": measured.peak_mb,
        "tokens": mean,
        "most": most,
        "threads": measured.threads,
    }


if __name__ == "__main__":
    sys.exit(main())
