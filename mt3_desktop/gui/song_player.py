"""Keeps the player playing the song on show, and the playhead where the sound is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMetaObject, QObject, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.player import Player
from mt3_desktop.app.settings import Settings
from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import FloatArray, Note
from mt3_desktop.gui.roll.backdrop import BackdropKind, Peaks
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.transport import TransportBar

MIX_STEP = 0.1
SPEED_STEP = 0.05
PREVIEW_SECONDS = 0.4
PREVIEW_VELOCITY = 90


class SongPlayer(QObject):
    """Connects the document on show, the settings and the roll with the player."""

    def __init__(self, services: Services, roll: RollView, transport: TransportBar, parent: QObject) -> None:
        """Wire the player; it plays nothing yet.

        Args:
            services: the player, the settings, the messages.
            roll: shows the playhead, and is clicked.
            transport: the controls.
            parent: owner.
        """
        super().__init__(parent)
        self._player: Player = services.player
        self._settings = services.settings
        self._roll = roll
        self._transport = transport
        self._document: TranscriptionDocument | None = None
        self._source: Path | None = None
        self._connections: list[QMetaObject.Connection] = []
        self._loop: tuple[float, float] | None = None
        self._is_loop_on = False
        self._speed = 1.0
        self._player.position_changed.connect(roll.set_playhead)
        self._player.position_changed.connect(transport.set_position)
        self._player.playing_changed.connect(transport.set_playing)
        self._player.playing_changed.connect(roll.set_playing)
        self._player.failed.connect(services.messages.post)
        self._player.settled.connect(services.messages.retract)
        self._waveforms = services.waveforms
        self._waveforms.ready.connect(self._on_waveform_ready)
        self._waveforms.spectrogram_ready.connect(self._on_spectrogram_ready)
        self._player.original_changed.connect(self._on_original_changed)
        self._player.original_missed.connect(self._on_original_missed)
        services.settings.changed.connect(self._on_settings_changed)
        roll.seek_requested.connect(self._player.seek)
        roll.loop_changed.connect(self._on_loop_changed)
        roll.loop_switched.connect(self._use_loop)
        roll.note_clicked.connect(self._on_note_clicked)
        roll.backdrop_changed.connect(self._on_backdrop_changed)
        transport.to_start_wanted.connect(self._on_to_start_wanted)
        transport.play_toggled.connect(self._toggle)
        transport.loop_toggled.connect(self._use_loop)
        transport.speed_changed.connect(self._set_speed)
        transport.balance_changed.connect(self._set_mix)
        transport.split_toggled.connect(self._player.set_split)
        transport.volume_changed.connect(self._on_volume_changed)
        transport.follow_toggled.connect(self._on_follow_toggled)
        self._apply(services.settings.value)
        self.show(None)

    @property
    def loop(self) -> tuple[float, float] | None:
        """The loop that is in use, in seconds, or None."""
        return self._loop if self._is_loop_on else None

    @property
    def drawn_loop(self) -> tuple[float, float] | None:
        """The loop in seconds, whether it is in use or not, or None."""
        return self._loop

    def take_up(self, playhead: float, loop: tuple[float, float] | None, *, is_loop_on: bool) -> None:
        """Go on where a song was left.

        Args:
            playhead: position in seconds.
            loop: the loop in seconds, or None.
            is_loop_on: whether it is in use.
        """
        self._loop = loop
        self._use_loop(is_loop_on)
        if playhead > 0:
            self._player.seek(playhead)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What the commands of the Play menu do."""
        return {
            "play": self._toggle,
            "to_start": lambda: self._player.seek(0.0),
            "to_end": self._to_end,
            "loop": self._roll.toggle_loop,
            "faster": lambda: self._set_speed(self._speed + SPEED_STEP),
            "slower": lambda: self._set_speed(self._speed - SPEED_STEP),
            "normal_speed": lambda: self._set_speed(1.0),
            "mix_original": lambda: self._set_mix(self._settings.value.mix - MIX_STEP),
            "mix_synth": lambda: self._set_mix(self._settings.value.mix + MIX_STEP),
            "mix_flip": lambda: self._set_mix(0.0 if self._settings.value.mix > 0.5 else 1.0),
        }

    def show(self, document: TranscriptionDocument | None) -> None:
        """Play a document, or nothing; another result of the same song is heard in its place at once."""
        if document is self._document and document is not None:
            return
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        before, self._document = self._document, document
        if before is None or document is None or document.song is not before.song:
            self._begin()
        self._player.set_tracks(
            () if document is None else document.tracks, () if document is None else document.notes
        )
        if document is not None:
            self._connections = [
                document.notes_appended.connect(self._on_notes_appended),
                document.notes_changed.connect(self._on_notes_changed),
                document.tracks_changed.connect(self._on_tracks_changed),
                document.heard_changed.connect(self._on_heard_changed),
            ]

    def _begin(self) -> None:
        """Another song is on show: the last one falls silent."""
        self._player.stop()
        self._loop = None
        self._use_loop(False)
        self._show_duration()
        self._transport.setEnabled(self._document is not None)
        self._source = None
        self.open_source()

    def open_source(self) -> None:
        """Open the recording of the document on show, if it is not the one that is open."""
        source = None if self._document is None else self._document.path
        if source is not None and source == self._source:
            return
        self._source = source
        self._roll.set_peaks(None)
        self._roll.set_spectrogram(None)
        self._waveforms.request(source)
        self._player.set_original(source)

    def preview_program(self, program: int) -> None:
        """Let an instrument sound, for who chooses one."""
        self._player.sound_note(Note(0.0, PREVIEW_SECONDS, 60, PREVIEW_VELOCITY, program))

    def preview_key(self, pitch: int, is_drum: bool) -> None:
        """Let a key sound that was clicked: a drum, or a pitch of the first track."""
        tracks = self._document.tracks if self._document is not None else ()
        program = next((track.instrument.program for track in tracks if not track.instrument.is_drum), 0)
        note = Note(0.0, PREVIEW_SECONDS, pitch, PREVIEW_VELOCITY, 0 if is_drum else program, is_drum)
        self._on_note_clicked(note)

    @Slot(object)
    def _on_note_clicked(self, note: Note) -> None:
        if self._settings.value.click_sounds:
            self._player.sound_note(note)

    @Slot()
    def _toggle(self) -> None:
        if self._document is not None:
            self._player.toggle()

    def _to_end(self) -> None:
        if self._document is not None:
            self._player.seek(self._document.duration)

    @Slot(bool)
    def _use_loop(self, is_on: bool) -> None:
        self._is_loop_on = is_on and self._loop is not None
        self._roll.set_loop(self._loop, is_on=self._is_loop_on)
        self._transport.set_loop(self._loop, is_on=self._is_loop_on)
        self._player.set_loop(self.loop)

    @Slot(float)
    def _set_speed(self, speed: float) -> None:
        self._speed = min(2.0, max(0.25, round(speed, 2)))
        self._player.set_speed(self._speed)
        self._transport.set_speed(self._speed)

    @Slot(float)
    def _set_mix(self, mix: float) -> None:
        self._settings.update(mix=min(1.0, max(0.0, round(mix, 2))))

    def _apply(self, settings: Settings) -> None:
        self._player.set_mix(settings.mix)
        self._player.set_volume(settings.volume)
        self._transport.set_balance(settings.mix)
        self._transport.set_volume(settings.volume)
        self._transport.set_follow(settings.follow)
        self._roll.set_backdrop(BackdropKind(settings.backdrop), settings.backdrop_strength)
        self._player.set_device(settings.output_device)
        self._player.set_soundfont(Path(settings.soundfont) if settings.soundfont else None)

    @Slot(object, object)
    def _on_settings_changed(self, _old: Settings, new: Settings) -> None:
        self._apply(new)

    @Slot(object)
    def _on_loop_changed(self, loop: tuple[float, float] | None) -> None:
        """Drawn in the ruler; None is a loop that was drawn away."""
        self._loop = loop
        self._use_loop(loop is not None)

    @Slot()
    def _on_to_start_wanted(self) -> None:
        self._player.seek(0.0)

    @Slot(float)
    def _on_volume_changed(self, volume: float) -> None:
        self._settings.update(volume=volume)

    @Slot(bool)
    def _on_follow_toggled(self, is_on: bool) -> None:
        self._settings.update(follow=is_on)

    @Slot(object, float)
    def _on_backdrop_changed(self, kind: BackdropKind, strength: float) -> None:
        self._settings.update(backdrop=kind.value, backdrop_strength=strength)

    @Slot(object, object, float)
    def _on_waveform_ready(self, _path: Path, outline: FloatArray, seconds: float) -> None:
        self._roll.set_peaks(Peaks(outline[:, 0], outline[:, 1], seconds))

    @Slot(object, object)
    def _on_spectrogram_ready(self, _path: Path, spectrogram: KeySpectrogram) -> None:
        self._roll.set_spectrogram(spectrogram)

    @Slot(float)
    def _on_heard_changed(self, _seconds: float) -> None:
        self._show_duration()

    def _show_duration(self) -> None:
        self._transport.set_duration(0.0 if self._document is None else self._document.duration)

    @Slot(float)
    def _on_original_changed(self, duration: float) -> None:
        """The length of the recording is known before the model has heard a second of it."""
        if self._document is not None and duration > 0:
            self._document.song.set_missing(False)
        if self._document is not None and duration > 0 and self._document.duration == 0:
            self._document.set_duration(duration)
            self._roll.set_duration(duration)
            self._show_duration()

    @Slot(object)
    def _on_original_missed(self, path: Path) -> None:
        if self._document is not None and self._document.path == path:
            self._document.song.set_missing(True)

    @Slot(object)
    def _on_notes_appended(self, notes: tuple[Note, ...]) -> None:
        self._player.change_notes(NoteDiff(added=notes))

    @Slot(object)
    def _on_notes_changed(self, diff: NoteDiff) -> None:
        self._player.change_notes(diff)

    @Slot(object)
    def _on_tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        self._player.set_tracks(tracks)
