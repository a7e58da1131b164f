"""The player: what is heard, and where the playhead is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from mt3_desktop.app.messages import NOWHERE, Situation, UserMessage, describe
from mt3_desktop.app.mixer import AHEAD_SECONDS, Mix, Mixer
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.note_rows import by_instrument
from mt3_desktop.app.outputs import PREFERRED_RATE, Output, SilentOutput, SoundCards
from mt3_desktop.app.play_clock import PlayClock
from mt3_desktop.app.recording_loader import RecordingLoader
from mt3_desktop.app.ring import Ring
from mt3_desktop.app.song_parts import Notes, levels_of
from mt3_desktop.app.sound_messages import lost_message, output_message
from mt3_desktop.app.stall_watch import StallWatch
from mt3_desktop.core.audio.stereo import Recording
from mt3_desktop.core.audio.stretch import MAX_SPEED, MIN_SPEED
from mt3_desktop.core.errors import AudioNotFound, MT3Error, NoSoundDevice, UnreadableSoundFont
from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth import Synth
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note

log = logging.getLogger(__name__)

POLL_MS = 33
SEARCH_MS = 3000  # how often a device is looked for while there is none
_IDLE_SECONDS = 3.0  # silence after which the device is let go
_END_SECONDS = 0.05


class Player(QObject):
    """Plays the original and the notes on one clock.

    Everything works without a sound card too, but for the sound. Its mixing thread is a fourth one beside
    those of the architecture: stretching and synthesising in the main thread would stop the window.

    Signals:
        playing_changed: (is_playing: bool)
        position_changed: (seconds: float) about 30 times a second while playing, and after a seek.
        failed: (message: UserMessage) something about the sound that the user should know.
        settled: (message: UserMessage) what this message said of the device is over.
        device_changed: (name: str) the sound now goes there; "" is nowhere.
        original_missed: (path: Path) the original is not where it was.
        original_changed: (duration: float) the original can be heard, or 0.0: there is none.
    """

    playing_changed = Signal(bool)
    position_changed = Signal(float)
    failed = Signal(object)
    settled = Signal(object)
    device_changed = Signal(str)
    original_missed = Signal(object)
    original_changed = Signal(float)

    def __init__(
        self,
        soundfont: Path,
        *,
        cards: SoundCards | None = None,
        now: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; no device and no file is opened before something is to be heard.

        Args:
            soundfont: the built-in SoundFont.
            cards: the output devices.
            now: seconds of a clock that never goes back; for tests.
            parent: owner.
        """
        super().__init__(parent)
        self._cards = cards or SoundCards()
        self._now = now
        self._built_in = soundfont
        self._soundfont = soundfont
        self._device = ""
        self._tracks: tuple[Track, ...] = ()
        self._mix = Mix()
        self._start = 0.0  # where to begin while there is no mixer
        self._original_path: Path | None = None
        self._mixer: Mixer | None = None
        self._output: Output | None = None
        self._clock = PlayClock(PREFERRED_RATE)
        self._watch = StallWatch(now)
        self._was_restarted, self._restarted_at = False, 0
        self._complaint: UserMessage | None = None
        self._idle_since = 0.0
        self._loader = RecordingLoader(self)
        self._loader.loaded.connect(self._on_original_loaded)
        self._loader.failed.connect(self._on_original_failed)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._search = QTimer(self)
        self._search.setInterval(SEARCH_MS)
        self._search.timeout.connect(self._look_for_device)

    # --- what is heard ---

    def set_original(self, path: Path | None) -> None:
        """Choose the recording; it is heard as soon as it is open."""
        self._original_path = path
        self._loader.cancel()
        self._replace_original(None)
        if path is not None:
            self._loader.load(path, self._rate)

    def set_tracks(self, tracks: Iterable[Track], notes: Iterable[Note] | None = None) -> None:
        """Say what is heard and how loud, and which notes where they are others.

        Args:
            tracks: with their mute, solo and level.
            notes: all notes of the song, in the order of `sort_key`; None where they are as before.
        """
        self._tracks = tuple(tracks)
        self._set_notes(self._mix.notes if notes is None else by_instrument(notes))

    def change_notes(self, diff: NoteDiff) -> None:
        """Take over what became of the notes; heard even if the song is playing."""
        own = dict(self._mix.notes)
        own.update((one, part.applied(own.get(one, ()))) for one, part in diff.by_instrument.items())
        self._set_notes({instrument: notes for instrument, notes in own.items() if notes})

    def set_soundfont(self, path: Path | None) -> None:
        """Use another SoundFont, or the built-in one."""
        wanted = path or self._built_in
        if wanted != self._soundfont:
            self._soundfont = wanted
            self._rebuild()

    def set_mix(self, balance: float) -> None:
        """0 is the original alone, 0.5 both, 1 the synthesised notes alone."""
        self._change(balance=min(max(balance, 0.0), 1.0))

    def set_split(self, is_split: bool) -> None:
        """Put the original on the left and the notes on the right."""
        self._change(is_split=is_split)

    def set_volume(self, volume: float) -> None:
        """0-1."""
        self._change(volume=min(max(volume, 0.0), 1.0))

    def set_speed(self, speed: float) -> None:
        """0.25-2; the pitch stays."""
        self._change(speed=min(max(speed, MIN_SPEED), MAX_SPEED))

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Repeat a span of seconds, or nothing."""
        self._change(loop=loop)

    def sound_note(self, note: Note) -> None:
        """Let one note sound at once, beside the song."""
        mixer = self._ready_mixer()
        mixer.sound(note)
        self._wake_output()

    # --- transport ---

    @property
    def is_playing(self) -> bool:
        """Whether song time moves."""
        return self._mix.is_playing

    @property
    def position(self) -> float:
        """Song time that is audible now, in seconds."""
        if self._mixer is None or self._output is None:
            return self._start
        frame = self._clock.read(self._mixer.ring.taken, self._output.latency, self._now())
        return self._mixer.position(frame)

    def play(self) -> None:
        """Go on from the position, or from the start where the song is over."""
        if self.is_playing:
            return
        self._ready_mixer()
        if self.position >= self._end() - _END_SECONDS:
            self._seek(0.0)
        self._change(is_playing=True)
        self._wake_output()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stop where it is."""
        if self.is_playing:
            self._change(is_playing=False)
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def stop(self) -> None:
        """Stop, and go to the start."""
        self.pause()
        self.seek(0.0)

    def seek(self, seconds: float) -> None:
        """Go to a place of the song."""
        self._seek(max(0.0, seconds))
        self.position_changed.emit(max(0.0, seconds))

    # --- device ---

    def devices(self) -> tuple[str, ...]:
        """Names of the output devices."""
        return self._cards.names()

    @property
    def device(self) -> str:
        """The name of the device in use, "" where there is none or nothing was played yet."""
        return self._output.name if self._output is not None else ""

    def set_device(self, name: str) -> None:
        """Play on a device by its name, or "" for the system's choice; goes on where it is."""
        if name != self._device:
            self._device = name
            if self._output is not None:
                self._reopen()

    def look_again(self) -> None:
        """Look for devices that were connected since."""
        self._start = self.position
        self._close_output()
        self._cards.refresh()
        self._reopen()

    def close(self) -> None:
        """Fall silent, and end the threads."""
        self._timer.stop()
        self._search.stop()
        self._loader.close()
        self._close_output()
        if self._mixer is not None:
            self._mixer.close()
        self._mixer = None
        if self._mix.original is not None:
            self._mix.original.close()

    # --- inside ---

    @property
    def _rate(self) -> int:
        return self._mixer.rate if self._mixer is not None else PREFERRED_RATE

    def _change(self, **changes: object) -> None:
        self._mix = replace(self._mix, **changes)  # type: ignore[arg-type]  # names are Mix's own
        if self._mixer is not None:
            self._mixer.change(**changes)

    def _set_notes(self, notes: Notes) -> None:
        self._change(notes=notes, levels=levels_of(self._tracks, notes))

    def _end(self) -> float:
        """Seconds at which playing ends."""
        last = max((note.offset for notes in self._mix.notes.values() for note in notes), default=0.0)
        return max(self._mix.duration, last)

    def _seek(self, seconds: float) -> None:
        self._start = seconds
        if self._mixer is not None:
            self._mixer.seek(seconds)
            if not self._timer.isActive() and not self.is_playing:
                self._clock.reset()

    def _ready_mixer(self) -> Mixer:
        """The mixer, with an output to play to."""
        if self._output is None:
            self._reopen()
        assert self._mixer is not None
        return self._mixer

    def _reopen(self) -> None:
        """Open the wanted device, or the system's, or none, and say so; the song goes on where it is."""
        problem = self._open_output(self._device)
        if problem is not None:
            self._complain(output_message(problem, wanted=self._device, used=self.device))
        else:
            self._complain(None)

    def _open_output(self, wanted: str) -> NoSoundDevice | None:
        """Open a device or what replaces it.

        Returns:
            Why it is not the device that was asked for, or None.
        """
        self._start = self.position
        self._close_output()
        problem: NoSoundDevice | None = None
        for name in dict.fromkeys((wanted, "")):
            try:
                rate = self._cards.rate_of(name)
                self._use_output(self._cards.open(name, self._mixer_at(rate).ring, rate))
                break
            except NoSoundDevice as error:
                log.info("no output %r: %s", name, error.detail)
                problem = problem or error
                self._close_output()
        if self._output is None:
            mixer = self._mixer_at(self._rate)
            self._use_output(SilentOutput(mixer.ring, mixer.rate, now=self._now, parent=self))
            self._search.start()
        else:
            self._search.stop()
        self._clock = PlayClock(self._rate)
        self._watch.rest()
        self.device_changed.emit(self.device)
        return problem

    def _use_output(self, output: Output) -> None:
        self._output = output
        if self.is_playing:
            output.start()

    def _mixer_at(self, rate: int) -> Mixer:
        """The mixer, if it has this rate, or a new one that goes on in its place."""
        if self._mixer is not None and self._mixer.rate == rate:
            return self._mixer
        if self._mixer is not None:
            self._mixer.close()
        rate_before = self._rate
        self._mixer = Mixer(Synth(self._open_soundfont(), rate), Ring(round(4 * AHEAD_SECONDS * rate)))
        if rate != rate_before and self._original_path is not None:
            self._mix = replace(self._mix, original=None)
            self._loader.load(self._original_path, rate)
        self._mixer.change(**{name: getattr(self._mix, name) for name in Mix.__dataclass_fields__})
        self._mixer.seek(self._start)
        self._mixer.start()
        return self._mixer

    def _open_soundfont(self) -> SoundFont:
        """The chosen SoundFont, or the built-in one and a message."""
        try:
            return SoundFont.open(self._soundfont)
        except UnreadableSoundFont as error:
            if self._soundfont == self._built_in:
                raise
            self._soundfont = self._built_in
            self.failed.emit(describe(error))
            return SoundFont.open(self._built_in)

    def _rebuild(self) -> None:
        """Begin with a new mixer, at the same place."""
        if self._mixer is None:
            return
        self._start = self.position
        self._close_output()
        self._mixer.close()
        self._mixer = None
        self._reopen()

    def _close_output(self) -> None:
        if self._output is not None:
            self._output.stop()
            self._output.close()
            self._output = None

    def _wake_output(self) -> None:
        """Let the device take frames, and watch it."""
        assert self._output is not None
        self._watch.rest()
        try:
            self._output.start()
        except NoSoundDevice as error:
            log.info("device does not start: %s", error.detail)
            self._on_device_lost()
        self._idle_since = self._now()
        self._timer.start()

    @Slot()
    def _poll(self) -> None:
        """Tell where the playhead is, and notice what ended or broke."""
        mixer, output = self._mixer, self._output
        if mixer is None or output is None:
            self._timer.stop()
            return
        now, n_taken = self._now(), mixer.ring.taken
        if self._watch.is_stalled(n_taken):
            self._on_device_lost()
            return
        self._was_restarted = self._was_restarted and n_taken == self._restarted_at
        problem, mixer.problem = mixer.problem, None
        if problem is not None:
            self._on_mixing_failed(problem)
            return
        if self.is_playing:
            self._idle_since = now
            self.position_changed.emit(self.position)
            frame = mixer.ring.taken - output.latency * mixer.rate
            if mixer.ended_at is not None and frame >= mixer.ended_at:
                self.pause()
        elif mixer.is_busy:
            self._idle_since = now
            self.position_changed.emit(self.position)
        elif now - self._idle_since > _IDLE_SECONDS:
            output.stop()
            self._clock.reset()
            self._timer.stop()

    def _on_device_lost(self) -> None:
        """No frame was taken for a second: go on with the device if it is still there, or elsewhere.

        A sound server that was held up is back after its stream was opened anew; then there is nothing to
        tell. A device that takes nothing even so is left.
        """
        lost, was_restarted = self.device, self._was_restarted
        log.warning("the sound device %r takes nothing any more", lost)
        self._start = self.position
        self._close_output()
        self._cards.refresh()
        is_there = lost in self._cards.names() and not was_restarted
        self._open_output(self._device if is_there else "")
        self._was_restarted = self.device == lost
        self._restarted_at = self._ready_mixer().ring.taken
        if not (is_there and self.device == lost):
            self._complain(lost_message(lost, used=self.device))

    @Slot()
    def _look_for_device(self) -> None:
        """While there is no device: play on one as soon as it is connected."""
        self._cards.refresh()  # no stream is open
        if self._cards.names():
            self._reopen()

    def _complain(self, message: UserMessage | None) -> None:
        """Say what is the matter with the device, or that it is over."""
        before, self._complaint = self._complaint, message
        if before is not None:
            self.settled.emit(before)
        if message is not None:
            self.failed.emit(message)

    def _on_mixing_failed(self, problem: MT3Error) -> None:
        """A SoundFont turned out to be damaged: go on with the built-in one."""
        was_custom = self._soundfont != self._built_in
        self.pause()
        self.failed.emit(describe(problem))
        if was_custom:
            self._soundfont = self._built_in
            self._rebuild()

    @Slot(object)
    def _on_original_loaded(self, recording: Recording) -> None:
        self._replace_original(recording)
        self.original_changed.emit(recording.duration)

    @Slot(object)
    def _on_original_failed(self, error: MT3Error) -> None:
        path = self._original_path
        if isinstance(error, AudioNotFound) and path is not None:
            self.original_missed.emit(path)
        situation = NOWHERE if path is None else Situation(name=path.name)
        self.failed.emit(replace(describe(error, situation), path=path))

    def _replace_original(self, recording: Recording | None) -> None:
        """Hear another recording; the old one is closed by the mixing thread's own reference count."""
        had_one = self._mix.original is not None
        self._change(original=recording, duration=recording.duration if recording is not None else 0.0)
        if had_one and recording is None:
            self.original_changed.emit(0.0)
