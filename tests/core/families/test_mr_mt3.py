"""MR-MT3 on a small checkpoint: the reference's memory, ids and notes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import soundfile
from torch import Tensor

from mt3_desktop.core.families.mr_mt3 import SIDE_BY_SIDE, SPEC, MrMt3Listener, build, recognises
from mt3_desktop.core.model import CheckpointFacts, Ending, Hearing
from mt3_desktop.core.nn.rows import T5Rows
from mt3_desktop.core.nn.weights import read_facts
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.transcriber import EventModel, segments_of
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
CHECKPOINT = GOLDEN / "mrmt3" / "model.ckpt"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (GOLDEN / "mrmt3" / "outputs.json").read_text(encoding="utf-8")
)


def model(length: int) -> EventModel:
    spec = replace(SPEC, options=MappingProxyType({"memory_length": length}))
    built = build(spec, CHECKPOINT, "cpu")
    assert isinstance(built, EventModel)
    return built


def clip(case: str) -> AudioClip:
    sound = case.partition("_")[0]
    samples, rate = soundfile.read(GOLDEN / "audio" / f"{sound}.flac", dtype="float32")
    return AudioClip(samples, rate, sound)


@pytest.mark.parametrize("case", EXPECTED)
def test_ids_and_notes_are_those_of_the_reference(case: str) -> None:
    golden = EXPECTED[case]
    built = model(golden["segmem_length"])
    heard = clip(case)
    count = built.n_segments(len(heard.samples))
    segments = segments_of(Hearing(heard), SPEC.segment_samples, count)
    found = [(segment.index, streams) for segment, streams in built.decode(iter([segments]))]
    assert found == [(index, (tuple(ids),)) for index, ids in enumerate(golden["ids"])]
    notes = [note for part in built.stream(heard, cancel=CancelToken()) for note in part.notes]
    wanted = [
        Note(a, b, pitch, vel, program, drum) for a, b, pitch, vel, program, drum, *_ in golden["notes"]
    ]
    assert [(n.pitch, n.velocity, n.program, n.is_drum) for n in notes] == [
        (n.pitch, n.velocity, n.program, n.is_drum) for n in wanted
    ]
    times = [time for note in notes for time in (note.onset, note.offset)]
    assert times == pytest.approx([time for note in wanted for time in (note.onset, note.offset)], abs=1e-9)


SOUNDS = ["s1", "s2", "s3", "s4"]


def together(built: EventModel, hearings: Iterable[Hearing | None]) -> dict[Hearing, list[object]]:
    """What is told of each recording when they are heard side by side."""
    found: dict[Hearing, list[object]] = {}
    for hearing, told in built.stream_all(iter(hearings)):
        found.setdefault(hearing, []).append(told)
    return found


def alone(built: EventModel, sound: str) -> list[object]:
    return [*built.stream(clip(sound), cancel=CancelToken()), Ending.COMPLETE]


def test_recordings_side_by_side_get_the_notes_that_they_get_alone() -> None:
    built = model(16)
    hearings = {Hearing(clip(sound)): sound for sound in SOUNDS * 3}  # more than go side by side
    found = together(built, hearings)
    wanted = {sound: alone(built, sound) for sound in SOUNDS}
    assert len(found) == len(hearings)
    assert all(found[hearing] == wanted[sound] for hearing, sound in hearings.items())


def test_recordings_side_by_side_make_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[int] = []
    advance = T5Rows.advance

    def watched(rows: T5Rows, ids: Tensor) -> Tensor:
        widths.append(len(ids))
        return advance(rows, ids)

    monkeypatch.setattr(T5Rows, "advance", watched)
    together(model(16), [Hearing(clip("s1")) for _ in range(SIDE_BY_SIDE + 1)])
    assert max(widths) == SIDE_BY_SIDE


def test_a_recording_that_comes_later_joins_the_others() -> None:
    built = model(16)
    late = Hearing(clip("s2"))
    order = [hearing is late for hearing, _ in built.stream_all(iter([Hearing(clip("s1")), None, late]))]
    assert order.index(True) < len(order) - 1 - order[::-1].index(False), "not only when the first is done"
    assert together(built, [Hearing(clip("s1")), None, None, late])[late] == alone(built, "s2")


def test_a_cancelled_recording_leaves_the_others_alone() -> None:
    built = model(16)
    stopped, other = Hearing(clip("s1")), Hearing(clip("s3"))
    told: dict[Hearing, list[object]] = {stopped: [], other: []}
    for hearing, what in built.stream_all(iter([stopped, other])):
        told[hearing].append(what)
        if hearing is stopped:
            stopped.cancel.cancel()
    assert [type(what) for what in told[stopped]] == [SegmentNotes, Ending]
    assert told[stopped][-1] is Ending.CANCELLED
    assert told[other] == alone(built, "s3")


@pytest.mark.parametrize("sound", ["s1", "s2"])
def test_encoder_and_memory(sound: str) -> None:
    listener = model(16)._open()
    assert isinstance(listener, MrMt3Listener)
    network, heard = listener.network, clip(sound)
    count = listener.n_segments(len(heard.samples))
    pieces = segments_of(Hearing(heard), SPEC.segment_samples, count)
    encoded = [row for _, row in network.encode_all(pieces, first=1)]
    ids = EXPECTED[f"{sound}_L16"]["ids"]
    with np.load(GOLDEN / "mrmt3" / "outputs.npz") as golden:
        wanted_encoded, wanted_memory = golden[f"{sound}_enc"], golden[f"{sound}_L16_mem"]
    for index, previous in enumerate([None, *ids[:-1]]):
        np.testing.assert_allclose(encoded[index][[0, 1, 100, 255]], wanted_encoded[index], atol=2e-3)
        np.testing.assert_allclose(listener.memory.of(previous)[:4], wanted_memory[index], atol=2e-4)


def test_the_memory_length_is_read_where_it_is_stated() -> None:
    spec = recognises(read_facts(CHECKPOINT))
    assert spec is not None
    assert spec.options["memory_length"] == 16
    assert spec.assumed == ()


@pytest.mark.parametrize(
    ("filename", "length", "assumed"),
    [
        ("exp_segmemV2_prev_context=32.ckpt", 32, ()),
        ("exp_segmemV2_prev_context=0.ckpt", 0, ()),
        ("last.ckpt", 64, ("memory_length",)),
    ],
)
def test_the_memory_length_is_read_from_the_name_or_assumed(
    filename: str, length: int, assumed: tuple[str, ...]
) -> None:
    facts = read_facts(CHECKPOINT)
    spec = recognises(CheckpointFacts(facts.shapes, filename=filename))
    assert spec is not None
    assert spec.options["memory_length"] == length
    assert spec.assumed == assumed


def test_mt3_itself_is_not_mistaken_for_it() -> None:
    assert recognises(read_facts(GOLDEN / "model_A" / "mt3.pth")) is None
