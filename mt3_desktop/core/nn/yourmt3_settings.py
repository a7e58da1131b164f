"""What a checkpoint of YourMT3 says about itself: sizes from its tensors, the rest from its hyper-parameters.

A wrong switch that changes no shape would go unnoticed and give wrong notes. So every switch that a file
states is compared with what is implemented, and a surprise is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mt3_desktop.core.nn.perceiver import PerceiverConfig, conv_layout, encoder_layout
from mt3_desktop.core.nn.t5 import T5Config, decoder_layout
from mt3_desktop.core.nn.weights import other_layout
from mt3_desktop.core.nn.yourmt3_frontend import FFT_SIZE, HOP_SAMPLES, N_BINS, n_frames
from mt3_desktop.core.tokens.yourmt3 import MAX_TOKENS, N_CHANNELS, SAMPLE_RATE, SEGMENT_SAMPLES, YOURMT3

Shapes = Mapping[str, tuple[int, ...]]
Section = Mapping[str, object]

CONV_PREFIX = "pre_encoder.0.blocks."
ENCODER_PREFIX = "encoder."
DECODER_PREFIX = "decoder.decoder."
WINDOW = "spectrogram.stft.window"
TO_DECODER = "pre_decoder.0.linear.weight"
EMBEDDING = "embed_tokens.weight"
HEAD = "lm_head.lm_head.weight"
POSITIONS = f"{DECODER_PREFIX}additive_pe.weight"
IGNORED = ("pitchshift.*",)  # used in training only, by siblings of the published file

_LATENTS = f"{ENCODER_PREFIX}latent_array.latents"
_BLOCK = f"{ENCODER_PREFIX}blocks.0."
_MIXTURE = f"{_BLOCK}local_transformer.0.mlp."
_USED_EXPERTS = 2
_USUAL_HEAD_WIDTH = 64  # of the decoder, where nothing is stated

_AUDIO_SWITCHES: Section = {
    "codec": "spec",
    "sample_rate": SAMPLE_RATE,
    "input_frames": SEGMENT_SAMPLES,
    "n_fft": FFT_SIZE,
    "hop_length": HOP_SAMPLES,
}
_ENCODER_SWITCHES: Section = {
    "attention_to_channel": True,
    "sca_use_query_residual": True,
    "use_query_residual": True,
    "ff_layer_type": "moe",
    "moe_topk": _USED_EXPERTS,
    "hidden_act": "silu",
    "position_encoding_type": "rope",
    "rope_partial_pe": True,
    "rope_apply_to_keys": False,
    "rope_type_sca": "pixel",
    "rope_type_latent": "pixel",
    "rope_type_temporal": "lang",
}
_DECODER_SWITCHES: Section = {
    "num_channels": N_CHANNELS,
    "position_encoding_type": "sinusoidal",
    "dense_act_fn": "gelu_new",
}
_MODEL_SWITCHES: Section = {
    "encoder_type": "perceiver-tf",
    "decoder_type": "multi-t5",
    "pre_encoder_type": "conv",
    "pre_decoder_type": "mc_shared_linear",
}


@dataclass(frozen=True, slots=True)
class YourMT3Config:
    """Sizes of the whole network.

    Attributes:
        encoder: convolutions and Perceiver.
        decoder: the T5 decoder that all channels share.
        n_positions: ids that a channel's sequence can have, the start included.
    """

    encoder: PerceiverConfig
    decoder: T5Config
    n_positions: int

    @property
    def latents_per_channel(self) -> int:
        """Latents that a decoder channel sees side by side."""
        return self.encoder.n_latents // N_CHANNELS

    def layout(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all tensors of the checkpoint."""
        width, vocabulary = self.decoder.d_model, self.decoder.vocab_size
        return {
            WINDOW: (FFT_SIZE,),
            TO_DECODER: (width, self.latents_per_channel * self.encoder.width),
            EMBEDDING: (vocabulary, width),
            HEAD: (vocabulary, width),
            POSITIONS: (self.n_positions, width),
            **conv_layout(self.encoder, CONV_PREFIX),
            **encoder_layout(self.encoder, ENCODER_PREFIX),
            **decoder_layout(self.decoder, prefix=DECODER_PREFIX),
        }


def is_yourmt3(shapes: Shapes) -> bool:
    """Whether tensors of these names make a Perceiver with YourMT3's channel decoder, of any variant."""
    return all(name in shapes for name in (_LATENTS, TO_DECODER, EMBEDDING, HEAD, POSITIONS))


def read_config(shapes: Shapes, stated: Mapping[str, object]) -> YourMT3Config:
    """The sizes of a checkpoint for which `is_yourmt3` holds.

    Args:
        shapes: of its tensors.
        stated: its hyper-parameters: those of a Lightning file, or of a `config.json` with the sections
            `audio`, `encoder` and `decoder`; may be empty.

    Raises:
        DamagedCheckpoint: if it is a variant that is not implemented, or sizes contradict one another.
    """
    model = _section(stated, "model_cfg")
    encoder = _section(_section(model, "encoder"), "perceiver-tf") or _section(stated, "encoder")
    decoder = _section(_section(model, "decoder"), "multi-t5") or _section(stated, "decoder")
    _compare("audio", _section(stated, "audio_cfg") or _section(stated, "audio"), _AUDIO_SWITCHES)
    _compare("model", model, _MODEL_SWITCHES)
    _compare("encoder", encoder, _ENCODER_SWITCHES)
    _compare("decoder", decoder, _DECODER_SWITCHES)
    config = YourMT3Config(_encoder(shapes, encoder), _decoder(shapes, decoder), _size(shapes, POSITIONS, 0))
    if config.encoder.n_latents % N_CHANNELS or config.n_positions < MAX_TOKENS:
        raise other_layout(f"{config.encoder.n_latents} latents, {config.n_positions} positions")
    if config.decoder.vocab_size != YOURMT3.n_ids:
        raise other_layout(f"vocabulary of {config.decoder.vocab_size} tokens")
    return config


def _encoder(shapes: Shapes, stated: Section) -> PerceiverConfig:
    width = _size(shapes, _LATENTS, 1)
    rotary_width = 2 * _size(shapes, f"{ENCODER_PREFIX}rotary_emb_sca.freqs", 0)
    # Half as many numbers of each head are rotated as there are heads.
    n_heads = _stated_size(stated, "num_self_attention_heads", 2 * rotary_width)
    if _stated_size(stated, "num_cross_attention_heads", n_heads) != n_heads or n_heads != 2 * rotary_width:
        raise other_layout(f"{n_heads} heads with {rotary_width} rotated numbers each")
    if width % n_heads or width // n_heads < rotary_width:
        raise other_layout(f"{n_heads} heads in a width of {width}")
    return PerceiverConfig(
        conv_channels=_size(shapes, f"{CONV_PREFIX}0.conv1.weight", 0),
        n_bins=N_BINS,
        n_frames=n_frames(SEGMENT_SAMPLES),
        n_latents=_size(shapes, _LATENTS, 0),
        width=width,
        n_heads=n_heads,
        n_blocks=_count(shapes, f"{ENCODER_PREFIX}blocks."),
        n_local=_count(shapes, f"{_BLOCK}local_transformer."),
        n_temporal=_count(shapes, f"{_BLOCK}temporal_transformer."),
        n_experts=_count(shapes, f"{_MIXTURE}experts."),
        n_used_experts=_USED_EXPERTS,
        expert_widening=_size(shapes, f"{_MIXTURE}experts.0.w1.weight", 0) // width,
        rotary_width=rotary_width,
        has_norm_bias=f"{_BLOCK}spectral_cross_attention.self.layernorm1.bias" in shapes,
    )


def _decoder(shapes: Shapes, stated: Section) -> T5Config:
    layer = f"{DECODER_PREFIX}block.0.layer."
    inner = _size(shapes, f"{layer}0.SelfAttention.q.weight", 0)
    n_heads = _stated_size(stated, "num_heads", inner // _USUAL_HEAD_WIDTH)
    if not n_heads or inner % n_heads:
        raise other_layout(f"decoder with {n_heads} heads in a width of {inner}")
    return T5Config(
        d_model=_size(shapes, EMBEDDING, 1),
        d_kv=_stated_size(stated, "d_kv", inner // n_heads),
        num_heads=n_heads,
        d_ff=_size(shapes, f"{layer}2.DenseReluDense.wi_0.weight", 0),
        num_layers=0,
        num_decoder_layers=_count(shapes, f"{DECODER_PREFIX}block."),
        vocab_size=_size(shapes, EMBEDDING, 0),
    )


def _section(stated: Section, name: str) -> Section:
    found = stated.get(name)
    return found if isinstance(found, Mapping) else {}


def _compare(title: str, stated: Section, switches: Section) -> None:
    for name, expected in switches.items():
        if stated.get(name, expected) != expected:
            raise other_layout(f"{title}: {name} is {str(stated[name])[:80]!r}, not {expected!r}")


def _stated_size(stated: Section, name: str, default: int) -> int:
    value = stated.get(name, default)
    if type(value) is not int or value < 1:
        raise other_layout(f"{name} is {str(value)[:80]!r}")
    return value


def _size(shapes: Shapes, name: str, dimension: int) -> int:
    shape = shapes.get(name, ())
    if len(shape) <= dimension or not shape[dimension]:
        raise other_layout(f"{name} is missing or has the shape {shape}")
    return shape[dimension]


def _count(shapes: Shapes, prefix: str) -> int:
    """How many numbered parts there are behind a prefix; a shape could claim a billion of them."""
    numbered = re.compile(re.escape(prefix) + r"(\d{1,3})\.")
    return len({match[1] for match in map(numbered.match, shapes) if match})
