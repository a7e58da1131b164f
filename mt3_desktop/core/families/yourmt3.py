"""YourMT3: 13 decoder channels, among them singing and drums.

Source: Chang, Benetos, Kirchhoff, Dixon, YourMT3+: Multi-instrument Music Transcription with Enhanced
Transformer Architectures and Cross-dataset Stem Augmentation (MLSP 2024); model YPTF.MoE+Multi (noPS).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mt3_desktop.core.model import CheckpointFacts, Heard, Hearing, LoadedModel, ModelFamily, one_by_one
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.specs import Abilities, Checkpoint, HttpMirror, ModelSpec, OptionFacts
from mt3_desktop.core.tokens.yourmt3 import SAMPLE_RATE, SEGMENT_SAMPLES
from mt3_desktop.core.tokens.yourmt3_mixer import PUBLISHED, NoteMixer, NoteRules
from mt3_desktop.core.transcriber import (
    Decoded,
    NoteReader,
    Reading,
    Segment,
    Streams,
    in_a_row,
    only,
    stream_tokens,
)
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes

if TYPE_CHECKING:
    from mt3_desktop.core.nn.yourmt3 import YourMT3

_FOLDER = "2024/mc13_256_g4_all_v7_mt3f_sqr_rms_moe_wf4_n8k2_silu_rope_rp_b36_nops/checkpoints/last.ckpt"
_SPACE = "https://huggingface.co/spaces/mimbres/YourMT3/resolve"
_LICENCE = "Apache-2.0"

SPEC = ModelSpec(
    id="yourmt3",
    family="yourmt3",
    title="YourMT3",
    summary="The most accurate for full songs: instruments, drums and singing",
    checkpoint=Checkpoint(
        sha256="ae38e415c79efd5592dcb9b658cdb99ddb11d4c4e1eaa364cab04a052473fc25",
        size_bytes=561_544_628,
        filename="last.ckpt",
        mirrors=(
            HttpMirror(f"{_SPACE}/5e66c1ea173a8186e0d20432b841d3180cc015b5/amt/logs/{_FOLDER}"),
            HttpMirror(f"https://huggingface.co/mimbres/YourMT3/resolve/main/logs/{_FOLDER}"),
        ),
        licence=_LICENCE,
    ),
    sample_rate=SAMPLE_RATE,
    segment_samples=SEGMENT_SAMPLES,
    abilities=Abilities(drums=True, singing=True, instruments=True, velocities=False),
    licence=_LICENCE,
    options=MappingProxyType({"notes": "published", "voices": "general_midi", "dense_drums": "off"}),
)

OPTIONS: Mapping[str, OptionFacts] = MappingProxyType(
    {
        "notes": OptionFacts(
            "Ends of notes",
            "The authors' program makes notes very short that last more than ten seconds or beyond the end "
            "of the recording.",
            MappingProxyType(
                {"published": "just as in the authors' program", "whole": "notes as long as they sound"}
            ),
        ),
        "voices": OptionFacts(
            "Singers",
            "General MIDI has no singers: the numbers that the model gives them are effects there.",
            MappingProxyType(
                {
                    "general_midi": "as voices of General MIDI (oohs and aahs)",
                    "published": "by the numbers of the model (101 and 102)",
                }
            ),
        ),
        "dense_drums": OptionFacts(
            "Dense drums",
            "Where drums are struck many times a second, a second hearing, slowed, may find more of them.",
            MappingProxyType({"off": "hear them once", "on": "hear them twice; takes longer"}),
        ),
    }
)


class YourMT3Model:
    """A loaded YourMT3 (`LoadedModel`, `SharedModel` and `TokenModel`)."""

    sample_rate = SAMPLE_RATE
    segment_samples = SEGMENT_SAMPLES
    is_stateful = False

    def __init__(self, spec: ModelSpec, network: YourMT3) -> None:
        self._spec = spec
        self._network: YourMT3 | None = network
        self._rules = _rules(spec.options)

    @property
    def spec(self) -> ModelSpec:
        """See `LoadedModel`."""
        return self._spec

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """See `LoadedModel`.

        Raises:
            ValueError: after `close`.
        """
        parts = self._hear(Hearing(clip, cancel, first_segment))
        if not self._hears_twice:
            return parts
        from mt3_desktop.core.nn.second_hearing import heard_twice

        return heard_twice(parts, clip, lambda slowed: self._hear(Hearing(slowed, cancel)))

    def stream_all(self, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
        """See `SharedModel`; a second hearing is of one recording at a time."""
        return one_by_one(self, hearings) if self._hears_twice else stream_tokens(self, hearings)

    def close(self) -> None:
        """See `LoadedModel`."""
        self._network = None

    def n_segments(self, n_samples: int) -> int:
        """See `TokenModel`."""
        return max(1, -(-n_samples // self.segment_samples))

    def reader(self, hearing: Hearing) -> NoteReader:
        """See `TokenModel`."""
        mixer = NoteMixer(rules=self._rules, resumes=hearing.first_segment > 0)
        return _Reader(mixer, hearing.clip.duration)

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """See `TokenModel`."""
        from mt3_desktop.core.nn.device import out_of_memory_translated

        network = self._open()
        with out_of_memory_translated(network.device):
            yield from network.decode(in_a_row(recordings))

    @property
    def _hears_twice(self) -> bool:
        return self._spec.options.get("dense_drums") == "on"

    def _hear(self, hearing: Hearing) -> Iterator[SegmentNotes]:
        self._open()
        return only(lambda hearings: stream_tokens(self, hearings), hearing)

    def _open(self) -> YourMT3:
        if self._network is None:
            raise ValueError("the model was closed")
        return self._network


@dataclass(frozen=True, slots=True)
class _Reader:
    """The `NoteReader` for one recording."""

    mixer: NoteMixer
    duration: float  # seconds

    def feed(self, streams: Streams, *, index: int, is_last: bool) -> Reading:
        """See `NoteReader`."""
        mixed = self.mixer.feed(streams, index)
        return Reading(mixed.notes, mixed.sounding, mixed.invalid)

    def finish(self) -> tuple[Note, ...]:
        """See `NoteReader`."""
        return self.mixer.finish(self.duration)


def _rules(options: Mapping[str, int | float | str]) -> NoteRules:
    """What an option's value asks for."""
    rules = NoteRules() if options.get("notes") == "whole" else PUBLISHED
    return replace(rules, voices=MappingProxyType({})) if options.get("voices") == "published" else rules


def build(spec: ModelSpec, path: Path, device: str) -> LoadedModel:
    """Load a checkpoint of any size in the published layout.

    Args:
        spec: the catalogue's, or one that `recognises` gave.
        path: the file, or a folder with it.
        device: as `nn.device.pick_device`.

    Raises:
        DamagedCheckpoint: if it cannot be read, or is a variant that is not implemented.
        DeviceUnavailable: if the device is not there.
        OutOfMemory: if the weights do not fit.
    """
    from mt3_desktop.core.nn.device import configure_threads, out_of_memory_translated, pick_device
    from mt3_desktop.core.nn.yourmt3 import YourMT3

    target = pick_device(device)
    configure_threads()
    with out_of_memory_translated(target):
        return YourMT3Model(spec, YourMT3.load(path, target))


def recognises(facts: CheckpointFacts) -> ModelSpec | None:
    """See `ModelFamily`: any variant with YourMT3's encoder; `build` says if it is not implemented."""
    from mt3_desktop.core.nn.yourmt3_settings import is_yourmt3

    if not is_yourmt3(facts.shapes):
        return None
    return replace(SPEC, summary=f"YourMT3 weights from {facts.filename}")


FAMILY = ModelFamily(name="yourmt3", specs=(SPEC,), build=build, recognises=recognises, options=OPTIONS)
