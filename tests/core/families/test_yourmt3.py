"""YourMT3 as a family: sound in, notes out, from small checkpoints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

from mt3_desktop.core.errors import DamagedCheckpoint
from mt3_desktop.core.families.yourmt3 import FAMILY, SPEC, build, recognises
from mt3_desktop.core.model import CheckpointFacts, Ending, Hearing, LoadedModel, SharedModel
from mt3_desktop.core.nn.weights import read_facts
from mt3_desktop.core.pipeline import Resume, collect
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.seam import Seam
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.values import AudioClip, Note
from tests.helpers.yourmt3_weights import GOLDEN, save_tiny, signal, tiny_random, tiny_trained

EXPECTED: dict[str, Any] = json.loads((GOLDEN / "tiny_expected.json").read_text(encoding="utf-8"))
WHOLE = replace(SPEC, options=MappingProxyType({**SPEC.options, "notes": "whole"}))
RAW = replace(SPEC, options=MappingProxyType({**SPEC.options, "voices": "published"}))
GM_VOICES = {100: 53, 101: 52}


def clip(name: str, *, times: int = 1) -> AudioClip:
    return AudioClip(np.tile(signal(name), times), 16_000, f"{name}.wav")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("tiny"), tiny_trained())


@pytest.fixture(scope="module")
def model(folder: Path) -> LoadedModel:
    return build(SPEC, folder, "cpu")


def transcribed(model: LoadedModel, sound: AudioClip) -> tuple[Note, ...]:
    return collect(model.stream(sound, cancel=CancelToken()), sound, SPEC.id).notes


class TestNotes:
    @pytest.mark.parametrize("sound", ["A", "B"])
    @pytest.mark.parametrize(("spec", "voices"), [(SPEC, GM_VOICES), (RAW, {})], ids=["usual", "raw"])
    def test_published_notes(self, folder: Path, sound: str, spec: ModelSpec, voices: dict[int, int]) -> None:
        parts = list(build(spec, folder, "cpu").stream(clip(sound), cancel=CancelToken()))
        found = sorted(
            (n.is_drum, 128 if n.is_drum else n.program, n.pitch, n.onset, n.offset)
            for part in parts
            for n in part.notes
        )
        post = EXPECTED["tiny_trained"][sound]["post"]
        wanted = sorted(
            (n["is_drum"], voices.get(n["program"], n["program"]), n["pitch"], n["onset"], n["offset"])
            for n in post["mixed_notes"]
        )
        assert [n[:3] for n in found] == [n[:3] for n in wanted]
        assert np.array([n[3:] for n in found]) == pytest.approx(np.array([n[3:] for n in wanted]), abs=1e-9)
        assert [part.start for part in parts] == post["start_times"]
        assert sum(part.invalid_events for part in parts) == sum(post["token_error_counts"].values())

    def test_whole_notes_differ_only_where_the_rules_say(self, folder: Path, model: LoadedModel) -> None:
        published = set(transcribed(model, clip("A")))
        whole = set(transcribed(build(WHOLE, folder, "cpu"), clip("A")))
        assert {(n.onset, n.pitch, n.program) for n in whole} == {
            (n.onset, n.pitch, n.program) for n in published
        }
        (until_the_end,) = whole - published
        assert (until_the_end.onset, until_the_end.offset) == (2.1, 5.0)

    def test_singing_drums_and_instruments_are_heard(self, model: LoadedModel) -> None:
        notes = transcribed(model, clip("B"))
        assert any(note.is_drum for note in notes)
        assert len({note.program for note in notes if not note.is_drum}) > 5
        assert {note.velocity for note in notes} == {100}
        assert all(note.program not in (100, 101) for note in notes)

    def test_segments_come_in_order_and_cover_the_recording(self, model: LoadedModel) -> None:
        parts = list(model.stream(clip("A"), cancel=CancelToken()))
        assert [(part.index, part.count) for part in parts] == [(0, 3), (1, 3), (2, 3)]
        assert parts[0].end == parts[1].start == 2.0479375
        assert parts[-1].end == 5.0
        assert parts[-1].sounding == ()

    def test_twice_the_same(self, model: LoadedModel) -> None:
        assert transcribed(model, clip("A")) == transcribed(model, clip("A"))

    @pytest.mark.parametrize("n_samples", [1, 800, 32_766, 32_767, 32_768])
    def test_any_length(self, model: LoadedModel, n_samples: int) -> None:
        sound = AudioClip(signal("A")[:n_samples], 16_000, "short.wav")
        parts = list(model.stream(sound, cancel=CancelToken()))
        assert len(parts) == (1 if n_samples < 32_768 else 2)

    def test_silence_of_an_hour_is_heard_once(self, model: LoadedModel) -> None:
        silence = AudioClip(np.zeros(16_000 * 3600, np.float32), 16_000, "silence.wav")
        assert len(list(model.stream(silence, cancel=CancelToken()))) == 1758


class TestDenseDrums:
    def test_off_by_default_and_without_effect_where_nothing_is_dense(
        self, folder: Path, model: LoadedModel
    ) -> None:
        assert SPEC.options["dense_drums"] == "off"
        helped = build(replace(SPEC, options=MappingProxyType({"dense_drums": "on"})), folder, "cpu")
        calm = AudioClip(np.sin(np.arange(40_000) / 20).astype(np.float32) * 0.1, 16_000, "calm.wav")
        assert transcribed(helped, calm) == transcribed(model, calm)

    def test_drums_only_may_change(self, folder: Path, model: LoadedModel) -> None:
        helped = build(replace(SPEC, options=MappingProxyType({"dense_drums": "on"})), folder, "cpu")
        random = np.random.default_rng(2)
        strokes = random.normal(0, 0.3, 48_000) * np.tile(np.exp(-np.arange(1_600) / 200), 30)
        sound = AudioClip((strokes + signal("A")[:48_000]).astype(np.float32), 16_000, "dense.wav")
        pitched = [note for note in transcribed(helped, sound) if not note.is_drum]
        assert pitched == [note for note in transcribed(model, sound) if not note.is_drum]


class TestRunning:
    def test_cancelled_in_the_middle(self, model: LoadedModel) -> None:
        cancel = CancelToken()
        parts = model.stream(clip("A", times=4), cancel=cancel)
        next(parts)
        cancel.cancel()
        with pytest.raises(Cancelled):
            list(parts)

    def test_resumed_where_it_stopped(self, model: LoadedModel) -> None:
        whole = list(model.stream(clip("A"), cancel=CancelToken()))
        resume = Resume.after(whole[:1])
        seam = Seam(resume.sounding)
        parts = model.stream(clip("A"), cancel=CancelToken(), first_segment=resume.first_segment)
        rest = map(seam.joined, parts)
        resumed = collect(rest, clip("A"), SPEC.id, resume=resume).notes
        full = collect(iter(whole), clip("A"), SPEC.id).notes
        assert [(n.onset, n.pitch, n.program) for n in resumed] == [
            (n.onset, n.pitch, n.program) for n in full
        ]

    def test_several_recordings_get_the_notes_that_they_get_alone(self, model: LoadedModel) -> None:
        assert isinstance(model, SharedModel)
        hearings = [Hearing(clip(name)) for name in "ABA"]
        found: dict[Hearing, list[object]] = {hearing: [] for hearing in hearings}
        for hearing, told in model.stream_all(iter(hearings)):
            found[hearing].append(told)
        for hearing in hearings:
            alone = model.stream(hearing.clip, cancel=CancelToken())
            assert found[hearing] == [*alone, Ending.COMPLETE]

    def test_closed(self, folder: Path) -> None:
        model = build(SPEC, folder, "cpu")
        model.close()
        with pytest.raises(ValueError, match="closed"):
            list(model.stream(clip("B"), cancel=CancelToken()))

    def test_weights_outlive_their_file(self, tmp_path: Path) -> None:
        path = save_tiny(tmp_path / "tiny", tiny_trained())
        model = build(SPEC, path, "cpu")
        (path / "tiny.safetensors").write_bytes(b"")
        assert transcribed(model, clip("B"))


class TestFamily:
    def test_lightning_file_of_another_size(self) -> None:
        facts = read_facts(GOLDEN / "fake_last.ckpt")
        spec = recognises(facts)
        assert spec is not None
        assert spec.family == FAMILY.name
        assert list(build(spec, GOLDEN / "fake_last.ckpt", "cpu").stream(clip("B"), cancel=CancelToken()))

    def test_other_families_are_not_ours(self) -> None:
        mt3 = {"decoder_embed_tokens.weight": (1536, 512), "proj.weight": (512, 512)}
        assert recognises(CheckpointFacts(mt3)) is None

    def test_cut_file_is_refused(self, tmp_path: Path) -> None:
        content = (GOLDEN / "fake_last.ckpt").read_bytes()
        (tmp_path / "last.ckpt").write_bytes(content[: len(content) // 2])
        with pytest.raises(DamagedCheckpoint):
            build(SPEC, tmp_path / "last.ckpt", "cpu")

    def test_a_sibling_with_another_norm_loads(self, tmp_path: Path) -> None:
        weights = {
            name: t
            for name, t in tiny_random().items()
            if not ("layernorm" in name and name.endswith("bias"))
        }
        assert len(weights) == 194
        build(SPEC, save_tiny(tmp_path, weights), "cpu")

    def test_what_a_training_program_saves_besides_does_not_matter(
        self, tmp_path: Path, model: LoadedModel
    ) -> None:
        content = {
            "state_dict": tiny_trained(),
            "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(1000)}}}],
            "hyper_parameters": json.loads((GOLDEN / "tiny_config.json").read_text(encoding="utf-8")),
        }
        torch.save(content, tmp_path / "x.ckpt")
        loaded = build(SPEC, tmp_path / "x.ckpt", "cpu")
        assert transcribed(loaded, clip("B")) == transcribed(model, clip("B"))
