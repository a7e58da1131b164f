"""The mixer: original and synthesised notes on one clock, mixed a little ahead of the sound card.

Plain Python and numpy: its thread waits on an event, and `work` can be called without a thread, by a test.
Song time is counted in whole frames at the present speed, so neither loops nor changes of level can make the
original and the notes drift apart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from mt3_desktop.app.ring import Ring
from mt3_desktop.app.song_parts import Notes, SongParts
from mt3_desktop.core.audio.stereo import Recording
from mt3_desktop.core.audio.stretch import StretchedRecording
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.synth import Part, Synth, soft_limit
from mt3_desktop.core.values import FloatArray, Instrument, Note

log = logging.getLogger(__name__)

AHEAD_SECONDS = 0.5
SAFETY_SECONDS = 0.04  # a change is written this far ahead of what the sound card takes
FADE_SECONDS = 0.006
_CHUNK_FRAMES = 2048
_CLICKED_SECONDS = 1.5
_KEPT_MARKS = 64
_IDLE_SECONDS = 0.02
_NO_NOTES: Notes = MappingProxyType({})
_NO_LEVELS: Mapping[Instrument, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """What should be heard; replaced as a whole.

    Attributes:
        is_playing: whether song time moves.
        notes: each instrument's notes.
        levels: gain of each instrument; one that is missing is silent.
        original: the recording, or None.
        speed: of song time; the pitch stays.
        balance: 0 is the original alone, 0.5 both, 1 the notes alone.
        is_split: the original on the left, the notes on the right.
        volume: 0-1.
        loop: start and end in seconds, or None.
        duration: seconds after which playing ends, at the least: later notes are played to their end.
    """

    is_playing: bool = False
    notes: Notes = field(default_factory=lambda: _NO_NOTES)
    levels: Mapping[Instrument, float] = field(default_factory=lambda: _NO_LEVELS)
    original: Recording | None = None
    speed: float = 1.0
    balance: float = 0.5
    is_split: bool = False
    volume: float = 0.8
    loop: tuple[float, float] | None = None
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """From stream frame `stream` on, song frame `song` and the following are heard.

    Attributes:
        stream: frame of the ring.
        song: frame of the song at `speed`.
        speed: of song time.
        is_moving: whether the song goes on; if not, `song` is where it waits.
    """

    stream: int
    song: int
    speed: float
    is_moving: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Sound:
    """A sound of its own, beside the song: a note that was clicked."""

    start: int
    frames: FloatArray


class Mixer:
    """Fills a `Ring` with the song.

    `change`, `seek`, `sound` and `position` may be called from any thread.
    """

    def __init__(self, synth: Synth, ring: Ring) -> None:
        self.rate = synth.rate
        self.ring = ring
        self.problem: MT3Error | None = None
        """Set when a SoundFont turns out to be damaged; whoever reads it sets it back to None."""
        self._synth = synth
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._is_waiting = False
        self._wanted = Mix()
        self._jump: float | None = 0.0
        self._requests: tuple[Note, ...] = ()
        # From here on: the mixing thread's own.
        self._mix = Mix()
        self._parts = SongParts(synth)
        self._stretched: StretchedRecording | None = None
        self._stretched_of: Recording | None = None
        self._marks: tuple[Mark, ...] = (Mark(0, 0, 1.0, is_moving=False),)
        self._cursor = 0
        self._song = 0
        self._outgoing: FloatArray | None = None
        self._sounds: list[_Sound] = []
        self._ended_at: int | None = None

    # --- for the player ---

    def start(self) -> None:
        """Begin to mix, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="mixer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._is_closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(5.0)
            if self._thread.is_alive():
                log.error("the mixing thread does not end")

    @property
    def mix(self) -> Mix:
        """What was asked for last."""
        return self._wanted

    def change(self, **changes: object) -> None:
        """Replace fields of the mix; heard 40 ms and the sound card's own delay later."""
        with self._lock:
            self._wanted = replace(self._wanted, **changes)  # type: ignore[arg-type]  # names are Mix's own
        self._wake.set()

    def seek(self, seconds: float) -> None:
        """Go on from another place of the song."""
        with self._lock:
            self._jump = max(0.0, seconds)
        self._wake.set()

    def sound(self, note: Note) -> None:
        """Let one note sound now, whatever else does."""
        with self._lock:
            self._requests = (*self._requests, note)
        self._wake.set()

    def position(self, stream_frame: float) -> float:
        """Song time in seconds at a frame of the stream."""
        with self._lock:
            if self._jump is not None:
                return self._jump  # asked for, not mixed yet
        marks = self._marks
        mark = next((mark for mark in reversed(marks) if mark.stream <= stream_frame), marks[0])
        moved = max(0.0, stream_frame - mark.stream) if mark.is_moving else 0.0
        return (mark.song + moved) * mark.speed / self.rate

    @property
    def ended_at(self) -> int | None:
        """Stream frame at which the song is over, or None while it goes on."""
        return self._ended_at

    @property
    def is_busy(self) -> bool:
        """Whether there is anything to hear, or was a moment ago."""
        return self._wanted.is_playing or self._wanted is not self._mix or self._cursor > self.ring.taken

    @property
    def is_settled(self) -> bool:
        """Whether the thread has done all that was asked for, and waits."""
        return self._is_waiting and not self._wake.is_set()

    # --- mixing ---

    def work(self) -> None:
        """Take over what was asked for, and mix until the ring is half a second ahead."""
        with self._lock:
            wanted, jump, requests = self._wanted, self._jump, self._requests
            self._requests = ()
        sounds = [self._sound_of(note) for note in requests]
        if wanted is not self._mix or jump is not None or sounds:
            self._rewrite(wanted, jump, sounds)
        self._fill()

    def _run(self) -> None:
        while not self._is_closed:
            self._is_waiting = False  # before the event is cleared: `is_settled` never sees a gap
            self._wake.clear()
            try:
                self.work()
            except MT3Error as error:
                log.warning("mixing stops: %s (%s)", error, error.detail)
                self.problem = error
                with self._lock:
                    self._wanted = replace(self._wanted, is_playing=False, notes=_NO_NOTES)
            self._is_waiting = True
            self._wake.wait(_IDLE_SECONDS if self._wanted.is_playing or self._sounds else None)

    def _rewrite(self, wanted: Mix, jump: float | None, sounds: list[FloatArray]) -> None:
        """Mix anew from a little ahead of the sound card on, fading over from what was there."""
        was_playing = self._mix.is_playing
        self._take_over(wanted)
        if wanted.is_playing:  # the slow work first: time goes on meanwhile
            expected = jump if jump is not None else self._seconds_at(self._ahead())
            self._render(self._frame(expected), self.rate // 4)
        at = self._ahead()
        seconds = jump if jump is not None else self._seconds_at(at)
        fade = round(FADE_SECONDS * self.rate)
        self._outgoing = self.ring.peek(at, fade)
        self._silence_until(at)
        self._cursor, self._song, self._ended_at = at, self._frame(seconds), None
        earlier = () if jump is not None else tuple(mark for mark in self._marks if mark.stream < at)
        self._mark(earlier)
        with self._lock:
            if self._jump == jump:
                self._jump = None
        if sounds:
            self._sounds = [_Sound(at, frames) for frames in sounds]
        if was_playing and not wanted.is_playing:
            self._write(np.zeros((fade, 2), dtype=np.float32))

    def _take_over(self, wanted: Mix) -> None:
        """Prepare what a new mix needs; notes only when they are about to be heard."""
        if wanted.is_playing:
            self._parts.update(wanted.notes, wanted.speed)
        known = self._stretched
        if wanted.original is None:
            self._stretched = None
        elif known is None or known.recording is not wanted.original or known.speed != wanted.speed:
            self._stretched = StretchedRecording(wanted.original, speed=wanted.speed, rate=self.rate)
        self._mix = wanted

    def _fill(self) -> None:
        """Mix chunk after chunk until the ring is far enough ahead, or the song is over."""
        if self._cursor < self.ring.taken and self._has_more():
            self._catch_up()
        limit = round(AHEAD_SECONDS * self.rate)
        while self._has_more() and self._cursor - self.ring.taken < limit:
            if self._wanted is not self._mix or self._jump is not None or self._is_closed:
                return  # something newer is wanted
            if self._mix.is_playing and self._ended_at is None:
                self._play_on()
            else:
                self._write(np.zeros((_CHUNK_FRAMES, 2), dtype=np.float32))

    def _has_more(self) -> bool:
        """Whether anything is still to be mixed: the song, or the rest of a clicked note."""
        if self._mix.is_playing and self._ended_at is None:
            return True
        return any(sound.start + len(sound.frames) > self._cursor for sound in self._sounds)

    def _catch_up(self) -> None:
        """The sound card was faster: go on from the same place of the song, later."""
        log.debug("underrun of %d frames", self.ring.taken - self._cursor)
        self._cursor = self._ahead()
        self._silence_until(self._cursor)
        self._mark(self._marks)

    def _play_on(self) -> None:
        """Mix the next frames of the song, up to the loop's end or the song's."""
        count = _CHUNK_FRAMES
        loop = self._loop_frames()
        if loop is not None and self._song < loop[1]:
            count = min(count, loop[1] - self._song)
        self._write(self._render(self._song, count))
        self._song += count
        if loop is not None and self._song == loop[1]:  # fade over from what would have followed
            self._outgoing = self._render(loop[1], round(FADE_SECONDS * self.rate))
            self._song = loop[0]
            self._mark(self._marks)
        elif self._song >= self._end_frame():
            self._ended_at = self._cursor

    def _write(self, chunk: FloatArray) -> None:
        """Put a chunk into the ring, fading over from what went before, clicked notes on top."""
        if self._outgoing is not None:
            count = min(len(chunk), len(self._outgoing))
            whole = round(FADE_SECONDS * self.rate)
            done = whole - len(self._outgoing)
            rise = (np.arange(done, done + count, dtype=np.float32) / np.float32(whole))[:, None]
            chunk[:count] = rise * chunk[:count] + (1 - rise) * self._outgoing[:count]
            self._outgoing = self._outgoing[count:] if count < len(self._outgoing) else None
        for sound in self._sounds:
            first = max(sound.start, self._cursor)
            last = min(sound.start + len(sound.frames), self._cursor + len(chunk))
            if last > first:
                heard = sound.frames[first - sound.start : last - sound.start]
                chunk[first - self._cursor : last - self._cursor] += heard
        self.ring.write(self._cursor, chunk)
        self._cursor += len(chunk)

    def _render(self, start: int, count: int) -> FloatArray:
        """(count, 2) the song from a frame on, as it is to be heard."""
        mix = self._mix
        notes = np.zeros((count, 2), dtype=np.float32)
        if mix.balance > 0:
            for instrument, part in self._parts.between(start, start + count):
                level = mix.levels.get(instrument, 0.0)
                if level > 0:
                    self._add_part(part, level, start, notes)
        original = np.zeros((count, 2), dtype=np.float32)
        if self._stretched is not None and mix.balance < 1:
            original = self._stretched.read(start, start + count)
        return blend(original, notes, mix)

    def _add_part(self, part: Part, level: float, start: int, out: FloatArray) -> None:
        length = self._synth.block_frames
        for index in range(start // length, -(-(start + len(out)) // length)):
            block_start = index * length
            first, last = max(start, block_start), min(start + len(out), block_start + length)
            block = self._synth.block(part, index)[first - block_start : last - block_start]
            out[first - start : last - start] += np.float32(level) * block

    def _sound_of(self, note: Note) -> FloatArray:
        """(n, 2) a clicked note, at most one and a half seconds of it held."""
        part = self._synth.part([replace(note, onset=0.0, offset=min(note.duration, _CLICKED_SECONDS))])
        frames = soft_limit(self._synth.render(part, 0, part.end))
        frames *= np.float32(self._wanted.volume**2)
        return frames

    # --- frames ---

    def _ahead(self) -> int:
        """The next stream frame that may still be changed."""
        return self.ring.taken + round(SAFETY_SECONDS * self.rate)

    def _silence_until(self, at: int) -> None:
        """Fill what nobody mixed before stream frame `at`."""
        gap = min(at - self.ring.written, self.ring.capacity)
        if gap > 0:
            self.ring.write(at - gap, np.zeros((gap, 2), dtype=np.float32))

    def _mark(self, earlier: tuple[Mark, ...]) -> None:
        """Note down which song frame the cursor is at."""
        mark = Mark(self._cursor, self._song, self._mix.speed, self._mix.is_playing)
        self._marks = (*earlier[-_KEPT_MARKS:], mark)

    def _frame(self, seconds: float) -> int:
        """Song frame at the present speed."""
        return round(seconds * self.rate / self._mix.speed)

    def _seconds_at(self, stream_frame: int) -> float:
        """Song time at a stream frame, by the marks alone, not beyond what was mixed."""
        marks = self._marks
        mark = next((mark for mark in reversed(marks) if mark.stream <= stream_frame), marks[0])
        until = min(stream_frame, max(self._cursor, mark.stream))
        moved = max(0, until - mark.stream) if mark.is_moving else 0
        return (mark.song + moved) * mark.speed / self.rate

    def _loop_frames(self) -> tuple[int, int] | None:
        loop = self._mix.loop
        if loop is None:
            return None
        start, end = self._frame(loop[0]), self._frame(loop[1])
        return (start, end) if end - start >= round(FADE_SECONDS * self.rate) else None

    def _end_frame(self) -> int:
        """Where the song ends at the present speed."""
        return self._frame(max(self._mix.duration, self._parts.end))


def blend(original: FloatArray, notes: FloatArray, mix: Mix) -> FloatArray:
    """Original and notes by balance, split and volume, within ±1."""
    original_gain = min(1.0, 2 - 2 * mix.balance)
    notes_gain = min(1.0, 2 * mix.balance)
    if mix.is_split:
        out = np.empty_like(notes)
        out[:, 0] = original_gain * original.mean(axis=1)
        out[:, 1] = notes_gain * notes.mean(axis=1)
    else:
        out = np.float32(original_gain) * original + np.float32(notes_gain) * notes
    out = soft_limit(out)
    out *= np.float32(mix.volume**2)
    return out
