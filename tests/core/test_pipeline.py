"""What a transcription needs and gives, with a family that hears what the test says."""

from __future__ import annotations

import threading
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core import families, pipeline
from mt3_desktop.core.errors import (
    CheckpointInUse,
    DamagedCheckpoint,
    ModelMissing,
    UnknownCheckpoint,
    UnknownModel,
)
from mt3_desktop.core.pipeline import ModelPool, Resume
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import Note, SegmentNotes, sort_key
from tests.helpers.fake_family import FakeModel, Scene, fake_model, fake_spec
from tests.helpers.tones import sine


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda on, length, pitch: Note(on, on + length, pitch, 100, 0),
            st.floats(0, 9), st.floats(0.01, 5), st.integers(30, 90),
        )
    ),
    st.integers(1, 100),
)  # fmt: skip
def test_segments_together_are_the_result(notes: list[Note], tenths: int) -> None:
    from mt3_desktop.core.audio import from_array

    clip = from_array(sine(tenths / 10, 16000), 16000, 16000)
    parts = list(fake_model(Scene(script=notes)).stream(clip, cancel=CancelToken()))
    result = pipeline.collect(parts, clip, "fake")
    assert result.notes == tuple(sorted((note for part in parts for note in part.notes), key=sort_key))


# --- resuming ---


def test_counts_are_added_up() -> None:
    parts = [SegmentNotes(index, 2, 0, 1, (), (), invalid_events=2, dropped_events=3) for index in range(2)]
    resume = Resume.after(parts, Resume(0, invalid_events=10))
    assert (resume.first_segment, resume.invalid_events, resume.dropped_events) == (2, 14, 6)


# --- what can be wrong ---


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fakr", "Did you mean fake?"),
        ("zzz", "There are: fake, remote."),
        ("Remote", "remote?"),
        ("fake REMOTE", "Did you mean remote?"),  # its title
    ],
)
def test_unknown_model(scene: Scene, name: str, hint: str) -> None:
    with pytest.raises(UnknownModel, match="There is no model") as caught:
        pipeline.resolve(name)
    assert hint in caught.value.hint


# --- files of weights ---


def test_own_file_of_no_family(scene: Scene, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "other.safetensors"
    save_file({"nothing.we.know": torch.zeros(2)}, path)
    with pytest.raises(UnknownCheckpoint, match=r'"other.safetensors" isn\'t an MT3-family model\.'):
        pipeline.resolve(str(path))


def test_own_file_that_is_no_weights(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "notes.pth").write_bytes(b"no weights at all")
    with pytest.raises(DamagedCheckpoint):
        pipeline.resolve(str(tmp_path / "notes.pth"))


@pytest.mark.parametrize("name", ["gone.pth", "./gone", "folder\\gone.ckpt"])
def test_own_file_that_is_gone(scene: Scene, name: str) -> None:
    with pytest.raises(UnknownModel, match="Can't find"):
        pipeline.resolve(name)


def test_id_wins_over_a_file_of_that_name(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fake").mkdir()
    monkeypatch.chdir(tmp_path)
    assert pipeline.resolve("fake").weights is None


def test_options_are_merged(scene: Scene) -> None:
    spec = pipeline.resolve("fake", {"memory_length": 64}).spec
    assert spec.options == MappingProxyType({"memory_length": 64})
    assert pipeline.resolve("fake").spec.options == {}


# --- the pool ---


def test_pool_keeps_the_last_model(scene: Scene, pool: ModelPool) -> None:
    for device in ("cpu", "cpu", "cuda", "cpu"):
        with pool.acquire(fake_spec(), Path(), device) as model:
            assert isinstance(model, FakeModel)
    assert [device for *_, device in scene.built] == ["cpu", "cuda", "cpu"]
    assert scene.closed == 2
    pool.close()
    pool.close()
    assert scene.closed == 3


def test_failed_loading_leaves_the_pool_usable(scene: Scene, pool: ModelPool) -> None:
    scene.build_error = DamagedCheckpoint("no")
    with pytest.raises(DamagedCheckpoint), pool.acquire(fake_spec(), Path(), "cpu"):
        pass
    scene.build_error = None
    with pool.acquire(fake_spec(), Path(), "cpu") as model:
        assert model.spec == fake_spec()


def test_second_thread_waits_and_can_give_up(scene: Scene, pool: ModelPool) -> None:
    cancel = CancelToken()
    ended: list[str] = []

    def wait() -> None:
        try:
            with pool.acquire(fake_spec(), Path(), "cpu", cancel=cancel):
                ended.append("got it")
        except Cancelled:
            ended.append("gave up")

    with pool.acquire(fake_spec(), Path(), "cpu"):
        patient = threading.Thread(target=wait)
        patient.start()
        cancel.cancel()
        patient.join(10)
    assert ended == ["gave up"]


def test_file_of_a_loaded_model_cannot_be_removed(
    scene: Scene, store: CheckpointStore, pool: ModelPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = families.spec("remote")
    assert spec.checkpoint is not None
    hold = pipeline.hold_of(pipeline.Resolved(spec), store)
    with pool.acquire(spec, Path("weights"), "cpu", hold=hold):
        pass
    with pytest.raises(CheckpointInUse):
        store.remove(spec.checkpoint)
    pool.close()
    store.remove(spec.checkpoint)


def test_warm_up_loads_but_never_downloads(scene: Scene, store: CheckpointStore, pool: ModelPool) -> None:
    pool.warm_up("fake", store=store, device="cpu")
    assert len(scene.built) == 1
    with pytest.raises(ModelMissing):
        pool.warm_up("remote", store=store)
