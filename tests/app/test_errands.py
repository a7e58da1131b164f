from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.errands import Errand, Errands
from mt3_desktop.app.messages import Messages, UserMessage
from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage


@pytest.fixture
def messages(qapp: object) -> Messages:
    return Messages()


@pytest.fixture
def errands(messages: Messages) -> Iterator[Errands]:
    errands = Errands("errands", messages)
    yield errands
    assert errands.close()


def test_work_is_done_aside_and_its_result_comes_back_here(errands: Errands, qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []
    results: list[object] = []

    def work(_report: Report, _cancel: CancelToken) -> str:
        threads.append(threading.current_thread())
        return "result"

    def then(result: object) -> None:
        threads.append(threading.current_thread())
        results.append(result)

    errands.do(Errand("Work", work, then))
    qtbot.waitUntil(lambda: results == ["result"])

    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()
    assert errands.running is None


def test_errands_keep_their_order(errands: Errands, qtbot: QtBot) -> None:
    results: list[object] = []

    for number in range(3):
        errands.do(Errand(f"Work {number}", lambda _report, _cancel, n=number: n, results.append))
    qtbot.waitUntil(lambda: len(results) == 3)

    assert results == [0, 1, 2]


def test_progress_is_told_and_stopping_is_heard(errands: Errands, qtbot: QtBot) -> None:
    calls: list[str] = []

    def work(report: Report, cancel: CancelToken) -> None:
        report(Progress(Stage.READ, 1.0, 4.0, "seconds"))
        cancel.wait(60.0)

    errands.do(
        Errand("Slow work", work, lambda _result: calls.append("done"), lambda: calls.append("stopped"))
    )
    qtbot.waitUntil(lambda: errands.fraction == 0.25)
    errands.stop()

    qtbot.waitUntil(lambda: calls == ["stopped"])


def test_a_failure_is_a_message_about_the_file(
    errands: Errands, messages: Messages, qtbot: QtBot, tmp_path: Path
) -> None:
    def work(_report: Report, _cancel: CancelToken) -> None:
        raise NotWritable("Can't save.")

    with qtbot.waitSignal(messages.posted) as posted:
        errands.do(Errand("Work", work, pytest.fail, job_id=7, path=tmp_path))

    assert posted.args is not None
    message = posted.args[0]
    assert isinstance(message, UserMessage)
    assert (message.title, message.job_id, message.path) == ("Can't save", 7, tmp_path)
    assert errands.running is None


def test_closing_gives_up_what_is_not_done(messages: Messages, qtbot: QtBot) -> None:
    errands = Errands("errands", messages)
    started = threading.Event()

    def work(_report: Report, cancel: CancelToken) -> None:
        started.set()
        cancel.wait(60.0)

    errands.do(Errand("Slow work", work, pytest.fail))
    errands.do(Errand("Never begun", pytest.fail, pytest.fail))
    assert started.wait(10.0)

    assert errands.close()
