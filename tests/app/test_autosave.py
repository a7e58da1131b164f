from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.autosave import Autosave
from mt3_desktop.app.job import JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.messages import Messages, UserMessage
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.errors import DiskFull
from mt3_desktop.core.instruments import DRUMS
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.session import files as session_files
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Instrument
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.tones import sine, write_audio


class Run:
    """One run of the program: a queue, and what keeps it."""

    def __init__(self, locations: Locations, qtbot: QtBot) -> None:
        self.queue = JobQueue(CheckpointStore(locations), ModelPool())
        self.messages = Messages()
        self.posted: list[UserMessage] = []
        self.messages.posted.connect(self.posted.append)
        self.autosave = Autosave(self.queue, locations.sessions, self.messages)
        self._qtbot = qtbot

    def restore(self) -> None:
        with self._qtbot.waitSignal(self.autosave.restored):
            self.autosave.restore()

    def end(self) -> None:
        assert self.queue.close()
        assert self.autosave.close()


@pytest.fixture
def new_run(qtbot: QtBot, scene: Scene, locations: Locations) -> Callable[[], Run]:
    return lambda: Run(locations, qtbot)


def test_a_song_and_its_edits_are_there_in_the_next_run(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path
) -> None:
    first = new_run()
    (job_id,) = first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    document = first.queue.document(job_id)
    document.rename(Instrument(33), "Low end")
    document.move_to_drums(Instrument(48))
    document.set_track(DRUMS, muted=True)
    first.end()

    second = new_run()
    second.restore()
    (job,) = second.queue.jobs
    again = second.queue.document(job.id)

    assert (job.path, job.model_id, job.state) == (song, "fake", JobState.DONE)
    assert again.notes == document.notes
    assert again.tracks == document.tracks
    assert set(again.progress.notes) == set(SCRIPT)
    second.end()


def test_a_song_of_an_earlier_run_that_was_removed_and_brought_back_is_kept(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path
) -> None:
    first = new_run()
    first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.end()

    second = new_run()
    second.restore()
    (job,) = second.queue.jobs
    second.queue.remove(job.id)
    second.queue.restore(job.id)
    second.end()

    third = new_run()
    third.restore()
    assert [job.path for job in third.queue.jobs] == [song]
    third.end()


def test_what_a_run_that_broke_off_left_behind_is_told_apart(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, tmp_path: Path
) -> None:
    orderly = new_run()
    orderly.restore()
    orderly.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not orderly.queue.is_busy)
    orderly.end()

    broken = new_run()
    broken.restore()
    assert not broken.queue.jobs[0].was_recovered
    other = write_audio(tmp_path / "other.wav", sine(3.0, 16000), 16000)
    untouched = broken.queue.add([tmp_path / "untouched.wav"], "fake")
    broken.queue.submit([other], "fake")
    qtbot.waitUntil(lambda: not broken.queue.is_busy)
    with qtbot.waitSignal(broken.autosave.saved):
        broken.autosave.flush()

    after = new_run()
    after.restore()
    assert {job.path: job.was_recovered for job in after.queue.jobs} == {
        song: False,
        other: True,
        broken.queue.job(untouched[0]).path: False,  # nothing could be lost of it
    }
    after.end()
    broken.end()

    later = new_run()
    later.restore()
    assert not any(job.was_recovered for job in later.queue.jobs)
    later.end()


def test_a_song_whose_recording_is_gone_says_so_until_it_is_found(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path
) -> None:
    first = new_run()
    first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.end()
    elsewhere = song.rename(song.with_name("elsewhere.wav"))

    second = new_run()
    second.restore()
    (job,) = second.queue.jobs
    assert second.queue.document(job.id).song.is_missing
    second.queue.relocate(job.id, elsewhere)
    assert not second.queue.document(job.id).song.is_missing
    second.end()


def test_clean_up_and_bars_are_there_in_the_next_run(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path
) -> None:
    first = new_run()
    (job_id,) = first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.queue.document(job_id).set_rules(Rules(highest=60))
    first.queue.document(job_id).set_tempo(Tempo(96.0, 0.5, 3))
    first.end()

    second = new_run()
    second.restore()
    again = second.queue.document(second.queue.jobs[0].id)

    assert again.rules == Rules(highest=60)
    assert again.tempo == Tempo(96.0, 0.5, 3)
    assert set(again.edited) == set(SCRIPT)
    again.set_tempo(None)
    second.end()

    third = new_run()
    third.restore()
    assert third.queue.document(third.queue.jobs[0].id).tempo is None
    third.end()


def test_how_a_song_was_looked_at_is_there_in_the_next_run(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path
) -> None:
    first = new_run()
    (job_id,) = first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.queue.document(job_id).song.set_view({"start": 1.5, "is_loop_on": True})
    first.end()

    second = new_run()
    second.restore()
    (job,) = second.queue.jobs

    assert second.queue.document(job.id).song.view == {"start": 1.5, "is_loop_on": True}
    second.end()


def test_a_song_is_one_file_with_the_results_of_all_models(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, locations: Locations
) -> None:
    first = new_run()
    (job_id,) = first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    other = first.queue.start(job_id)
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.queue.document(other).delete([SCRIPT[0]])
    first.queue.document(job_id).set_tempo(Tempo(96.0))
    first.queue.show_result(job_id)
    first.end()
    assert len(list(locations.sessions.glob("*.mt3session"))) == 1

    second = new_run()
    second.restore()
    (again,) = second.queue.songs
    documents = [second.queue.document(job.id) for job in second.queue.results(again)]

    assert [len(document.notes) for document in documents] == [len(SCRIPT), len(SCRIPT) - 1]
    assert second.queue.current(again).id == second.queue.results(again)[0].id
    assert [document.tempo for document in documents] == [Tempo(96.0)] * 2
    second.end()


def test_the_library_of_version_1_becomes_one_row_for_each_song(
    new_run: Callable[[], Run], locations: Locations, golden: Callable[[str], Path]
) -> None:
    """It had a session for every result; here are two of one recording, and one of another."""
    locations.sessions.mkdir(parents=True)
    for number, model, sha256 in (
        (0, "mt3_pytorch", "ab" * 32),
        (1, "lite", "ab" * 32),
        (2, "lite", "cd" * 32),
    ):
        place = locations.sessions / f"{number:032x}.mt3session"
        rewrite(golden("session/version-1.mt3session"), place, number, model, sha256)
        os.utime(place, (number, number))
    run = new_run()
    run.restore()

    models = [[job.model_id for job in run.queue.results(song)] for song in run.queue.songs]
    assert models == [["lite", "mt3_pytorch"], ["lite"]]
    assert run.queue.document(run.queue.jobs[1].id).progress.notes == SCRIPT
    assert len(list(locations.sessions.glob("*.mt3session"))) == 2
    run.end()

    again = new_run()
    again.restore()
    assert [len(again.queue.results(song)) for song in again.queue.songs] == [2, 1]
    again.end()


def rewrite(source: Path, target: Path, number: int, model: str, sha256: str) -> None:
    """A session of version 1 as it was written then, with one take."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["session.json"])
    assert document["version"] == 1
    take = next(take for take in document["takes"] if take["model_id"] == model)
    place = document["takes"].index(take)
    document |= {"id": f"{number:032x}", "takes": [take], "current": model}
    document["audio"] |= {"sha256": sha256, "path": f"{sha256[:2]}.wav"}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("session.json", json.dumps(document))
        for name, member in members.items():
            if name.startswith(f"takes/{place}/"):
                archive.writestr(name.replace(f"takes/{place}/", "takes/0/"), member)


def test_what_could_not_be_written_is_written_with_the_next_change(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, tmp_path: Path, locations: Locations
) -> None:
    locations.sessions.parent.mkdir(parents=True, exist_ok=True)
    locations.sessions.write_text("in the way")
    run = new_run()
    run.queue.add([song], "fake")
    run.autosave.flush()
    qtbot.waitUntil(lambda: bool(run.posted))

    locations.sessions.unlink()
    with qtbot.waitSignal(run.autosave.saved):
        run.queue.add([tmp_path / "other.wav"], "fake")

    assert len(list(locations.sessions.glob("*.mt3session"))) == 2
    run.end()


def test_changes_are_on_disk_without_being_asked(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, locations: Locations
) -> None:
    run = new_run()
    with qtbot.waitSignal(run.autosave.saved, timeout=5_000):
        run.queue.add([song], "fake")

    assert len(list(locations.sessions.glob("*.mt3session"))) == 1
    run.end()


def test_a_run_that_was_stopped_goes_on_in_the_next_one(
    new_run: Callable[[], Run], qtbot: QtBot, scene: Scene, song: Path
) -> None:
    scene.errors[1] = ZeroDivisionError("the end of the first run")
    first = new_run()
    first.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.end()
    scene.errors.clear()

    second = new_run()
    second.restore()
    (job,) = second.queue.jobs
    assert job.state is JobState.CANCELLED
    second.queue.resume(job.id)
    qtbot.waitUntil(lambda: not second.queue.is_busy)

    assert set(second.queue.document(job.id).notes) == set(SCRIPT)
    assert scene.heard == [0, 1]
    second.end()


def test_a_removed_song_does_not_come_back_and_a_restored_one_does(
    new_run: Callable[[], Run], song: Path, tmp_path: Path
) -> None:
    first = new_run()
    gone, kept = first.queue.add([song, tmp_path / "other.wav"], "fake")
    first.queue.remove(gone)
    first.queue.remove(kept)
    first.queue.restore(kept)
    first.end()

    second = new_run()
    second.restore()

    assert [job.path.name for job in second.queue.jobs] == ["other.wav"]
    second.end()


def test_a_file_that_could_not_be_read_keeps_its_row(
    new_run: Callable[[], Run], qtbot: QtBot, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_text("no audio")
    first = new_run()
    first.queue.submit([broken], "fake")
    qtbot.waitUntil(lambda: not first.queue.is_busy)
    first.end()

    second = new_run()
    second.restore()

    assert [(job.path, job.state) for job in second.queue.jobs] == [(broken, JobState.READY)]
    second.end()


def test_the_library_comes_back_in_its_order_and_says_what_was_changed_last(
    new_run: Callable[[], Run], qtbot: QtBot, tmp_path: Path
) -> None:
    pitches = {"a": 220.0, "b": 330.0, "c": 440.0}  # the same sound in two files is one song
    paths = [write_audio(tmp_path / f"{name}.wav", sine(2.0, frequency=hz)) for name, hz in pitches.items()]
    first = new_run()
    a, _b, c = first.queue.add(paths, "fake")
    with qtbot.waitSignal(first.autosave.saved):
        first.autosave.flush()
    first.queue.move(c, -2)
    first.queue.document(a).song.set_tempo(Tempo(96.0, 0.5, 3))
    first.end()

    second = new_run()
    with qtbot.waitSignal(second.autosave.restored) as restored:
        second.autosave.restore()
    assert [job.path.stem for job in second.queue.jobs] == ["c", "a", "b"]
    assert second.queue.job(restored.args[0]).path.stem == "a"
    second.queue.move(restored.args[0], 1)
    second.end()

    third = new_run()
    third.restore()
    assert [job.path.stem for job in third.queue.jobs] == ["c", "b", "a"]
    third.end()


def test_rubbish_in_the_folder_is_one_sentence(
    new_run: Callable[[], Run], song: Path, locations: Locations
) -> None:
    first = new_run()
    first.queue.add([song], "fake")
    first.end()
    (locations.sessions / "rubbish.mt3session").write_bytes(b"PK rubbish")

    second = new_run()
    second.restore()

    assert len(second.queue.jobs) == 1
    assert len(second.posted) == 1
    second.end()


def test_a_folder_that_cannot_be_written_is_told_once_and_loses_nothing(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, locations: Locations
) -> None:
    locations.sessions.parent.mkdir(parents=True, exist_ok=True)
    locations.sessions.write_text("in the way")
    run = new_run()
    (job_id,) = run.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: not run.queue.is_busy)
    run.autosave.flush()
    qtbot.waitUntil(lambda: bool(run.posted))
    run.queue.document(job_id).delete([SCRIPT[0]])
    run.autosave.flush()
    run.end()

    assert len(run.posted) == 1
    assert run.queue.document(job_id).n_notes == len(SCRIPT) - 1


@pytest.mark.parametrize(
    ("n_damaged", "title"),
    [(1, '"0.mt3session" can\'t be opened'), (3, "3 songs of earlier runs can't be opened")],
)
def test_damaged_songs_are_told_in_one_message_that_stays(
    new_run: Callable[[], Run], qtbot: QtBot, locations: Locations, n_damaged: int, title: str
) -> None:
    locations.sessions.mkdir(parents=True)
    for number in range(n_damaged):
        (locations.sessions / f"{number}.mt3session").write_bytes(b"rubbish")
    run = new_run()
    told_before: list[int] = []
    run.autosave.restored.connect(lambda: told_before.append(len(run.posted)))
    run.restore()

    assert [message.title for message in run.posted] == [title]
    assert told_before == [0]  # a song that comes on show then would have taken the message away
    assert len(list(locations.sessions.glob("*.mt3session"))) == n_damaged
    run.end()


@pytest.mark.parametrize("is_full", [True, False])
def test_a_song_that_is_not_saved_is_called_by_its_name(
    new_run: Callable[[], Run], qtbot: QtBot, song: Path, locations: Locations,
    monkeypatch: pytest.MonkeyPatch, is_full: bool,
) -> None:  # fmt: skip
    if is_full:

        def fill(_path: Path, _write: object) -> None:
            raise DiskFull('Disk full — "0.mt3session" was not saved.', hint="/ has no room left.")

        monkeypatch.setattr(session_files, "write_atomically", fill)
    else:
        locations.sessions.parent.mkdir(parents=True, exist_ok=True)
        locations.sessions.touch()  # no folder can be made there
    run = new_run()
    run.queue.submit([song], "fake")
    qtbot.waitUntil(lambda: bool(run.posted), timeout=20_000)
    (message, *_) = run.posted
    assert f'"{song.stem}"' in message.title
    assert message.text.endswith("Your notes are still open here.")
    run.end()
