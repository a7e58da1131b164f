from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.jobs_model import JOB_ROLE, MISSING_ROLE, STATUS_ROLE, JobsModel, phase, status, taken
from mt3_desktop.app.messages import Level, UserMessage
from mt3_desktop.core.progress import Progress, Stage
from tests.helpers.fake_family import Scene

PATH = Path("/music/Nocturne.m4a")


def running(progress: Progress | None, seconds_left: float | None = None) -> Job:
    return Job(1, PATH, "lite", state=JobState.RUNNING, progress=progress, seconds_left=seconds_left)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (Job(1, PATH, "lite"), "not transcribed yet"),
        (Job(1, PATH, "lite", state=JobState.QUEUED), "queued, number 2"),
        (running(None), "starting…"),
        (running(Progress(Stage.LOAD)), "loading model…"),
        (running(Progress(Stage.FETCH, 42e6, 184e6, "bytes")), "downloading model, 42 MB of 184 MB…"),
        (running(Progress(Stage.TRANSCRIBE, 18, 41, "segments")), "44%"),
        (running(Progress(Stage.TRANSCRIBE, 18, 41, "segments"), 48.9), "44% · 0:48 left"),
        (Job(1, PATH, "lite", state=JobState.CANCELLED), "stopped at 1:52 · 1,204 notes"),
        (Job(1, PATH, "lite", state=JobState.DONE), "1,204 notes"),
        (Job(1, PATH, "lite", state=JobState.WAITING), "waiting for Lite"),
        (
            Job(1, PATH, "lite", state=JobState.WAITING, progress=Progress(Stage.FETCH, 62, 100, "bytes")),
            "waiting for Lite · 62%",
        ),
        (
            Job(1, PATH, "lite", state=JobState.FAILED, message=UserMessage(Level.ERROR, "Disk full")),
            "Disk full · 1,204 notes kept",
        ),
    ],
)
def test_a_row_says_how_a_job_is_doing(job: Job, expected: str) -> None:
    assert status(job, n_notes=1204, heard_until=112.0, place=2, model_title="Lite") == expected


def test_a_finished_song_without_notes_says_so() -> None:
    job = Job(1, PATH, "lite", state=JobState.DONE)

    assert status(job, n_notes=0, heard_until=3.0, place=0) == "no notes found"


def test_the_phase_names_the_segment_being_heard() -> None:
    assert phase(Progress(Stage.TRANSCRIBE, 17, 41, "segments")) == "Segment 18 of 41"
    assert phase(Progress(Stage.TRANSCRIBE, 41, 41, "segments")) == "Segment 41 of 41"


def test_rows_follow_the_queue(qtbot: QtBot, queue: JobQueue, song: Path, tmp_path: Path) -> None:
    model = JobsModel(queue, str.title)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    first, second, third = queue.add([song, tmp_path / "b.wav", tmp_path / "c.wav"], "fake")

    def rows() -> list[int | None]:
        return [model.job_id(model.index(row)) for row in range(model.rowCount())]

    assert rows() == [first, second, third]
    queue.move(third, -2)
    assert rows() == [third, first, second]
    queue.remove(first)
    assert rows() == [third, second]
    queue.restore(first)
    assert rows() == [third, first, second]
    assert tester.model() is model


def test_a_row_is_told_apart_by_its_model_and_can_be_read_aloud(
    qtbot: QtBot, queue: JobQueue, song: Path
) -> None:
    model = JobsModel(queue, str.title)
    queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not queue.is_busy)

    index = model.index(0)
    assert index.data() == "song"
    assert re.fullmatch(r"5 notes in 0:\d\d · Fake", index.data(STATUS_ROLE))
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("song, Fake, 5 notes in 0:0")


def test_how_long_a_song_took_is_said_where_it_is_known() -> None:
    assert taken(Job(1, PATH, "lite", state=JobState.DONE, seconds_taken=72.9)) == " in 1:12"
    assert taken(Job(1, PATH, "lite", state=JobState.DONE)) == ""


def test_a_song_with_several_results_is_one_row_that_tells_of_the_one_at_work(
    qtbot: QtBot, queue: JobQueue, scene: Scene, song: Path
) -> None:
    model = JobsModel(queue, str.title)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    (first,) = queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not queue.is_busy)
    scene.gate = threading.Semaphore(0)
    second = queue.start(first)
    assert model.job_id(model.index(0)) == second
    queue.show_result(first)
    qtbot.waitUntil(lambda: queue.document(second).n_notes > 0)

    assert model.rowCount() == 1
    assert model.job_id(model.index(0)) == first
    assert model.index_of(first) == model.index_of(second) == model.index(0)
    assert "2 results" in model.index(0).data(STATUS_ROLE)
    assert model.index(0).data(JOB_ROLE).id == second

    scene.gate.release()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert re.fullmatch(r"5 notes in 0:\d\d · 2 results", model.index(0).data(STATUS_ROLE))
    queue.remove(first)
    assert (model.rowCount(), model.job_id(model.index(0))) == (1, second)
    queue.remove(second)
    assert model.rowCount() == 0
    queue.restore(second)
    queue.restore(first)
    assert [job.id for job in queue.jobs] == [first, second]
    assert model.job_id(model.index(0)) == first  # which was on show when it went
    assert tester.model() is model


def test_a_row_says_that_its_recording_moved_or_that_it_was_recovered(
    qtbot: QtBot, queue: JobQueue, song: Path
) -> None:
    model = JobsModel(queue, str.title)
    (first,) = queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not queue.is_busy)
    document = queue.document(first)
    recovered = queue.adopt(TranscriptionDocument(document.song, "fake"), JobState.DONE, was_recovered=True)
    queue.document(recovered).restore(document.kept)
    queue.show_result(recovered)
    assert model.index(0).data(STATUS_ROLE) == "recovered · 5 notes · 2 results"

    with qtbot.waitSignal(model.dataChanged):
        document.song.set_missing(True)

    assert model.index(0).data(MISSING_ROLE) is True
    assert model.index(0).data(STATUS_ROLE) == "file moved · recovered · 5 notes · 2 results"
