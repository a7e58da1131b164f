"""The bar on a terminal: one line, never wider, gone at the end."""

from __future__ import annotations

import io

import pytest

from mt3_desktop.cli_progress import Bar, Silence, view_for
from mt3_desktop.core.progress import Progress, Stage


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def shown(stream: io.StringIO) -> str:
    """What the terminal shows on its line."""
    return stream.getvalue().split("\r")[-1].rstrip()


def test_bar_says_how_far_and_how_long() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = Bar(stream, now=clock)
    report = bar.start("song.wav")
    for done in range(11):
        report(Progress(Stage.TRANSCRIBE, done, 41, "segments"))
        clock.seconds += 2
    assert shown(stream) == "song.wav  listening  [######..................]  24%  10 of 41  1:02 left"


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(Stage.FETCH, 12e6, 184e6, "bytes", "mirror.example"), "downloading  mirror.example"),
        (Progress(Stage.FETCH, 12e6, None, "bytes"), "downloading  12 MB"),
        (Progress(Stage.READ, 90, 242, "seconds"), "1:30 of 4:02"),
        (Progress(Stage.LOAD, note="Fake"), "loading the model  Fake"),
    ],
)
def test_every_stage_has_its_words(progress: Progress, text: str) -> None:
    stream = io.StringIO()
    bar = Bar(stream)
    bar.start("song.wav")(progress)
    assert text in shown(stream)


def test_long_name_gives_way() -> None:
    stream = io.StringIO()
    bar = Bar(stream)
    bar.start("x" * 300)(Progress(Stage.TRANSCRIBE, 1, 2, "segments"))
    assert len(shown(stream)) <= 99
    assert shown(stream).endswith("1 of 2")


def test_line_is_wiped() -> None:
    stream = io.StringIO()
    bar = Bar(stream)
    report = bar.start("song.wav")
    report(Progress(Stage.TRANSCRIBE, 1, 2, "segments"))
    report(Progress(Stage.DONE))
    assert shown(stream) == ""
    before = stream.getvalue()
    bar.clear()
    assert stream.getvalue() == before


def test_recordings_side_by_side_are_one_bar() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = Bar(stream, now=clock)
    first, second = bar.start("first.wav"), bar.start("second.wav")
    for done in range(7):
        first(Progress(Stage.TRANSCRIBE, done, 30, "segments"))
        second(Progress(Stage.TRANSCRIBE, done, 10, "segments"))
        clock.seconds += 2
    assert shown(stream) == "2 recordings  listening  [#######.................]  28%  11 of 40  0:31 left"
    bar.finish("first.wav")
    second(Progress(Stage.TRANSCRIBE, 8, 10, "segments"))
    assert shown(stream).startswith("second.wav  listening")


def test_nothing_is_drawn_into_a_file() -> None:
    assert isinstance(view_for(io.StringIO()), Silence)
