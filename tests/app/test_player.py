"""The player with a sound card that a test turns by hand, and without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from mt3_desktop.app.messages import Action
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.outputs import SoundCards
from mt3_desktop.app.player import Player
from mt3_desktop.app.stall_watch import LATE_SECONDS, STALL_SECONDS
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Instrument, Note
from tests.helpers.fake_sounddevice import FakeSoundDevice, device
from tests.helpers.tiny_soundfont import one_tone

RATE = 44_100
PIANO, BASS = Instrument(0), Instrument(33)
NOTES = tuple(Note(0.5 * i, 0.5 * i + 0.2, 69, 127, 33 * (i % 2)) for i in range(8))


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Desk:
    """A player, its sound card, and what it said."""

    def __init__(self, qtbot: QtBot, soundfont: Path, library: FakeSoundDevice) -> None:
        self.qtbot, self.library, self.clock = qtbot, library, Clock()
        self.player = Player(soundfont, cards=SoundCards(library.load), now=self.clock)
        self.messages: list[object] = []
        self.devices: list[str] = []
        self.playing: list[bool] = []
        self.player.failed.connect(self.messages.append)
        self.player.device_changed.connect(self.devices.append)
        self.player.playing_changed.connect(self.playing.append)

    def settled(self) -> None:
        """Wait until the mixing thread has done what was asked."""
        mixer = self.player._mixer
        assert mixer is not None

        def is_settled() -> bool:
            ahead = mixer.ring.written - mixer.ring.taken
            is_filled = not mixer.mix.is_playing or mixer.ended_at is not None or ahead > 0.4 * mixer.rate
            return mixer.is_settled and is_filled

        self.qtbot.waitUntil(is_settled, timeout=20_000)

    def listen(self, seconds: float) -> np.ndarray:
        """Turn the sound card, the clock and the player's timer; gives what was heard."""
        stream = self.library.streams[-1]
        start = len(stream.heard)
        while len(stream.heard) - start < seconds * stream.samplerate:
            self.settled()
            stream.turn(4)
            self.clock.seconds += 4 * 512 / stream.samplerate
            self.player._poll()
        return stream.heard[start:]

    def stand_still(self) -> None:
        """Turn the clock and the timer, but not the card, until that has been noticed."""
        for _ in range(round(STALL_SECONDS / LATE_SECONDS) + 2):
            self.clock.seconds += LATE_SECONDS
            self.player._poll()


@pytest.fixture
def soundfont(tmp_path: Path) -> Path:
    return one_tone(tmp_path / "tone.sf2")


@pytest.fixture
def make_desk(qtbot: QtBot, soundfont: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(*names: str) -> Desk:
        desks.append(Desk(qtbot, soundfont, FakeSoundDevice(*names)))
        desks[-1].player.set_tracks(tracks_of(NOTES), NOTES)
        desks[-1].player.set_volume(1.0)
        return desks[-1]

    yield make
    for desk in desks:
        desk.player.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk("Speakers", "Headphones")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "original.wav"
    time = np.arange(4 * RATE) / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 1000 * time), RATE, subtype="FLOAT")
    return path


def onsets(sound, rate=RATE):
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return loud[np.diff(loud, prepend=-rate) > rate // 20] / rate


def test_no_device_is_opened_before_something_is_to_be_heard(desk):
    desk.player.set_speed(0.5)
    desk.player.seek(1.0)
    assert desk.player.position == 1.0
    assert desk.library.streams == []


def test_the_notes_are_heard_in_time(desk):
    desk.player.play()
    found = onsets(desk.listen(1.8)[:, 0])
    np.testing.assert_allclose(np.diff(found), 0.5, atol=1e-3)
    assert desk.playing == [True]
    assert desk.devices == ["Speakers"]


def test_the_position_leaves_out_what_the_device_still_holds(desk):
    desk.player.play()
    sound = desk.listen(1.0)
    first = onsets(sound[:, 0])[0]
    taken = len(sound) / RATE
    assert desk.player.position == pytest.approx(taken - first - desk.library.streams[-1].latency, abs=0.03)


def test_a_muted_track_is_silent_and_a_solo_is_alone(desk):
    tracks = tracks_of(NOTES)
    desk.player.set_tracks([replace(track, muted=track.instrument == BASS) for track in tracks])
    desk.player.play()
    np.testing.assert_allclose(np.diff(onsets(desk.listen(2.3)[:, 0])), 1.0, atol=1e-3)
    desk.player.set_tracks([replace(track, soloed=track.instrument == BASS) for track in tracks])
    desk.player.seek(0.0)
    assert onsets(desk.listen(0.4)[:, 0]).size == 0


def test_a_mute_is_heard_within_150_ms(desk):
    long = (Note(0.0, 3.0, 69, 127, 0),)
    desk.player.set_tracks(tracks_of(long), long)
    desk.player.play()
    desk.listen(0.5)
    desk.player.set_tracks([replace(track, muted=True) for track in tracks_of(long)])
    sound = desk.listen(0.3)[:, 0]
    last = np.flatnonzero(np.abs(sound) > 0.01)[-1] / RATE
    assert last + desk.library.streams[-1].latency < 0.150


def test_pause_and_play_go_on_at_the_same_place(desk):
    desk.player.play()
    desk.listen(1.0)
    desk.player.pause()
    desk.listen(0.3)
    place = desk.player.position
    desk.listen(0.3)
    assert desk.player.position == pytest.approx(place, abs=1e-6)
    desk.player.play()
    desk.listen(0.5)
    assert place < desk.player.position < place + 0.5
    assert desk.playing == [True, False, True]


def test_the_end_stops_and_play_begins_anew(desk):
    desk.player.play()
    desk.player.seek(3.6)
    desk.listen(2.3)
    assert desk.playing == [True, False]
    desk.player.play()
    desk.settled()
    assert desk.player.position < 0.5


def test_original_and_notes_come_together(desk, recording):
    with desk.qtbot.waitSignal(desk.player.original_changed) as signal:
        desk.player.set_original(recording)
    assert signal.args == [4.0]
    desk.player.set_split(True)
    desk.player.play()
    sound = desk.listen(1.0)
    left, right = onsets(sound[:, 0])[0], onsets(sound[:, 1])[0]
    assert abs(left - right) < 0.001


def test_a_recording_that_cannot_be_read_is_a_message(desk, tmp_path):
    with desk.qtbot.waitSignal(desk.player.failed):
        desk.player.set_original(tmp_path / "gone.wav")
    assert desk.messages[0].title == '"gone.wav" has moved'
    desk.player.play()
    assert onsets(desk.listen(0.6)[:, 0]).size > 0


def test_the_last_recording_asked_for_is_the_one_heard(desk, recording, tmp_path):
    other = tmp_path / "other.wav"
    soundfile.write(other, np.zeros(RATE), RATE)
    heard: list[float] = []
    desk.player.original_changed.connect(heard.append)
    desk.player.set_original(recording)
    desk.player.set_original(other)
    desk.qtbot.waitUntil(lambda: bool(heard))
    assert heard == [1.0]


def test_notes_that_become_known_while_playing_are_heard(desk):
    desk.player.play()
    desk.listen(0.4)
    near = Note(1.35, 1.4, 69, 127, 56)  # 0.1 s away from its neighbours
    desk.player.change_notes(NoteDiff(added=(near,)))
    found = np.diff(onsets(desk.listen(1.4)[:, 0]))
    np.testing.assert_allclose(found, [0.5, 0.35, 0.15], atol=1e-3)


def test_notes_that_are_taken_away_while_playing_fall_silent(desk):
    first, *others = NOTES
    desk.player.change_notes(NoteDiff(removed=tuple(others)))
    desk.player.play()
    assert onsets(desk.listen(1.4)[:, 0]).size == 1
    desk.player.change_notes(NoteDiff(removed=(first,)))
    desk.player.stop()
    desk.player.play()
    assert not desk.listen(1.4).any()


def test_a_clicked_note_sounds_without_playing(desk):
    desk.player.sound_note(Note(7.0, 7.2, 69, 127, 0))
    assert onsets(desk.listen(0.5)[:, 0]).size == 1
    assert not desk.player.is_playing


def test_silence_lets_the_device_go(desk):
    desk.player.play()
    desk.listen(0.3)
    desk.player.pause()
    desk.listen(0.3)
    stream = desk.library.streams[-1]
    for _ in range(100):
        if stream.active:
            desk.listen(0.04)
    assert not stream.active
    desk.player.play()
    assert desk.library.streams[-1].active


# --- devices ---


def test_a_device_is_chosen_by_name_and_the_song_goes_on(desk):
    desk.player.play()
    desk.listen(1.0)
    before = desk.player.position
    desk.player.set_device("Headphones")
    assert desk.library.streams[0].is_closed
    assert desk.player.device == "Headphones"
    assert desk.player.position == pytest.approx(before, abs=0.05)
    assert np.abs(desk.listen(1.0)).max() > 0.1


def test_a_device_that_is_not_there_is_replaced_with_a_message(desk):
    desk.player.set_device("Bluetooth")
    desk.player.play()
    assert desk.player.device == "Speakers"
    assert desk.messages[0].title == '"Bluetooth" can\'t be used'
    assert desk.messages[0].text == "Playback goes to Speakers."


def test_without_a_device_the_song_runs_in_silence(make_desk):
    desk = make_desk()
    desk.player.play()
    assert [message.title for message in desk.messages] == ["No sound output found"]
    assert Action.LOOK_AGAIN in desk.messages[0].actions
    desk.settled()
    for _ in range(100):
        desk.clock.seconds += 0.01
        desk.player._output.tick()
        desk.player._poll()
        desk.settled()
    assert desk.player.position == pytest.approx(1.0 - 0.04, abs=0.05)


def test_without_portaudio_nothing_breaks(qtbot, soundfont):
    def load():
        raise OSError("PortAudio library not found")

    player = Player(soundfont, cards=SoundCards(load))
    said: list[object] = []
    player.failed.connect(said.append)
    assert player.devices() == ()
    player.play()
    assert said[0].title == "No sound output found"
    player.look_again()
    player.close()


def test_a_device_that_vanishes_is_left_within_a_second(desk, expect_log):
    expect_log("takes nothing any more")
    desk.player.play()
    desk.listen(1.0)
    before = desk.player.position
    desk.library.devices = [device("Headphones")]
    desk.stand_still()
    assert desk.player.device == "Headphones"
    assert desk.messages[0].title == '"Speakers" was disconnected'
    assert desk.messages[0].text == "Playback moved to Headphones at the same position."
    assert desk.player.is_playing
    assert desk.player.position == pytest.approx(before, abs=0.2)
    assert np.abs(desk.listen(1.0)).max() > 0.1


def test_when_the_last_device_vanishes_the_song_goes_on_in_silence(desk, expect_log):
    expect_log("takes nothing any more")
    desk.player.play()
    desk.listen(0.5)
    desk.library.devices = []
    desk.stand_still()
    assert desk.player.device == ""
    assert desk.devices[-1] == ""
    assert desk.player.is_playing
    assert Action.LOOK_AGAIN in desk.messages[0].actions


def test_a_busy_computer_is_no_lost_device(desk):
    desk.player.play()
    desk.listen(0.5)
    for _ in range(4):  # the window was held up for seconds, and with it every look at the card
        desk.clock.seconds += 3.0
        desk.player._poll()
    assert desk.player.device == "Speakers"
    assert desk.messages == []


def test_a_held_up_sound_server_is_opened_anew_without_a_word(desk, expect_log):
    expect_log("takes nothing any more")
    desk.player.play()
    desk.listen(0.5)
    desk.stand_still()  # and "Speakers" is still there
    assert desk.player.device == "Speakers"
    assert desk.messages == []
    assert len(desk.library.streams) == 2
    assert np.abs(desk.listen(1.0)).max() > 0.1


def test_a_device_that_takes_nothing_even_then_is_left(desk, expect_log):
    expect_log("takes nothing any more")
    desk.player.set_device("Headphones")
    desk.player.play()
    desk.listen(0.5)
    desk.stand_still()
    desk.stand_still()
    assert desk.player.device == "Speakers"
    assert [message.title for message in desk.messages] == ['"Headphones" was disconnected']


def test_a_device_that_comes_is_found_and_the_message_taken_back(desk, expect_log):
    expect_log("takes nothing any more")
    settled = []
    desk.player.settled.connect(settled.append)
    desk.player.play()
    desk.listen(0.5)
    desk.library.devices = []
    desk.stand_still()
    desk.library.devices = [device("USB")]
    desk.player._look_for_device()
    assert desk.player.device == "USB"
    assert settled == desk.messages
    assert not desk.player._search.isActive()
    assert np.abs(desk.listen(1.0)).max() > 0.1


def test_a_new_device_is_found_by_looking_again(make_desk):
    desk = make_desk()
    desk.player.play()
    desk.library.devices = [device("USB")]
    desk.player.look_again()
    assert desk.player.device == "USB"
    assert np.abs(desk.listen(0.6)).max() > 0.1


def test_a_device_that_refuses_to_open_is_a_message(desk):
    desk.library.is_broken = True
    desk.player.play()
    assert desk.player.device == ""
    assert len(desk.messages) == 1
    assert "Device unavailable" in desk.messages[0].detail


def test_a_device_of_another_rate_hears_the_same_song(desk, recording):
    desk.library.refused_rates = {RATE}
    with desk.qtbot.waitSignal(desk.player.original_changed):
        desk.player.set_original(recording)
    with desk.qtbot.waitSignal(desk.player.original_changed):
        desk.player.play()
    assert desk.library.streams[-1].samplerate == 48_000
    desk.player.set_split(True)
    desk.player.seek(0.0)
    sound = desk.listen(1.6)[4800:]
    np.testing.assert_allclose(np.diff(onsets(sound[:, 1], 48_000))[-2:], 0.5, atol=0.002)
    spectrum = np.abs(np.fft.rfft(sound[9600:57_600, 0]))
    assert np.argmax(spectrum) == pytest.approx(1000, abs=1)


def test_a_mono_device_is_opened_with_one_channel(make_desk):
    desk = make_desk()
    desk.library.devices = [device("Horn", channels=1)]
    desk.library._initialize()
    desk.player.play()
    assert desk.listen(0.5).shape[1] == 1


def test_a_bad_soundfont_is_replaced_by_the_built_in_one(desk, tmp_path):
    bad = tmp_path / "bad.sf2"
    bad.write_bytes(b"not a font")
    desk.player.set_soundfont(bad)
    desk.player.play()
    assert desk.messages[0].title == "Can't read the SoundFont “bad.sf2”"
    assert np.abs(desk.listen(0.5)).max() > 0.1


def test_another_soundfont_is_heard_from_the_same_place(desk, tmp_path):
    desk.player.play()
    desk.listen(1.0)
    before = desk.player.position
    desk.player.set_soundfont(one_tone(tmp_path / "other.sf2", g51=12))
    assert desk.player.position == pytest.approx(before, abs=0.05)
    sound = desk.listen(1.0)[:, 0]
    assert np.argmax(np.abs(np.fft.rfft(sound, RATE))) == pytest.approx(882, abs=6)
