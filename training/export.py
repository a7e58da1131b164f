"""From a training state to the files that ship: weights in half precision and the settings of their use."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from mt3_desktop.core.nn.lite_features import LiteConfig
from mt3_desktop.core.nn.lite_model import CONFIG_NAME, WEIGHTS_NAME
from mt3_desktop.core.nn.lite_notes import Decoding
from training.examples import N_FRAMES
from training.state import State


def export(state: State, folder: Path, config: LiteConfig) -> None:
    """Write the mean weights; decoding settings that the folder has already are kept.

    Args:
        state: whose running mean ships.
        folder: receives `model.safetensors` and `config.json`.
        config: sizes of the network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = {name: value.half().contiguous() for name, value in state.mean.items()}
    save_file(half, folder / WEIGHTS_NAME)
    path = folder / CONFIG_NAME
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    decoding = before.get("decoding", Decoding().to_mapping())
    write_config(folder, config, decoding)


def write_decoding(folder: Path, decoding: Decoding) -> None:
    """Put other decoding settings into the folder of a model."""
    before = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    write_config(folder, LiteConfig.from_mapping(before["network"]), decoding.to_mapping())


def write_config(folder: Path, config: LiteConfig, decoding: dict[str, object]) -> None:
    """Write `config.json`."""
    values = {"network": config.to_mapping(), "window_frames": N_FRAMES, "decoding": decoding}
    (folder / CONFIG_NAME).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
