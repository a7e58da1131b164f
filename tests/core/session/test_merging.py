"""A song is one session, whichever models listened to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mt3_desktop.core.session import AudioReference, Session, Take, merged
from tests.helpers.fake_family import SCRIPT

AUDIO = AudioReference(Path("/music/song.wav"), "ab" * 32, 3, 1)
LITE, MT3 = Take("lite", SCRIPT), Take("mt3_pytorch", SCRIPT[:2])


def test_results_of_one_recording_are_one_session_wherever_it_lies() -> None:
    last = Session("a", AUDIO, (LITE,), view={"zoom": 2.0})
    first = Session("b", replace(AUDIO, path=Path("/old/song.wav")), (MT3,), view={"zoom": 1.0, "bpm": 96.0})

    (song,) = merged([last, first])

    assert (song.session.id, song.absorbed) == ("a", ("b",))
    assert (song.session.takes, song.session.current) == ((LITE, MT3), 0)
    assert song.session.view == {"zoom": 2.0, "bpm": 96.0}


def test_the_recording_that_is_still_there_counts(tmp_path: Path) -> None:
    here = replace(AUDIO, path=tmp_path)

    (song,) = merged([Session("a", AUDIO, (LITE,)), Session("b", here, (MT3,))])

    assert song.session.audio == here


def test_a_crash_between_writing_and_deleting_doubles_nothing() -> None:
    whole, part = Session("a", AUDIO, (LITE, MT3)), Session("b", AUDIO, (MT3,))

    (song,) = merged([whole, part])

    assert song.session == whole


def test_equal_results_of_one_session_are_both_kept() -> None:
    twice = Session("a", AUDIO, (LITE, LITE), current=1)

    (song,) = merged([twice])

    assert (song.session, song.absorbed) == (twice, ())


def test_other_recordings_stay_apart() -> None:
    other = replace(AUDIO, sha256="cd" * 32)
    unread = AudioReference(Path("/music/unread.wav"), "", 0, 0)
    sessions = [Session("a", AUDIO), Session("b", other), Session("c", unread), Session("d", unread, (LITE,))]

    assert [song.absorbed for song in merged(sessions)] == [(), (), ("d",)]
