"""What the built-in model really hears is there again in the next run, whatever numbers it is made of."""

from __future__ import annotations

from pathlib import Path

import soundfile
from pytestqt.qtbot import QtBot

from mt3_desktop.app.autosave import Autosave
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.messages import Messages
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.resources import resource
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations


def test_a_real_transcription_is_there_in_the_next_run(
    qtbot: QtBot, qapp: object, locations: Locations, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(resource("example.ogg"), stop=6 * 44_100)
    soundfile.write(tmp_path / "song.wav", samples, rate)
    store, messages = CheckpointStore(locations), Messages()
    queue = JobQueue(store, ModelPool())
    autosave = Autosave(queue, locations.sessions, messages)
    (job_id,) = queue.submit([tmp_path / "song.wav"], "lite", "cpu")
    qtbot.waitUntil(lambda: not queue.is_busy, timeout=120_000)
    heard = queue.document(job_id)
    assert heard.n_notes > 10
    assert queue.close()
    assert autosave.close()

    again = JobQueue(store, ModelPool())
    restoring = Autosave(again, locations.sessions, messages)
    with qtbot.waitSignal(restoring.restored):
        restoring.restore()
    (job,) = again.jobs

    assert again.document(job.id).kept == heard.kept
    assert again.close()
    assert restoring.close()
