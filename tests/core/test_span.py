"""Passages of recordings: heard alone, they give the notes that the whole has there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core import audio
from mt3_desktop.core.batch import transcribe_file
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.errors import DamagedAudio, EmptyAudio
from mt3_desktop.core.pipeline import ModelPool, Request, Resume
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from mt3_desktop.core.span import WHOLE, Span, parse_time
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import AudioClip, FloatArray, Note, SegmentNotes, sort_key
from tests.helpers.fake_family import SEGMENT_SECONDS, FakeModel, Scene
from tests.helpers.tones import write_audio

RATE = 16000


@pytest.mark.parametrize(
    ("start", "stop", "sentence"),
    [
        (-1.0, None, "can't begin before"),
        (float("nan"), None, "can't begin before"),
        (5.0, 5.0, "must come after"),
        (5.0, 4.0, "must come after"),
        (0.0, float("inf"), "must come after"),
        (5.0, 5.05, "at least 0.1 s"),
    ],
)
def test_there_is_no_such_passage(start: float, stop: float | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Span(start, stop)


@pytest.mark.parametrize(
    ("span", "text"),
    [(WHOLE, ""), (Span(30, 70), "0:30–1:10"), (Span(30), "from 0:30"), (Span(0, 3727), "0:00–1:02:07")],
)
def test_passage_as_users_read_it(span: Span, text: str) -> None:
    assert str(span) == text
    assert span.is_whole is (text == "")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("80", 80), ("1:20", 80), (" 1:20.5 ", 80.5), ("1:20,5", 80.5), ("1:02:07", 3727), ("90:00", 5400)],
)
def test_time_as_people_type_it(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "1:", ":20", "-3", "1:75", "1:60:00", "1e3", "1:2:3:4", "nan"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


# --- reading ---


@pytest.fixture(params=[RATE, 44100])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_audio(tmp_path / "noise.wav", _noise(4.0, request.param), request.param)


@pytest.mark.parametrize("span", [Span(1.0, 2.5), Span(1.3), Span(0, 0.7), Span(3.5, 9.0)])
def test_passage_has_the_samples_of_the_whole(file: Path, span: Span) -> None:
    whole = audio.read(file, RATE).samples
    assert np.array_equal(audio.read(file, RATE, span=span).samples, whole[span.samples(RATE)])


def test_nothing_is_decoded_behind_a_passage(file: Path) -> None:
    told: list[Progress] = []
    audio.read(file, RATE, span=Span(0.5, 1.0), report=told.append)
    assert max(progress.done for progress in told) < 2.0
    assert all(progress.total is not None and progress.total < 2.0 for progress in told)


def test_damage_behind_a_passage_does_not_matter(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 3 // 4])
    assert audio.read(file, RATE, span=Span(0, 2)).duration == 2.0
    with pytest.raises(DamagedAudio):
        audio.read(file, RATE, span=Span(2, 3.5))


def test_passage_behind_the_end_is_said(file: Path) -> None:
    with pytest.raises(EmptyAudio) as caught:
        audio.read(file, RATE, span=Span(80, 90))
    assert str(caught.value) == '"noise.wav" ends at 0:04. There is nothing to hear from 1:20 on.'


def test_passage_of_an_array() -> None:
    samples = _noise(3.0, RATE)
    clip = audio.from_array(samples, RATE, RATE, span=Span(1, 2))
    assert np.array_equal(clip.samples, samples[RATE : 2 * RATE])
    with pytest.raises(EmptyAudio, match="ends at 0:03"):
        audio.from_array(samples, RATE, RATE, span=Span(5))


# --- hearing ---

SONG_NOTES = (
    Note(0.5, 1.0, 60, 100, 0),
    Note(1.5, 3.0, 64, 90, 0),  # sounds at 2.0
    Note(2.5, 2.6, 38, 110, 0, is_drum=True),
    Note(3.5, 4.5, 67, 80, 48),
    Note(5.0, 6.5, 72, 70, 0),  # sounds at 6.0
    Note(6.2, 6.8, 50, 70, 33),
)
PASSAGE = Span(2.0, 6.0)
PASSAGE_NOTES = (
    replace(SONG_NOTES[1], onset=2.0),
    *SONG_NOTES[2:4],
    replace(SONG_NOTES[4], offset=6.0),
)


@pytest.fixture
def by_ear(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Models that hear in a clip what the song has where the clip was cut out of it."""
    scene.script = SONG_NOTES
    stream = FakeModel.stream

    def heard(
        model: FakeModel, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> list[SegmentNotes]:
        at = 2.0 if clip.duration == 4.0 else 0.0
        cut = [
            replace(note, onset=max(0.0, note.onset - at), offset=min(clip.duration, note.offset - at))
            for note in SONG_NOTES
            if note.offset > at and note.onset < at + clip.duration
        ]
        scene.script = cut
        return stream(model, clip, cancel=cancel, first_segment=first_segment)  # type: ignore[return-value]

    monkeypatch.setattr(FakeModel, "stream", heard)
    return scene


def test_passage_has_the_notes_of_the_whole(
    by_ear: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    told: list[Progress] = []
    parts: list[SegmentNotes] = []
    whole = transcribe_file(Request(song, "fake"), store=store, pool=pool)
    assert whole.notes == SONG_NOTES
    result = transcribe_file(
        Request(song, "fake", span=PASSAGE),
        store=store, pool=pool, report=told.append, on_segment=parts.append,
    )  # fmt: skip
    assert result.notes == PASSAGE_NOTES
    assert result.duration == PASSAGE.stop
    assert [(part.start, part.end) for part in parts] == [(2.0, 4.0), (4.0, 6.0)]
    assert [p.fraction for p in told if p.stage is Stage.TRANSCRIBE] == [None, 0.5, 1.0]


def test_stopped_passage_goes_on_where_it_stopped(
    by_ear: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    cancel = CancelToken()
    heard: list[SegmentNotes] = []

    def stop(part: SegmentNotes) -> None:
        heard.append(part)
        cancel.cancel()

    with pytest.raises(Cancelled):
        transcribe_file(
            Request(song, "fake", span=PASSAGE), store=store, pool=pool, on_segment=stop, cancel=cancel
        )
    request = Request(song, "fake", span=PASSAGE, resume=Resume.after(heard))
    assert transcribe_file(request, store=store, pool=pool).notes == PASSAGE_NOTES
    assert by_ear.heard[-1] == 1


def test_notes_around_a_passage_stay_and_those_across_its_beginning_are_one(
    by_ear: Scene, store: CheckpointStore, pool: ModelPool, song: Path
) -> None:
    lost = Note(1.0, 5.0, 40, 90, 12)  # the model does not hear it go on
    wrong = Note(4.0, 5.5, 99, 90, 0)
    notes, sounding = PASSAGE.around([*SONG_NOTES, lost, wrong])
    assert notes == (SONG_NOTES[0], SONG_NOTES[5])
    assert sounding == (SONG_NOTES[1], lost)
    request = Request(song, "fake", span=PASSAGE, resume=Resume(0, notes, sounding))
    result = transcribe_file(request, store=store, pool=pool)
    expected = (*SONG_NOTES[:4], PASSAGE_NOTES[3], SONG_NOTES[5], replace(lost, offset=2.0))
    assert result.notes == tuple(sorted(expected, key=sort_key))


def test_candidates_are_placed_like_notes() -> None:
    from mt3_desktop.core.candidates import CANDIDATE_TYPE

    table = np.array([(0.25, 1.0, 0.9, 0.1, 60, 80, 0, False)], CANDIDATE_TYPE)
    candidates = Candidates(table)
    part = SegmentNotes(0, 1, 0.0, SEGMENT_SECONDS, candidates.at(USUAL), candidates=candidates)
    placed = Span(30.0).placed(part)
    assert placed.candidates is not None
    assert placed.notes == placed.candidates.at(USUAL)
    assert placed.notes[0].onset == 30.25
    assert (placed.start, placed.end) == (30.0, 32.0)


def _noise(seconds: float, rate: int) -> FloatArray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, round(seconds * rate)).astype(np.float32)


def test_a_model_hears_a_passage_on_its_own_grid_with_sound_around_it() -> None:
    assert Span(7.0, 9.0).with_context(segment=2.0, context=0.0) == Span(6.0, 10.0)
    assert Span(7.0, 9.0).with_context(segment=2.0, context=3.0) == Span(4.0, 12.0)
    assert Span(1.0).with_context(segment=2.0, context=3.0) == Span(0.0, None)
    assert WHOLE.with_context(segment=2.0, context=3.0) == WHOLE


def test_of_a_segment_only_what_lies_in_the_passage_is_taken() -> None:
    before, across, just, inside, beyond, after = (
        Note(onset, offset, 60, 80, 0)
        for onset, offset in ((1.0, 2.0), (1.5, 3.0), (1.5, 2.02), (2.5, 3.0), (3.5, 9.0), (4.0, 5.0))
    )
    hit = Note(1.9, 2.4, 36, 80, 0, is_drum=True)
    segment = SegmentNotes(
        index=1, count=3, start=1.0, end=5.0,
        notes=(before, across, just, inside, hit, after), sounding=(beyond,),
    )  # fmt: skip
    part = Span(2.0, 4.0).part_of(segment)
    assert (part.start, part.end) == (2.0, 4.0)
    assert part.notes == (replace(across, onset=2.0), inside)
    assert part.sounding == (replace(beyond, offset=4.0),)
    assert WHOLE.part_of(segment) is segment
    earlier = Span(20.0).part_of(segment)
    assert (earlier.start, earlier.end, earlier.notes) == (20.0, 20.0, ())


def test_candidates_of_a_passage_are_its_notes_and_what_might_be_more() -> None:
    table = np.zeros(5, CANDIDATE_TYPE)
    table["onset"], table["end"] = (1.0, 1.5, 1.6, 2.5, 5.0), (9.0, 3.0, 3.0, 9.0, 6.0)
    table["pitch"], table["is_drum"] = (60, 62, 62, 64, 65), (False, False, True, False, False)
    goes_on = Note(1.5, 3.0, 62, 80, 0)
    segment = SegmentNotes(0, 1, 0.0, 6.0, (goes_on,), candidates=Candidates(table))

    part = Span(2.0, 4.0).part_of(segment)

    assert part.candidates is not None
    rows = part.candidates.table
    assert rows["pitch"].tolist() == [62, 64]  # 60 was no note: it was struck again, or too faint
    assert rows["onset"].tolist() == [2.0, 2.5]
    assert rows["end"].tolist() == [3.0, 4.0]
