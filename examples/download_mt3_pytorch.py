"""Three ways to get a model: when it is needed, ahead of time, or all of them.

    python examples/download_mt3_pytorch.py auto     # load the model; it is fetched if it is not here
    python examples/download_mt3_pytorch.py manual   # fetch one model ahead of time, with progress
    python examples/download_mt3_pytorch.py all      # fetch every model, for days without internet

A second run costs nothing. An interrupted one goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys

from mt3_desktop import MT3Error, download_model, list_models, load_model
from mt3_desktop.core.progress import Progress, Stage, every

MODEL = "mt3_pytorch"


def fetch_on_load() -> None:
    """`load_model` fetches what is missing; with `auto_download=False` it says how to get it instead."""
    with load_model(MODEL, auto_download=True) as model:
        print(f"{model.spec.title} is loaded. Next: model.transcribe(audio, sr=44100).save('out.mid')")


def fetch_ahead() -> None:
    """`download_model` only fetches: no weights are loaded, no torch is imported."""
    path = download_model(MODEL, report=every(0.5, show))
    print(f"\n{MODEL} is here: {path}")


def fetch_all() -> None:
    """Every model of the catalogue; those that come with the program need no file."""
    for spec in list_models():
        if spec.is_built_in:
            print(f"{spec.title}: comes with the program")
            continue
        path = download_model(spec.id, report=every(0.5, show))
        print(f"\n{spec.title}: {path} (licence of the weights: {spec.licence})")


def show(progress: Progress) -> None:
    """One line that is written over: "184 of 184 MB from huggingface.co"."""
    if progress.stage is Stage.FETCH and progress.total:
        done, total = progress.done / 1e6, progress.total / 1e6
        print(f"\r{done:.0f} of {total:.0f} MB from {progress.note}", end="", flush=True)


WAYS = {"auto": fetch_on_load, "manual": fetch_ahead, "all": fetch_all}


def main() -> int:
    """Take one of the three ways."""
    parser = argparse.ArgumentParser(description="Three ways to get a model.")
    parser.add_argument("way", choices=WAYS)
    way = parser.parse_args().way
    try:
        WAYS[way]()
    except MT3Error as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
