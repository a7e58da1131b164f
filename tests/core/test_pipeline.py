"""One file through all stages, with a family that hears what the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core import pipeline
from mt3_desktop.core.errors import (
    AudioNotFound,
    CheckpointInUse,
    DamagedAudio,
    DamagedCheckpoint,
    ModelMissing,
    OutOfMemory,
    SilentAudio,
    UnknownCheckpoint,
    UnknownModel,
)
from mt3_desktop.core.pipeline import ModelPool, Request, Resume, transcribe_file
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.values import Note, SegmentNotes, sort_key
from tests.helpers.fake_family import SCRIPT, FakeModel, Scene, fake_family, fake_model, fake_spec, install
from tests.helpers.tones import sine, tone_song, write_audio

NO_MIRROR = Checkpoint("ab" * 32, 1000, "fake.pth", (), "CC0-1.0")

Transcribe = Callable[..., object]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    install(monkeypatch, fake_family(scene, fake_spec(), fake_spec("remote", checkpoint=NO_MIRROR)))
    return scene


@pytest.fixture
def store(locations: Locations) -> CheckpointStore:
    return CheckpointStore(locations)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "song.wav", tone_song(SCRIPT, duration=7.0))


@pytest.fixture
def pool() -> ModelPool:
    return ModelPool()


def test_file_becomes_notes(scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path) -> None:
    told: list[Progress] = []
    parts: list[SegmentNotes] = []
    result = transcribe_file(
        Request(song, "fake"), store=store, pool=pool, report=told.append, on_segment=parts.append
    )
    assert result.notes == tuple(sorted(SCRIPT, key=sort_key))
    assert (result.model_id, result.source, result.duration) == ("fake", "song.wav", 7.0)
    assert [part.index for part in parts] == [0, 1, 2, 3]
    stages = list(dict.fromkeys(progress.stage for progress in told))
    assert stages == [Stage.READ, Stage.LOAD, Stage.TRANSCRIBE, Stage.DONE]
    assert [p.done for p in told if p.stage is Stage.TRANSCRIBE] == [0, 1, 2, 3, 4]


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


@pytest.mark.parametrize("listens_back", [False, True])
@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_resumed_run_gives_the_same_notes(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path, stop_after: int, listens_back: bool
) -> None:
    scene.listens_back = listens_back
    scene.script = (*SCRIPT, Note(0.3, 6.5, 40, 99, 33), Note(3.9, 4.0, 80, 50, 0), Note(2.0, 2.2, 40, 90, 0))
    whole = transcribe_file(Request(song, "fake"), store=store, pool=pool)
    cancel = CancelToken()
    heard: list[SegmentNotes] = []

    def stop(part: SegmentNotes) -> None:
        heard.append(part)
        if len(heard) == stop_after:
            cancel.cancel()

    with pytest.raises(Cancelled):
        transcribe_file(Request(song, "fake"), store=store, pool=pool, on_segment=stop, cancel=cancel)
    scene.heard.clear()

    later: list[SegmentNotes] = []
    request = Request(song, "fake", resume=Resume.after(heard))
    resumed = transcribe_file(request, store=store, pool=pool, on_segment=later.append)

    assert scene.heard[0] == stop_after
    assert resumed.notes == whole.notes
    live = [note for part in (*heard, *later) for note in part.notes]
    assert sorted(live, key=sort_key) == list(whole.notes)


def test_note_that_is_not_heard_again_ends_at_the_seam(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    lost = Note(1.0, 9.0, 50, 90, 12)
    scene.script = ()
    request = Request(song, "fake", resume=Resume(1, notes=(), sounding=(lost,)))
    result = transcribe_file(request, store=store, pool=pool)
    assert result.notes == (Note(1.0, 2.0, 50, 90, 12),)
    scene.listens_back, scene.script = True, (Note(1.1, 3.0, 50, 90, 13),)
    result = transcribe_file(request, store=store, pool=pool)
    assert result.notes == scene.script, "what is heard anew replaces what was only supposed"


def test_counts_are_added_up() -> None:
    parts = [SegmentNotes(index, 2, 0, 1, (), (), invalid_events=2, dropped_events=3) for index in range(2)]
    resume = Resume.after(parts, Resume(0, invalid_events=10))
    assert (resume.first_segment, resume.invalid_events, resume.dropped_events) == (2, 14, 6)


def test_resume_at_the_very_start_is_a_new_run(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    request = Request(song, "fake", resume=Resume.after(()))
    assert transcribe_file(request, store=store, pool=pool).notes == tuple(sorted(SCRIPT, key=sort_key))


# --- what can be wrong ---


def test_bad_file_costs_no_download(
    scene: Scene, store: CheckpointStore, pool: ModelPool, tmp_path: Path
) -> None:
    told: list[Progress] = []
    with pytest.raises(AudioNotFound):
        transcribe_file(Request(tmp_path / "gone.wav", "remote"), store=store, pool=pool, report=told.append)
    assert told == []


def test_missing_model_names_the_command(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    with pytest.raises(ModelMissing, match="mt3-desktop models get remote"):
        transcribe_file(Request(song, "remote", auto_download=False), store=store, pool=pool)


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


def test_choice_about_damaged_and_silent_files_is_passed_on(
    scene: Scene, store: CheckpointStore, pool: ModelPool, tmp_path: Path
) -> None:
    silent = write_audio(tmp_path / "silent.wav", sine(3.0, level=0))
    cut = write_audio(tmp_path / "cut.wav", sine(3.0))
    cut.write_bytes(cut.read_bytes()[:-100_000])
    with pytest.raises(SilentAudio):
        transcribe_file(Request(silent, "fake"), store=store, pool=pool)
    with pytest.raises(DamagedAudio):
        transcribe_file(Request(cut, "fake"), store=store, pool=pool)
    assert transcribe_file(Request(silent, "fake", accept_silent=True), store=store, pool=pool).duration == 3
    assert transcribe_file(Request(cut, "fake", accept_damaged=True), store=store, pool=pool).duration < 2


@pytest.mark.parametrize("at", [Stage.READ, Stage.LOAD, Stage.TRANSCRIBE])
def test_stopping_at_every_stage(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path, at: Stage
) -> None:
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.stage is at:
            cancel.cancel()

    with pytest.raises(Cancelled):
        transcribe_file(Request(song, "fake"), store=store, pool=pool, report=stop, cancel=cancel)
    assert transcribe_file(Request(song, "fake"), store=store, pool=pool).notes, "the pool is free again"


# --- files of weights ---


def test_own_file_is_recognised(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "mine.safetensors"
    save_file({"fake.weight": torch.zeros(2, 3)}, path)
    result = transcribe_file(Request(song, str(path)), store=store, pool=pool)
    assert result.model_id == "from-file"
    assert scene.built[0][1] == path


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
    spec = pipeline.resolve("fake", {"memory": 64}).spec
    assert spec.options == MappingProxyType({"memory": 64})
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


def test_model_that_ran_out_of_memory_is_given_up(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    scene.errors[1] = OutOfMemory("The graphics card ran out of memory.")
    with pytest.raises(OutOfMemory):
        transcribe_file(Request(song, "fake"), store=store, pool=pool)
    assert scene.closed == 1


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
    spec = fake_spec("remote", checkpoint=NO_MIRROR)
    hold = pipeline.hold_of(pipeline.Resolved(spec), store)
    with pool.acquire(spec, Path("weights"), "cpu", hold=hold):
        pass
    with pytest.raises(CheckpointInUse):
        store.remove(NO_MIRROR)
    pool.close()
    store.remove(NO_MIRROR)


def test_warm_up_loads_but_never_downloads(scene: Scene, store: CheckpointStore, pool: ModelPool) -> None:
    pool.warm_up("fake", store=store, device="cpu")
    assert len(scene.built) == 1
    with pytest.raises(ModelMissing):
        pool.warm_up("remote", store=store)
