"""YourMT3 on the golden models: front end, encoder, logits, tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mt3_desktop.core.errors import DamagedCheckpoint
from mt3_desktop.core.model import Hearing
from mt3_desktop.core.nn.generate import Row, Window, greedy
from mt3_desktop.core.nn.rows import T5Rows, rows_for
from mt3_desktop.core.nn.weights import check_layout, load_tensors
from mt3_desktop.core.nn.yourmt3 import LIMITS, YourMT3
from mt3_desktop.core.nn.yourmt3_frontend import published_window, spectrogram
from mt3_desktop.core.nn.yourmt3_settings import read_config
from mt3_desktop.core.transcriber import segments_of
from mt3_desktop.core.values import AudioClip
from tests.helpers.yourmt3_weights import (
    FULL_SALT,
    GOLDEN,
    network_config,
    recipe_weights,
    save_tiny,
    segments,
    signal,
    stated_config,
    tiny_random,
    tiny_trained,
)

CPU = torch.device("cpu")
TINY = network_config(stated_config("tiny"))
FULL = network_config(stated_config("full"))


def arrays(name: str) -> dict[str, Any]:
    with np.load(GOLDEN / f"{name}_expected.npz") as found:
        return dict(found)


@pytest.fixture(scope="module")
def models() -> dict[str, YourMT3]:
    return {
        "tiny_random": YourMT3(TINY, tiny_random(), CPU),
        "tiny_trained": YourMT3(TINY, tiny_trained(), CPU),
    }


def close(found: Tensor, wanted: Any, limit: float) -> None:
    torch.testing.assert_close(found, torch.from_numpy(wanted), rtol=0, atol=limit)


def fed(model: YourMT3, encoded: Tensor, tokens: Tensor) -> Tensor:
    """(rows, tokens, V) logits when the start token and then `tokens` but the last are fed."""
    rows = T5Rows(model.decoder, window=len(encoded))
    rows.admit(encoded)
    inputs = torch.cat([torch.zeros(len(tokens), 1, dtype=torch.int64), tokens[:, :-1]], dim=1)
    return torch.stack([rows.step(column) for column in inputs.T], dim=1) / model.config.decoder.d_model**0.5


def decoded(model: YourMT3, samples: Tensor) -> dict[int, tuple[tuple[int, ...], ...]]:
    hearing = Hearing(AudioClip(samples.flatten().numpy(), 16_000, "song"))
    segments = segments_of(hearing, samples.shape[1], len(samples))
    return {segment.index: streams for segment, streams in model.decode(segments) if streams is not None}


class TestFrontEnd:
    @pytest.mark.parametrize("name", ["A", "B"])
    def test_golden_values(self, name: str) -> None:
        expected = arrays("tiny_random")
        found = spectrogram(segments(signal(name)), published_window())
        frames = found[:, [0, 1, 55, 109]] - torch.from_numpy(expected[f"{name}/frontend"])
        assert frames.abs().max() < 1e-2
        assert frames.abs().mean() < 1e-4

    def test_silence_is_zero(self) -> None:
        assert spectrogram(torch.zeros(1, 32_767), published_window()).abs().max() == 0

    def test_sound_that_is_no_number(self) -> None:
        assert spectrogram(torch.full((1, 32_767), float("nan")), published_window()).abs().max() == 0

    def test_loudness_of_one_segment_does_not_touch_another(self) -> None:
        two = segments(signal("A"))[:2]
        louder = torch.stack([two[0] * 0.01, two[1]])
        close(
            spectrogram(louder, published_window())[1], spectrogram(two, published_window())[1].numpy(), 1e-6
        )


class TestTinyModels:
    @torch.inference_mode()
    def test_encoder_from_the_same_front_end(self, models: dict[str, YourMT3]) -> None:
        model, expected = models["tiny_random"], arrays("tiny_random")
        features = model._convolutions(torch.from_numpy(expected["B/frontend_full"]))
        close(model.for_channels(model._encoder(features))[:, :, [1, 109]], expected["B/pre_decoder"], 2e-4)

    @pytest.mark.parametrize("name", ["tiny_random", "tiny_trained"])
    @pytest.mark.parametrize("sound", ["A", "B"])
    def test_encoder_from_sound(self, models: dict[str, YourMT3], name: str, sound: str) -> None:
        encoded = models[name].encode(segments(signal(sound)))
        close(encoded[:, :, [1, 109]], arrays(name)[f"{sound}/pre_decoder"], 0.1)

    @pytest.mark.parametrize("name", ["tiny_random", "tiny_trained"])
    def test_logits_of_given_tokens(self, models: dict[str, YourMT3], name: str) -> None:
        expected = arrays(name)
        features = torch.from_numpy(arrays("tiny_random")["B/frontend_full"])
        model = models[name]
        with torch.inference_mode():
            encoded = model.for_channels(model._encoder(model._convolutions(features)))[0]
        tokens = torch.from_numpy(expected["B/teacher_tokens"].astype(np.int64)).view(13, -1)
        logits = fed(model, encoded, tokens)
        close(logits[:, 0], expected["B/logits_step0"].reshape(13, -1), 5e-4)
        close(logits[:, [1, 9, 19]], expected["B/teacher_logits"].reshape(13, 3, -1), 5e-4)

    @pytest.mark.parametrize("sound", ["A", "B"])
    def test_tokens_of_the_trained_model(self, models: dict[str, YourMT3], sound: str) -> None:
        expected = arrays("tiny_trained")[f"{sound}/tokens"]
        streams = decoded(models["tiny_trained"], segments(signal(sound)))
        padded = [
            [[*ids, *[0] * (expected.shape[2] - len(ids))] for ids in streams[i]] for i in range(len(streams))
        ]
        assert padded == expected.tolist()

    def test_choices_of_the_random_model(self, models: dict[str, YourMT3]) -> None:
        expected, model = arrays("tiny_random"), models["tiny_random"]
        encoded = model.encode(segments(signal("B"))).flatten(0, 1)
        tokens = torch.from_numpy(expected["B/tokens"].astype(np.int64)).flatten(0, 1)
        clear = torch.from_numpy(expected["B/argmax_margin"]).flatten(0, 1) > 0.05
        choices = fed(model, encoded, tokens).argmax(-1)
        assert clear.float().mean() > 0.7
        assert torch.equal(choices[clear], tokens[clear])

    def test_many_segments_equal_one_by_one(self, models: dict[str, YourMT3]) -> None:
        samples = torch.cat([segments(signal("B")), segments(signal("A"))])
        together = decoded(models["tiny_trained"], samples)
        alone = {i: decoded(models["tiny_trained"], samples[i : i + 1])[0] for i in range(len(samples))}
        assert together == alone

    def test_a_first_token_does_not_end_a_sequence(self) -> None:
        assert LIMITS.earliest_end == 1
        assert LIMITS.max_ids == 256


class TestLoading:
    def test_folder_with_settings(self, tmp_path: Path) -> None:
        model = YourMT3.load(save_tiny(tmp_path, tiny_random()), CPU)
        assert model.config == TINY

    def test_lightning_file(self) -> None:
        config = YourMT3.load(GOLDEN / "fake_last.ckpt", CPU).config
        assert (config.encoder.conv_channels, config.encoder.width, config.encoder.n_experts) == (4, 32, 4)
        assert (config.decoder.d_model, config.decoder.num_heads, config.decoder.d_kv) == (24, 2, 8)
        assert config.n_positions == 266

    def test_layout_of_the_published_file(self) -> None:
        layout = json.loads((GOLDEN / "full_layout.json").read_text(encoding="utf-8"))
        assert len(layout) == 655
        assert FULL.layout() == {name: tuple(shape) for name, shape in layout.items()}
        assert read_config(FULL.layout(), {}) == FULL
        assert read_config(FULL.layout(), stated_config("full")) == FULL

    def test_weights_of_the_pitch_shifter_are_left_aside(self, tmp_path: Path) -> None:
        extra = {"pitchshift.kernel": torch.ones(3)}
        assert YourMT3.load(save_tiny(tmp_path, tiny_random() | extra), CPU).config == TINY

    @pytest.mark.parametrize(
        ("name", "tensor"),
        [
            ("encoder.rotary_emb_temporal.freqs", torch.tensor([1.0, 0.1])),
            (
                "encoder.blocks.1.local_transformer.0.attention.self.rotary_emb.freqs",
                torch.tensor([3.0, 9.0]),
            ),
            ("spectrogram.stft.window", torch.ones(2048)),
            ("encoder.latent_array.latents", torch.full((26, 96), float("nan"))),
            ("lm_head.lm_head.weight", torch.ones(596, 60)),
            ("decoder.decoder.additive_pe.weight", torch.ones(255, 64)),
            ("something.else", torch.ones(1)),
        ],
    )
    def test_weights_that_do_not_fit(self, tmp_path: Path, name: str, tensor: Tensor) -> None:
        with pytest.raises(DamagedCheckpoint):
            YourMT3.load(save_tiny(tmp_path, tiny_random() | {name: tensor}), CPU)

    @pytest.mark.parametrize(
        "name", ["pre_encoder.0.blocks.1.bn2.running_var", "pre_decoder.0.linear.weight"]
    )
    def test_missing_weights(self, tmp_path: Path, name: str) -> None:
        weights = tiny_random()
        del weights[name]
        with pytest.raises(DamagedCheckpoint) as raised:
            YourMT3.load(save_tiny(tmp_path, weights), CPU)
        assert name in raised.value.detail


LIGHTNING = load_tensors(GOLDEN / "fake_last.ckpt")
LIGHTNING_SHAPES = {name: tuple(tensor.shape) for name, tensor in LIGHTNING.tensors.items()}


def with_setting(stated: Any, path: str, value: object) -> dict[str, Any]:
    first, _, rest = path.partition("/")
    return {**stated, first: with_setting(stated[first], rest, value) if rest else value}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("audio_cfg/codec", "melspec"),
        ("audio_cfg/hop_length", 128),
        ("audio_cfg/input_frames", 65_535),
        ("model_cfg/encoder_type", "t5"),
        ("model_cfg/decoder_type", "t5"),
        ("model_cfg/encoder/perceiver-tf/attention_to_channel", False),
        ("model_cfg/encoder/perceiver-tf/sca_use_query_residual", False),
        ("model_cfg/encoder/perceiver-tf/hidden_act", "gelu"),
        ("model_cfg/encoder/perceiver-tf/moe_topk", 4),
        ("model_cfg/encoder/perceiver-tf/rope_partial_pe", False),
        ("model_cfg/encoder/perceiver-tf/rope_apply_to_keys", True),
        ("model_cfg/encoder/perceiver-tf/num_self_attention_heads", 4),
        ("model_cfg/encoder/perceiver-tf/num_cross_attention_heads", 10**30),
        ("model_cfg/decoder/multi-t5/num_heads", 3),
        ("model_cfg/decoder/multi-t5/num_heads", 0),
        ("model_cfg/decoder/multi-t5/num_heads", "two"),
        ("model_cfg/decoder/multi-t5/num_heads", -(10**40)),
        ("model_cfg/decoder/multi-t5/num_channels", 12),
    ],
)
def test_surprising_settings_are_refused(path: str, value: object) -> None:
    read_config(LIGHTNING_SHAPES, LIGHTNING.config)
    with pytest.raises(DamagedCheckpoint):
        read_config(LIGHTNING_SHAPES, with_setting(LIGHTNING.config, path, value))


def check_shapes(shapes: dict[str, tuple[int, ...]]) -> None:
    """What loading does before anything is allocated."""
    tensors = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    check_layout(tensors, read_config(shapes, LIGHTNING.config).layout())


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("encoder.latent_array.latents", ()),
        ("encoder.latent_array.latents", (0, 0)),
        ("encoder.latent_array.latents", (10**6, 10**6)),
        ("encoder.blocks.0.local_transformer.0.mlp.gate.weight", (10**9, 32)),
        ("embed_tokens.weight", (7,)),
        ("embed_tokens.weight", (596, 10**9)),
        ("decoder.decoder.block.999.layer.0.layer_norm.weight", (24,)),
    ],
)
def test_absurd_sizes_are_refused(name: str, shape: tuple[int, ...]) -> None:
    check_shapes(LIGHTNING_SHAPES)
    with pytest.raises(DamagedCheckpoint):
        check_shapes(LIGHTNING_SHAPES | {name: shape})


@pytest.mark.slow
@torch.inference_mode()
def test_full_size() -> None:
    expected = arrays("full")
    model = YourMT3(FULL, recipe_weights(FULL.layout(), FULL_SALT), CPU)
    features = model._convolutions(torch.from_numpy(expected["frontend_full"]))
    close(features[:, [1, 109]].transpose(2, 3), expected["pre_encoder"], 1e-5)
    latents = model._encoder(features)
    close(latents[:, [0, 1, 55, 109]], expected["encoder"], 2e-4)
    encoded = model.for_channels(latents)[0]
    close(encoded[:, [1, 109]], expected["pre_decoder"][0], 2e-4)
    window = Window(rows=13, opening=13)
    rows = iter([Row(channel, encoded[channel]) for channel in range(13)])
    found = {
        done.key: list(done.ids)
        for done in greedy(
            rows_for(model.decoder, window=13),
            rows,
            limits=replace(LIMITS, max_ids=32),
            window=window,
        )
    }
    assert expected["argmax_margin"].min() > 1e-4
    assert [found[channel] for channel in range(13)] == expected["greedy_first32"][0].tolist()
