from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.messages import Action
from mt3_desktop.app.run import Run, Throughput
from mt3_desktop.app.takes import KeptSong, kept_of, state_of
from mt3_desktop.core.devices import FoundDevice
from mt3_desktop.core.errors import OutOfGraphicsMemory
from mt3_desktop.core.progress import Stage
from mt3_desktop.core.session import AudioReference
from mt3_desktop.core.span import Span
from mt3_desktop.core.values import Note
from tests.helpers.fake_family import SCRIPT, Scene, fake_family, fake_spec, install
from tests.helpers.tones import sine, write_audio


def run(qtbot: QtBot, queue: JobQueue, *paths: Path) -> tuple[int, ...]:
    """Submit songs and wait for the end of the last."""
    job_ids = queue.submit(paths, "fake")
    qtbot.waitUntil(lambda: not queue.is_busy)
    return job_ids


def hold(scene: Scene) -> threading.Semaphore:
    """Make the fake model wait before each segment but the first."""
    scene.gate = threading.Semaphore(0)
    return scene.gate


def states(queue: JobQueue) -> list[JobState]:
    return [job.state for job in queue.jobs]


def test_a_song_is_transcribed_segment_by_segment(qtbot: QtBot, queue: JobQueue, song: Path) -> None:
    (job_id,) = run(qtbot, queue, song)

    document = queue.document(job_id)
    assert queue.job(job_id).state is JobState.DONE
    assert set(document.notes) == set(SCRIPT)
    assert document.is_complete
    assert document.duration == pytest.approx(4.0, abs=0.01)


def test_notes_are_there_before_the_end(qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path) -> None:
    gate = hold(scene)
    (job_id,) = queue.submit([song], "fake")
    document = queue.document(job_id)

    qtbot.waitUntil(lambda: document.n_notes > 0)
    assert queue.job(job_id).state is JobState.RUNNING
    assert document.heard_until == 2.0
    assert [note.pitch for note in document.sounding] == [36]

    gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)


def test_documents_change_in_the_main_thread_only(qtbot: QtBot, queue: JobQueue, song: Path) -> None:
    threads: list[QThread] = []
    (job_id,) = queue.add([song], "fake")
    queue.document(job_id).notes_appended.connect(lambda _notes: threads.append(QThread.currentThread()))
    queue.start(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert threads
    assert set(threads) == {queue.thread()}


def test_one_song_at_a_time_in_the_order_of_the_list(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path
) -> None:
    gate = hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    job_ids = queue.submit(songs, "fake")
    assert states(queue) == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]

    queue.move(job_ids[2], -1)
    ended: list[int] = []
    queue.job_ended.connect(ended.append)
    for _ in songs:
        gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert ended == [job_ids[0], job_ids[2], job_ids[1]]


def test_cancel_keeps_the_notes_so_far_and_continue_finds_the_rest(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    hold(scene)
    (job_id,) = queue.submit([song], "fake")
    qtbot.waitUntil(lambda: queue.document(job_id).n_notes > 0)
    queue.cancel(job_id)
    assert queue.job(job_id).state is JobState.STOPPING
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert queue.job(job_id).state is JobState.CANCELLED
    assert 0 < queue.document(job_id).n_notes < len(SCRIPT)

    scene.gate = None
    queue.resume(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert queue.job(job_id).state is JobState.DONE
    assert set(queue.document(job_id).notes) == set(SCRIPT)  # the note over the seam is whole
    assert scene.heard == [0, 1]  # no segment twice


def test_a_failure_is_a_row_with_a_reason_and_the_next_song_goes_on(
    qtbot: QtBot, queue: JobQueue, song: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "notes.mp3"
    broken.write_text("not audio")

    first, second = run(qtbot, queue, broken, song)

    message = queue.job(first).message
    assert queue.job(first).state is JobState.FAILED
    assert message is not None
    assert message.title == 'Can\'t read "notes.mp3"'
    assert (message.job_id, message.path) == (first, broken)
    assert queue.job(second).state is JobState.DONE


def test_a_failed_song_goes_on_from_the_segment_that_failed(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    scene.errors[1] = OutOfGraphicsMemory("The graphics card ran out of memory.")
    (job_id,) = queue.submit([song], "fake", "cuda")
    qtbot.waitUntil(lambda: not queue.is_busy)
    message = queue.job(job_id).message
    assert message is not None
    assert message.title.endswith("at 0:02")
    assert Action.CONTINUE_ON_CPU in message.actions

    scene.errors.clear()
    queue.resume(job_id, device="cpu")
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert queue.job(job_id).state is JobState.DONE
    assert queue.job(job_id).message is None
    assert set(queue.document(job_id).notes) == set(SCRIPT)
    assert scene.built[-1][2] == "cpu"


def test_an_unforeseen_error_ends_the_job_and_not_the_worker(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    scene.errors[0] = ZeroDivisionError("surprise")
    (job_id,) = run(qtbot, queue, song)
    assert queue.job(job_id).state is JobState.FAILED

    scene.errors.clear()
    (again,) = run(qtbot, queue, song)
    assert queue.job(again).state is JobState.DONE


def test_each_job_ends_exactly_once(qtbot: QtBot, queue: JobQueue, song: Path) -> None:
    ended: list[int] = []
    queue.job_ended.connect(ended.append)

    job_ids = run(qtbot, queue, song, song, song)

    assert ended == list(job_ids)


def test_a_removed_song_is_stopped_and_its_late_notes_are_dropped(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    hold(scene)
    (job_id,) = queue.submit([song], "fake")
    document = queue.document(job_id)
    qtbot.waitUntil(lambda: document.n_notes > 0)
    before = document.notes

    queue.remove(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert queue.jobs == ()
    assert document.notes == before


def test_a_removed_song_comes_back_with_its_notes(qtbot: QtBot, queue: JobQueue, song: Path) -> None:
    first, second = run(qtbot, queue, song, song)
    notes = queue.document(first).notes

    queue.remove(first)
    queue.restore(first)

    assert [job.id for job in queue.jobs] == [first, second]
    assert queue.document(first).notes == notes


def test_another_attempt_never_overwrites_notes(qtbot: QtBot, queue: JobQueue, song: Path) -> None:
    (job_id,) = run(qtbot, queue, song)
    queue.document(job_id).delete([SCRIPT[0]])

    again = queue.start(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert again != job_id
    assert SCRIPT[0] not in queue.document(job_id).notes
    assert SCRIPT[0] in queue.document(again).notes


def test_progress_has_phases_and_a_share(qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path) -> None:
    seen: list[Stage] = []

    def look(job_id: int) -> None:
        progress = queue.job(job_id).progress
        if progress is not None and progress.stage not in seen:
            seen.append(progress.stage)

    queue.job_changed.connect(look)
    run(qtbot, queue, song)

    assert seen[-1] in (Stage.TRANSCRIBE, Stage.DONE)
    assert Stage.READ in seen


def test_silence_is_transcribed_when_asked_for(qtbot: QtBot, queue: JobQueue, tmp_path: Path) -> None:
    silent = write_audio(tmp_path / "silence.wav", sine(2.0, level=0.0))
    (job_id,) = run(qtbot, queue, silent)
    message = queue.job(job_id).message
    assert message is not None
    assert Action.TRY_ANYWAY in message.actions

    queue.resume(job_id, accepts_silent=True)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert queue.job(job_id).state is JobState.DONE


def test_close_during_a_job_is_clean(qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path) -> None:
    hold(scene)
    (job_id,) = queue.submit([song], "fake")
    qtbot.waitUntil(lambda: queue.document(job_id).n_notes > 0)

    assert queue.close()

    assert scene.closed == 1  # the model's memory is given back


def test_a_warm_model_is_not_built_again(qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path) -> None:
    queue.warm_up("fake", "auto")
    run(qtbot, queue, song)

    assert len(scene.built) == 1


@pytest.mark.parametrize("loads", ["warm_up", "job"])
def test_devices_are_told_once_a_model_was_loaded(
    qtbot: QtBot, queue: JobQueue, song: Path, monkeypatch: pytest.MonkeyPatch, loads: str
) -> None:
    devices = (FoundDevice("cpu"), FoundDevice("cuda", "A card"))
    monkeypatch.setattr("mt3_desktop.app.worker.find_devices", lambda: devices)
    told: list[object] = []
    queue.devices_found.connect(told.append)

    for _ in range(2):
        if loads == "warm_up":
            queue.warm_up("fake", "auto")
        else:
            run(qtbot, queue, song)
    qtbot.waitUntil(lambda: bool(told))

    assert told == [devices]


def test_a_relocated_song_reads_the_new_file(
    qtbot: QtBot, queue: JobQueue, song: Path, tmp_path: Path
) -> None:
    moved = song.rename(tmp_path / "Ünter ☂ name.wav")
    (job_id,) = run(qtbot, queue, tmp_path / "song.wav")
    assert queue.job(job_id).state is JobState.FAILED

    queue.relocate(job_id, moved)
    queue.resume(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert queue.job(job_id).state is JobState.DONE


def test_notes_after_the_end_count_once(qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path) -> None:
    scene.script = [Note(0.0, 9.0, 60, 90, 0)]
    (job_id,) = run(qtbot, queue, song)

    assert queue.document(job_id).notes == (Note(0.0, 9.0, 60, 90, 0),)


# --- several songs side by side ---


def test_songs_for_one_model_are_heard_side_by_side(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path
) -> None:
    scene.side_by_side = 2
    gate = hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    first, second, third = queue.submit(songs, "fake")
    qtbot.waitUntil(lambda: queue.document(second).n_notes > 0)
    assert queue.document(first).n_notes > 0
    assert states(queue) == [JobState.RUNNING, JobState.RUNNING, JobState.QUEUED]

    for _ in songs:
        gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)

    assert states(queue) == [JobState.DONE] * 3
    assert all(set(queue.document(job_id).notes) == set(SCRIPT) for job_id in (first, second, third))
    assert len(scene.built) == 1


def test_one_of_several_is_stopped_and_the_next_takes_its_place(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path
) -> None:
    scene.side_by_side = 2
    gate = hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    first, second, third = queue.submit(songs, "fake")
    qtbot.waitUntil(lambda: queue.document(second).n_notes > 0)

    queue.cancel(first)
    qtbot.waitUntil(lambda: queue.job(first).state is JobState.CANCELLED)
    gate.release()
    qtbot.waitUntil(lambda: queue.document(third).n_notes > 0)
    assert queue.document(first).heard_until == 2.0

    for _ in songs:
        gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert states(queue) == [JobState.CANCELLED, JobState.DONE, JobState.DONE]
    queue.resume(first)
    gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert set(queue.document(first).notes) == set(SCRIPT)


def test_one_of_several_fails_and_the_others_go_on(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path, tmp_path: Path
) -> None:
    scene.side_by_side = 3
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    other = write_audio(tmp_path / "other.wav", sine(6.0))
    run(qtbot, queue, song, broken, other)
    assert states(queue) == [JobState.DONE, JobState.FAILED, JobState.DONE]


def test_a_song_added_later_joins_those_that_are_being_heard(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path, tmp_path: Path
) -> None:
    scene.side_by_side = 2
    gate = hold(scene)
    (first,) = queue.submit([song], "fake")
    qtbot.waitUntil(lambda: queue.document(first).n_notes > 0)
    (second,) = queue.submit([write_audio(tmp_path / "late.wav", sine(6.0))], "fake")
    qtbot.waitUntil(lambda: queue.document(second).n_notes > 0)
    assert states(queue) == [JobState.RUNNING, JobState.RUNNING]
    for _ in range(3):
        gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert states(queue) == [JobState.DONE, JobState.DONE]


def test_a_song_for_another_model_waits(
    qtbot: QtBot, queue: JobQueue, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, fake_family(scene, fake_spec(), fake_spec("other")))
    scene.side_by_side = 3
    gate = hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    (first,) = queue.submit(songs[:1], "fake")
    queue.submit(songs[1:2], "other")
    (third,) = queue.submit(songs[2:], "fake")
    qtbot.waitUntil(lambda: queue.document(first).n_notes > 0)
    assert states(queue) == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    for _ in songs:
        gate.release()
    qtbot.waitUntil(lambda: queue.job(third).state is JobState.DONE)
    assert [spec.id for spec, *_ in scene.built] == ["fake", "other", "fake"]


def test_close_stops_all_that_are_heard(qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path) -> None:
    scene.side_by_side = 2
    hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    _, second, _ = queue.submit(songs, "fake")
    qtbot.waitUntil(lambda: queue.document(second).n_notes > 0)
    assert queue.close()
    assert scene.closed == 1


def test_a_queued_song_that_is_taken_back_is_not_heard(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path
) -> None:
    gate = hold(scene)
    songs = [write_audio(tmp_path / f"{number}.wav", sine(4.0)) for number in range(3)]
    _, second, third = queue.submit(songs, "fake")
    queue.cancel(second)
    queue.remove(third)
    gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert states(queue) == [JobState.DONE, JobState.READY]
    assert scene.heard == [0, 1]


# --- passages ---

PASSAGE = Span(2.0, 3.4)


def test_a_passage_is_heard_anew_and_the_notes_around_it_stay(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    (first,) = run(qtbot, queue, song)
    before = queue.document(first).notes
    scene.script = (Note(0.3, 0.6, 50, 90, 0), Note(0.0, 0.5, 36, 90, 33))
    second = queue.start(first, span=PASSAGE)
    qtbot.waitUntil(lambda: not queue.is_busy)

    bass = Note(1.0, 2.5, 36, 90, 33)  # sounded where the passage begins, and the model heard it go on
    document = queue.document(second)
    assert second != first
    assert set(document.notes) == {SCRIPT[0], SCRIPT[1], bass, SCRIPT[3], Note(2.3, 2.6, 50, 90, 0)}
    assert document.duration == pytest.approx(4.0, abs=0.01)
    assert document.is_complete
    assert not document.is_edited
    assert queue.document(first).notes == before


def test_a_stopped_passage_comes_back_and_goes_on(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path
) -> None:
    song = write_audio(tmp_path / "long.wav", sine(8.0, 16000), 16000)
    gate = hold(scene)
    (job_id,) = queue.add([song], "fake")
    queue.start(job_id, span=Span(2.0, 6.0))
    document = queue.document(job_id)
    qtbot.waitUntil(lambda: document.n_notes > 0)
    assert document.heard_until == 4.0
    queue.cancel(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)
    standing = queue.job(job_id).standing(document.heard_until)
    assert standing is not None
    assert standing.title == "Stopped at 0:04"

    (take,) = KeptSong.of((document,), 0).session("id", AudioReference(song, "", 0, 0)).takes
    again = TranscriptionDocument(document.song, "fake")
    again.restore(kept_of(take))
    assert again.span == Span(2.0, 6.0)
    later = queue.adopt(again, state_of(take), was_recovered=True)
    gate.release()
    queue.resume(later)
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert sorted(note.onset for note in again.notes) == [2.0, 2.5, 3.0, 3.5, 4.5]
    assert {(len(clip.samples), clip.sample_rate) for clip in scene.clips} == {(64000, 16000)}


def test_the_speed_of_a_passage_counts_the_passage_alone(
    qtbot: QtBot, queue: JobQueue, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = write_audio(tmp_path / "long.wav", sine(8.0, 16000), 16000)
    told: list[float] = []

    def end(_throughput: Throughput, run: Run, heard_until: float) -> None:
        assert run.heard_before is not None
        told.append(heard_until - run.heard_before)

    monkeypatch.setattr(Throughput, "end", end)
    (job_id,) = queue.add([song], "fake")
    queue.start(job_id, span=Span(4.0, 6.0))
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert told == [2.0]
