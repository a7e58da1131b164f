"""Files through all stages, alone and side by side, with a family that hears what the test says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mt3_desktop.core.batch import Task, transcribe_file, transcribe_files
from mt3_desktop.core.errors import (
    AudioNotFound,
    DamagedAudio,
    ModelMissing,
    OutOfMemory,
    SilentAudio,
    UnsupportedAudio,
)
from mt3_desktop.core.pipeline import ModelPool, Request, Resume
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import Note, SegmentNotes, sort_key
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.tones import sine, tone_song, write_audio


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


def test_resume_at_the_very_start_is_a_new_run(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    request = Request(song, "fake", resume=Resume.after(()))
    assert transcribe_file(request, store=store, pool=pool).notes == tuple(sorted(SCRIPT, key=sort_key))


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


def test_model_that_ran_out_of_memory_is_given_up(
    scene: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    scene.errors[1] = OutOfMemory("The graphics card ran out of memory.")
    with pytest.raises(OutOfMemory):
        transcribe_file(Request(song, "fake"), store=store, pool=pool)
    assert scene.closed == 1


# --- several files ---


@dataclass
class Several:
    """Files that are transcribed together, and what is told of them in order."""

    store: CheckpointStore
    pool: ModelPool
    told: list[tuple[str, object]] = field(default_factory=list)
    parts: dict[str, list[SegmentNotes]] = field(default_factory=dict)
    progress: dict[str, list[Progress]] = field(default_factory=dict)

    def task(self, path: Path, **options: Any) -> Task:  # Any: fields of Request
        parts = self.parts.setdefault(path.stem, [])

        def on_segment(part: SegmentNotes) -> None:
            parts.append(part)
            self.told.append((path.stem, part.index))

        report = self.progress.setdefault(path.stem, []).append
        return Task(Request(path, "fake", **options), report, on_segment)

    def run(self, tasks: Iterable[Task | None]) -> dict[str, object]:
        """What became of each file: its notes, or the kind of its error."""
        ends: dict[str, object] = {}
        for outcome in transcribe_files(iter(tasks), store=self.store, pool=self.pool):
            name, result = outcome.task.request.path.stem, outcome.result
            assert name not in ends
            ends[name] = type(result) if isinstance(result, Exception) else result.notes
            self.told.append((name, "end"))
        return ends


@pytest.fixture
def several(store: CheckpointStore, pool: ModelPool) -> Several:
    return Several(store, pool)


@pytest.fixture
def songs(tmp_path: Path) -> list[Path]:
    """Of 2, 3 and 2 segments."""
    return [
        write_audio(tmp_path / f"{name}.wav", tone_song(SCRIPT, duration=seconds))
        for name, seconds in [("a", 4.0), ("b", 6.0), ("c", 4.0)]
    ]


NOTES = tuple(sorted(SCRIPT, key=sort_key))


@pytest.mark.parametrize("side_by_side", [1, 2, 3, 9])
def test_each_file_gets_its_notes(
    scene: Scene, several: Several, songs: list[Path], side_by_side: int
) -> None:
    scene.side_by_side = side_by_side
    assert several.run(map(several.task, songs)) == dict.fromkeys("abc", NOTES)
    assert len(scene.built) == 1
    for name, count in [("a", 2), ("b", 3), ("c", 2)]:
        assert [part.index for part in several.parts[name]] == list(range(count))
        listening = [p.done for p in several.progress[name] if p.stage is Stage.TRANSCRIBE]
        assert listening == list(range(count + 1))
        assert several.progress[name][-1].stage is Stage.DONE


def test_files_go_side_by_side_where_the_model_can(scene: Scene, several: Several, songs: list[Path]) -> None:
    scene.side_by_side = 2
    several.run(map(several.task, songs))
    assert several.told == [
        ("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", "end"), ("b", 2), ("c", 0), ("b", "end"), ("c", 1),
        ("c", "end"),
    ]  # fmt: skip


def test_files_are_read_only_when_it_is_their_turn(scene: Scene, several: Several, songs: list[Path]) -> None:
    def tasks() -> Iterator[Task]:
        for path in songs:
            several.told.append((path.stem, "drawn"))
            yield several.task(path)

    several.run(tasks())
    assert several.told.index(("b", "drawn")) > several.told.index(("a", 1))


@pytest.mark.parametrize("side_by_side", [1, 3])
def test_a_file_that_cannot_be_read_stops_no_other(
    scene: Scene, several: Several, songs: list[Path], tmp_path: Path, side_by_side: int
) -> None:
    scene.side_by_side = side_by_side
    for name in "xyz":
        (tmp_path / f"{name}.wav").write_bytes(b"no sound")
    x, y, z = (tmp_path / f"{name}.wav" for name in "xyz")
    a, b, c = songs
    ends = several.run(map(several.task, [x, a, y, b, c, z]))
    assert ends == dict.fromkeys("abc", NOTES) | dict.fromkeys("xyz", UnsupportedAudio)
    assert len(scene.built) == 1


def test_one_file_is_stopped_and_the_others_go_on(scene: Scene, several: Several, songs: list[Path]) -> None:
    scene.side_by_side = 3
    tasks = [several.task(path) for path in songs]
    scene.before_segment = lambda index: tasks[1].cancel.cancel() if index == 1 else None
    assert several.run(tasks) == {"a": NOTES, "b": Cancelled, "c": NOTES}
    assert [part.index for part in several.parts["b"]] == [0]


@pytest.mark.parametrize(("side_by_side", "hit"), [(1, "b"), (2, "ab"), (3, "abc")])
def test_an_error_of_the_model_hits_the_files_that_it_was_hearing(
    scene: Scene, several: Several, songs: list[Path], side_by_side: int, hit: str
) -> None:
    scene.side_by_side = side_by_side

    def fail_once(index: int) -> None:
        if several.parts.get("b") and index == 1:
            scene.before_segment = None
            raise OutOfMemory("The graphics card ran out of memory.")

    scene.before_segment = fail_once
    ends = several.run(map(several.task, songs))
    assert ends == {name: OutOfMemory if name in hit else NOTES for name in "abc"}
    assert len(scene.built) == 2 - (hit == "abc")


def test_a_file_that_comes_later_joins_the_others(scene: Scene, several: Several, songs: list[Path]) -> None:
    scene.side_by_side = 2
    a, b, c = map(several.task, songs)
    several.run([b, None, a, None, None, c])
    assert several.told[:3] == [("b", 0), ("b", 1), ("a", 0)]


def test_a_file_is_resumed_beside_others(scene: Scene, several: Several, songs: list[Path]) -> None:
    scene.side_by_side = 2
    several.run(map(several.task, songs[:1]))
    resume = Resume.after(several.parts["a"][:1])
    again = several.task(songs[2], resume=resume)
    ends = several.run([several.task(songs[1]), again])
    assert ends == {"b": NOTES, "c": NOTES}
    assert [part.index for part in several.parts["c"]] == [1]


def test_an_iterator_that_is_closed_gives_the_model_back(
    scene: Scene, several: Several, songs: list[Path]
) -> None:
    outcomes = transcribe_files(map(several.task, songs), store=several.store, pool=several.pool)
    next(outcomes)
    outcomes.close()
    several.pool.close()
    assert scene.closed == 1
