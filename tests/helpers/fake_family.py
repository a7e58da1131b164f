"""A model family without a network: it hears the notes that the test gave it, segment by segment."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from mt3_desktop.core import families
from mt3_desktop.core.candidates import Candidates
from mt3_desktop.core.model import CheckpointFacts, Ending, Heard, Hearing, ModelFamily
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.specs import Abilities, Checkpoint, ModelSpec, OptionFacts, OptionValue
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes, sort_key

SAMPLE_RATE = 16000
SEGMENT_SECONDS = 2.0

SCRIPT = (
    Note(0.0, 0.5, 60, 100, 0),
    Note(0.5, 1.0, 64, 100, 0),
    Note(1.0, 3.0, 36, 90, 33),  # held over the end of the first segment
    Note(1.5, 1.6, 38, 110, 0, is_drum=True),
    Note(2.5, 3.5, 67, 80, 48, confidence=0.75),
)
"""Four seconds for piano, bass, drums and strings."""


FAKE_OPTIONS = MappingProxyType(
    {
        "memory_length": OptionFacts(
            "Memory length", "How much it remembers.", bounds=(0, 1024), is_of_file=True
        ),
        "mode": OptionFacts("Mode", "How it hears.", MappingProxyType({"calm": "slowly", "wild": "fast"})),
    }
)


def fake_spec(model_id: str = "fake", *, checkpoint: Checkpoint | None = None) -> ModelSpec:
    """A catalogue entry of the family "fakes"; built in unless it has a checkpoint."""
    return ModelSpec(
        id=model_id,
        family="fakes",
        title=f"Fake {model_id}",
        summary="Hears what the test says",
        checkpoint=checkpoint,
        sample_rate=SAMPLE_RATE,
        segment_samples=int(SEGMENT_SECONDS * SAMPLE_RATE),
        abilities=Abilities(drums=True, singing=False, instruments=True, velocities=True),
        licence="CC0-1.0",
    )


@dataclass
class Scene:
    """What a test does to the fakes, and what they did.

    Attributes:
        script: the notes that every model hears.
        candidates: all that every model thinks possible, or None.
        build_error: raised instead of building a model.
        errors: segment index → raised instead of hearing it.
        gate: where there is one, every segment but the first waits for `gate.release()`.
        listens_back: a resumed model gives notes from before the seam whole, as `lite` does; else they begin
            at the seam, as with the token models.
        before_segment: called with the index before each segment.
        side_by_side: how many recordings the models listen to together; only above 1 they are `SharedModel`s.
        file_options: what models from unknown files have for options, none of which the file tells.
        built: (spec, weights, device) of every model built.
        closed: how many models were closed.
        heard: indices of the segments heard, in order.
        clips: the clips, in order.
    """

    script: Sequence[Note] = SCRIPT
    candidates: Candidates | None = None
    build_error: Exception | None = None
    errors: dict[int, Exception] = field(default_factory=dict)
    gate: threading.Semaphore | None = None
    listens_back: bool = False
    before_segment: Callable[[int], None] | None = None
    side_by_side: int = 1
    file_options: dict[str, OptionValue] = field(default_factory=dict)
    built: list[tuple[ModelSpec, Path, str]] = field(default_factory=list)
    closed: int = 0
    heard: list[int] = field(default_factory=list)
    clips: list[AudioClip] = field(default_factory=list)


class FakeModel:
    """A `LoadedModel` that gives the notes of its scene."""

    def __init__(self, spec: ModelSpec, scene: Scene) -> None:
        self._spec = spec
        self._scene = scene

    @property
    def spec(self) -> ModelSpec:
        return self._spec

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        assert clip.sample_rate == self._spec.sample_rate
        self._scene.clips.append(clip)
        count = max(1, -(-len(clip.samples) // self._spec.segment_samples))
        for index in range(first_segment, count):
            self._wait(index, first_segment, cancel)
            cancel.check()
            if index in self._scene.errors:
                raise self._scene.errors[index]
            yield self._segment(index, count, first_segment)
            self._scene.heard.append(index)

    def close(self) -> None:
        self._scene.closed += 1

    def _wait(self, index: int, first_segment: int, cancel: CancelToken) -> None:
        if self._scene.before_segment is not None:
            self._scene.before_segment(index)
        gate = self._scene.gate
        while gate is not None and index > first_segment and not gate.acquire(timeout=0.01):
            cancel.check()

    def _segment(self, index: int, count: int, first_segment: int) -> SegmentNotes:
        seconds = self._spec.segment_samples / self._spec.sample_rate
        start, end = index * seconds, (index + 1) * seconds
        seam = first_segment * seconds
        script = [note for note in self._scene.script if note.offset > seam]
        if not self._scene.listens_back:
            script = [_from_seam(note, seam) for note in script]
        is_last = index == count - 1
        final = [note for note in script if start < note.offset <= end or (is_last and note.offset > end)]
        open_ = [note for note in script if note.onset < end < note.offset and not is_last]
        final.sort(key=sort_key)
        candidates = self._scene.candidates
        if candidates is not None:
            ends = candidates.table["end"]
            candidates = Candidates(candidates.table[(start < ends) & ((ends <= end) | is_last)])
        return SegmentNotes(index, count, start, end, tuple(final), tuple(open_), candidates=candidates)


@dataclass
class _Turn:
    """A recording that waits for its next turn.

    Attributes:
        hearing: which.
        parts: its segments.
        n_given: how many of them were given.
    """

    hearing: Hearing
    parts: Iterator[SegmentNotes]
    n_given: int = 0


class SharedFakeModel(FakeModel):
    """A `SharedModel` that hears its recordings by turns; one at the gate holds up no other."""

    def stream_all(self, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
        turns: deque[_Turn] = deque()
        while True:
            while len(turns) < self._scene.side_by_side and (new := next(hearings, None)) is not None:
                parts = self.stream(new.clip, cancel=new.cancel, first_segment=new.first_segment)
                turns.append(_Turn(new, parts))
            if not turns:
                return
            turn = turns.popleft()
            if self._is_at_gate(turn):
                turns.append(turn)
                continue
            try:
                part = next(turn.parts, None)
            except Cancelled:
                yield turn.hearing, Ending.CANCELLED
                continue
            if part is None:
                yield turn.hearing, Ending.COMPLETE
                continue
            turn.n_given += 1
            turns.append(turn)
            yield turn.hearing, part

    def _wait(self, index: int, first_segment: int, cancel: CancelToken) -> None:
        if self._scene.before_segment is not None:
            self._scene.before_segment(index)

    def _is_at_gate(self, turn: _Turn) -> bool:
        count = max(1, -(-len(turn.hearing.clip.samples) // self._spec.segment_samples))
        is_over = turn.hearing.first_segment + turn.n_given == count or turn.hearing.cancel.is_cancelled
        gate = self._scene.gate
        return gate is not None and turn.n_given > 0 and not is_over and not gate.acquire(timeout=0.01)


def _from_seam(note: Note, seam: float) -> Note:
    """A note as it is heard by a model that begins to listen at `seam`."""
    if note.onset >= seam:
        return note
    return Note(seam, note.offset, note.pitch, note.velocity, note.program, note.is_drum, note.confidence)


def fake_model(scene: Scene | None = None, spec: ModelSpec | None = None) -> FakeModel:
    """A loaded model without a family."""
    return FakeModel(spec or fake_spec(), scene or Scene())


def fake_family(scene: Scene, *specs: ModelSpec) -> ModelFamily:
    """The family "fakes", with one built-in model "fake" unless specs are given."""

    def build(spec: ModelSpec, weights: Path, device: str) -> FakeModel:
        if scene.build_error is not None:
            raise scene.build_error
        scene.built.append((spec, weights, device))
        return (SharedFakeModel if scene.side_by_side > 1 else FakeModel)(spec, scene)

    def recognises(facts: CheckpointFacts) -> ModelSpec | None:
        if "fake.weight" not in facts.shapes:
            return None
        options = MappingProxyType(scene.file_options)
        return replace(fake_spec("from-file"), options=options, assumed=tuple(options))

    return ModelFamily("fakes", specs or (fake_spec(),), build, recognises, FAKE_OPTIONS)


def install(monkeypatch: pytest.MonkeyPatch, *found: ModelFamily) -> None:
    """Make these the only families of the program, for one test."""
    monkeypatch.setattr(families, "families", lambda: found)
