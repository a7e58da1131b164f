"""Progress that does not flood, and a cancel that wakes."""

from __future__ import annotations

import threading

import pytest

from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage, every


def test_of_many_reports_the_first_and_the_last_of_each_stage_pass() -> None:
    seen: list[Progress] = []
    report = every(1.0, seen.append, clock=lambda: 0.0)

    for stage in (Stage.FETCH, Stage.VERIFY):
        for done in range(5):
            report(Progress(stage, done, 4, "bytes"))

    assert [(progress.stage, progress.done) for progress in seen] == [
        (Stage.FETCH, 0),
        (Stage.FETCH, 4),
        (Stage.VERIFY, 0),
        (Stage.VERIFY, 4),
    ]


def test_reports_pass_again_after_the_pause() -> None:
    times = iter([0.0, 0.5, 1.0, 1.5])
    seen: list[float] = []
    report = every(1.0, lambda progress: seen.append(progress.done), clock=lambda: next(times))

    for done in range(4):
        report(Progress(Stage.FETCH, done, 100))

    assert seen == [0, 2]


def test_cancelling_wakes_what_waits() -> None:
    token, woken = CancelToken(), threading.Event()

    with token.waking(woken.set):
        assert not woken.is_set()
        token.cancel()
        assert woken.is_set()
    with pytest.raises(Cancelled):
        token.check()


def test_outside_the_block_nothing_is_woken() -> None:
    token, woken = CancelToken(), threading.Event()

    with token.waking(woken.set):
        pass
    token.cancel()

    assert not woken.is_set()


def test_a_token_that_was_cancelled_lets_nothing_begin() -> None:
    token = CancelToken()
    token.cancel()

    with pytest.raises(Cancelled), token.waking(pytest.fail):
        pytest.fail("the block ran")


def test_a_wait_ends_when_it_is_cancelled() -> None:
    token = CancelToken()
    threading.Thread(target=token.cancel).start()

    with pytest.raises(Cancelled):
        token.wait(30.0)


def test_the_first_report_with_a_total_passes() -> None:
    seen: list[Progress] = []
    report = every(1.0, seen.append, clock=lambda: 0.0)

    for total in (None, 4.0, 4.0):
        report(Progress(Stage.TRANSCRIBE, 1.0, total))

    assert [progress.total for progress in seen] == [None, 4.0]
