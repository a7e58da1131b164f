"""MT3 on small checkpoints: the reference's numbers, ids and notes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from mt3_desktop.core.families.mt3 import SPEC, Mt3Listener, build
from mt3_desktop.core.model import Ending, Hearing
from mt3_desktop.core.nn.mt3 import Mt3Network
from mt3_desktop.core.nn.rows import T5Rows
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.transcriber import EventModel, segments_of
from mt3_desktop.core.values import AudioClip, Note

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
SOUNDS = ("s1", "s2", "s3", "s4")
CASES = [(model, sound) for model in "AB" for sound in SOUNDS]


@cache
def model(name: str) -> EventModel:
    built = build(SPEC, GOLDEN / f"model_{name}" / "mt3.pth", "cpu")
    assert isinstance(built, EventModel)
    return built


def network(name: str) -> Mt3Network:
    listener = model(name)._open()
    assert isinstance(listener, Mt3Listener)
    return listener.network


@cache
def expected(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"model_{name}" / "outputs.json").read_text(encoding="utf-8"))


def clip(sound: str) -> AudioClip:
    samples, rate = soundfile.read(GOLDEN / "audio" / f"{sound}.flac", dtype="float32")
    return AudioClip(samples, rate, sound)


def segments(sound: str) -> tuple[torch.Tensor, list[int]]:
    samples = clip(sound).samples
    mel = network("A").mel
    count = mel.n_segments(len(samples))
    padded = torch.zeros(count, mel.segment_samples)
    padded.view(-1)[: len(samples)] = torch.from_numpy(samples)
    return padded, [mel.n_segment_frames(index, len(samples)) for index in range(count)]


@pytest.mark.parametrize(("name", "sound"), CASES)
def test_network_input_encoder_and_first_logits(name: str, sound: str) -> None:
    own = network(name)
    comparable = expected(name)[sound]["comparable"]
    samples, n_frames = segments(sound)
    encoded = own.encode(samples, n_frames)
    rows = T5Rows(own.decoder, window=8)
    rows.admit(encoded)
    logits = rows.step(torch.zeros(len(encoded), dtype=torch.int64))
    with np.load(GOLDEN / f"model_{name}" / "outputs.npz") as golden:
        wanted_encoded, wanted_logits = golden[f"{sound}_enc"], golden[f"{sound}_logits0"]
    found = encoded[:, [0, 1, 2, 100, 254, 255]].numpy()
    np.testing.assert_allclose(found[comparable], wanted_encoded[comparable], atol=2e-3)
    np.testing.assert_allclose(logits.numpy()[comparable], wanted_logits[comparable], atol=1e-2)


@pytest.mark.parametrize(("name", "sound"), CASES)
def test_ids_are_those_of_the_reference(name: str, sound: str) -> None:
    golden = expected(name)[sound]
    heard = clip(sound)
    count = model(name).n_segments(len(heard.samples))
    segments = segments_of(Hearing(heard), SPEC.segment_samples, count)
    found = {segment.index: streams for segment, streams in model(name).decode(iter([segments]))}
    for index, ids in enumerate(golden["ids"]):
        if golden["comparable"][index]:
            assert found[index] == (tuple(ids),)


@pytest.mark.parametrize(("name", "sound"), [case for case in CASES if case[1] != "s3"])
def test_notes_are_those_of_the_reference(name: str, sound: str) -> None:
    golden = expected(name)[sound]
    parts = list(model(name).stream(clip(sound), cancel=CancelToken()))
    notes = [note for part in parts for note in part.notes]
    wanted = [Note(a, b, pitch, vel, program, drum) for a, b, pitch, vel, program, drum, _ in golden["notes"]]
    assert [(n.pitch, n.velocity, n.program, n.is_drum) for n in notes] == [
        (n.pitch, n.velocity, n.program, n.is_drum) for n in wanted
    ]
    times = [time for note in notes for time in (note.onset, note.offset)]
    assert times == pytest.approx([time for note in wanted for time in (note.onset, note.offset)], abs=1e-9)
    assert sum(part.invalid_events for part in parts) == golden["invalid_events"]
    assert sum(part.dropped_events for part in parts) == golden["dropped_events"]
    assert [part.index for part in parts] == list(range(golden["num_segments"]))


def test_several_recordings_share_the_window_and_get_the_notes_that_they_get_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    widths: list[int] = []
    advance = T5Rows.advance

    def watched(rows: T5Rows, ids: Tensor) -> Tensor:
        widths.append(len(ids))
        return advance(rows, ids)

    monkeypatch.setattr(T5Rows, "advance", watched)
    hearings = {Hearing(clip(sound)): sound for sound in ("s1", "s2", "s3", "s4") * 2}
    found: dict[Hearing, list[object]] = {}
    for hearing, told in model("A").stream_all(iter(hearings)):
        found.setdefault(hearing, []).append(told)
    assert max(widths) > 4, "no recording here has more than 4 segments"
    for hearing, sound in hearings.items():
        assert found[hearing] == [*model("A").stream(clip(sound), cancel=CancelToken()), Ending.COMPLETE]
