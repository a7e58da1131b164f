"""Basic Pitch as a model of MT3 Desktop: one instrument, any number of voices, no drums.

A recording is heard in pieces of half a minute, so that there is progress, a stop takes effect soon, and
hours of sound need no more memory than minutes. Each piece is heard with two seconds before and behind it: a
note belongs to the piece in which it begins.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile

from mt3_desktop.core.errors import DamagedCheckpoint, ModelMissing
from mt3_desktop.core.model import CheckpointFacts, ModelFamily
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.specs import Abilities, ModelSpec
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes, sort_key

SAMPLE_RATE = 22050
PIECE_SECONDS = 30
MARGIN_SECONDS = 2.0
PIANO = 0

SPEC = ModelSpec(
    id="basic-pitch",
    family="basic_pitch",
    title="Basic Pitch",
    summary="Any one instrument or voice, as piano notes",
    checkpoint=None,  # the weights come with the package `basic-pitch`, so there is nothing to fetch
    sample_rate=SAMPLE_RATE,
    segment_samples=PIECE_SECONDS * SAMPLE_RATE,
    abilities=Abilities(drums=False, singing=True, instruments=False, velocities=True),
    licence="Apache-2.0",
)


class BasicPitch:
    """A loaded model, as `mt3_desktop.core.model.LoadedModel` describes it."""

    def __init__(self, model: Any) -> None:  # basic_pitch has no type information
        self._model = model

    @property
    def spec(self) -> ModelSpec:
        """What is known about it."""
        return SPEC

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """Hear a recording piece by piece."""
        count = max(1, -(-len(clip.samples) // SPEC.segment_samples))
        for index in range(first_segment, count):
            cancel.check()
            start = float(index * PIECE_SECONDS)
            end = min(start + PIECE_SECONDS, clip.duration)
            is_last = index == count - 1
            notes = (
                note
                for note in self._hear(clip, start - MARGIN_SECONDS, end + MARGIN_SECONDS)
                if start <= note.onset and (is_last or note.onset < end)
            )
            yield SegmentNotes(index, count, start, end, tuple(sorted(notes, key=sort_key)))

    def close(self) -> None:
        """Give the memory back."""
        self._model = None

    def _hear(self, clip: AudioClip, start: float, end: float) -> Iterator[Note]:
        """The notes between two times of the recording; Basic Pitch wants a file."""
        from basic_pitch.inference import predict

        first = max(0, round(start * SAMPLE_RATE))
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / "piece.wav"
            soundfile.write(
                path, clip.samples[first : round(end * SAMPLE_RATE)], SAMPLE_RATE, subtype="FLOAT"
            )
            _output, _midi, events = predict(path, self._model)
        shift = first / SAMPLE_RATE
        for onset, offset, pitch, amplitude, _bends in events:
            velocity = max(1, min(127, round(127 * float(amplitude))))
            yield Note(float(onset) + shift, float(offset) + shift, int(pitch), velocity, PIANO)


def build(_spec: ModelSpec, _weights: Path, _device: str) -> BasicPitch:
    """Load the model; Basic Pitch chooses the device itself.

    Raises:
        ModelMissing: if `basic-pitch` is not installed beside.
        DamagedCheckpoint: if it is, but cannot load its own weights.
    """
    if importlib.util.find_spec("basic_pitch") is None:
        raise ModelMissing(
            "Basic Pitch is not installed.", hint='Install it with: pip install "basic-pitch[onnx]"'
        )
    from basic_pitch import ICASSP_2022_MODEL_PATH
    from basic_pitch.inference import Model

    try:
        return BasicPitch(Model(ICASSP_2022_MODEL_PATH))
    except Exception as error:  # each of its four engines raises something else
        raise DamagedCheckpoint(
            "Basic Pitch can't load its weights.",
            hint='Install it again with: pip install "basic-pitch[onnx]"',
            detail=str(error),
        ) from error


def recognises(_facts: CheckpointFacts) -> ModelSpec | None:
    """Basic Pitch has no checkpoint files of its own kind to import."""
    return None


FAMILY = ModelFamily("basic_pitch", (SPEC,), build, recognises)
