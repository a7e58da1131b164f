"""Files that are not quite an MT3 are refused in one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mt3_desktop.core.errors import DamagedCheckpoint, DeviceUnavailable
from mt3_desktop.core.families.mt3 import SPEC, build, recognises
from mt3_desktop.core.nn.weights import read_facts
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.values import AudioClip

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3" / "model_B"
Q = "decoder.block.0.layer.0.SelfAttention.q.weight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "model", ignore=shutil.ignore_patterns("outputs.*"))
    return tmp_path / "model"


def rewrite(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    path = folder / "mt3.pth"
    tensors = torch.load(path, weights_only=True)
    change(tensors)
    torch.save(tensors, path)


def restate(folder: Path, **stated: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | stated))


def with_nan(tensors: dict[str, Tensor]) -> None:
    tensors[Q][3, 2] = torch.nan


def with_parted_alias(tensors: dict[str, Tensor]) -> None:
    tensors["encoder.embed_tokens.weight"] = tensors["proj.weight"] + 1


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop(Q),
        lambda tensors: tensors.pop("lm_head.weight"),
        lambda tensors: tensors.pop("encoder.block.0.layer.0.SelfAttention.q.weight"),
        lambda tensors: tensors.update({Q: tensors[Q][:-1]}),
        lambda tensors: tensors.update({Q: tensors[Q].to(torch.int32)}),
        lambda tensors: tensors.update({"proj.weight": torch.zeros(0, 48)}),
        lambda tensors: tensors.update({"lm_head.weight": torch.zeros(7)}),
        lambda tensors: tensors.update({"decoder.extra.weight": torch.zeros(3)}),
        with_nan,
        with_parted_alias,
    ],
)
def test_other_tensors(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    rewrite(folder, change)
    with pytest.raises(DamagedCheckpoint) as caught:
        build(SPEC, folder / "mt3.pth", "cpu")
    assert caught.value.message.endswith(".")
    assert caught.value.detail


@pytest.mark.parametrize(
    "stated",
    [
        {"d_model": 64},
        {"num_layers": 10**9},
        {"d_kv": 7},
        {"d_kv": 0},
        {"d_kv": "eight"},
        {"num_heads": 4},
        {"layer_norm_epsilon": 2.0},
        {"layer_norm_epsilon": "small"},
        {"feed_forward_proj": "relu"},
        {"tie_word_embeddings": True},
        {"eos_token_id": 5},
    ],
)
def test_other_settings(folder: Path, stated: dict[str, object]) -> None:
    restate(folder, **stated)
    with pytest.raises(DamagedCheckpoint) as caught:
        build(SPEC, folder / "mt3.pth", "cpu")
    assert next(iter(stated)) in caught.value.detail or "heads" in caught.value.detail


def test_second_names_may_be_absent(folder: Path) -> None:
    rewrite(folder, lambda tensors: tensors.pop("encoder.embed_tokens.weight"))
    rewrite(folder, lambda tensors: tensors.pop("decoder.embed_tokens.weight"))
    build(SPEC, folder / "mt3.pth", "cpu").close()


def test_without_a_stated_width_a_head_has_the_published_one(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(DamagedCheckpoint) as caught:
        build(SPEC, folder / "mt3.pth", "cpu")
    assert "heads of 64" in caught.value.detail


def test_a_closed_model_cannot_listen(folder: Path) -> None:
    model = build(SPEC, folder, "cpu")
    model.close()
    with pytest.raises(ValueError, match="closed"):
        list(model.stream(AudioClip(torch.zeros(9).numpy(), 16_000, "clip"), cancel=CancelToken()))


def test_the_device_is_asked_for_first(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable):
        build(SPEC, tmp_path / "none.pth", "cuda:99")


def test_it_is_recognised_by_its_tensors() -> None:
    spec = recognises(read_facts(GOLDEN / "mt3.pth"))
    assert spec is not None
    assert spec.family == "mt3"
