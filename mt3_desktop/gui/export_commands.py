"""Letting songs out: the export dialog, the same again, the clipboard, the drag handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.exporting import ExportOptions, PlannedFile, note_files, sound_of, sound_target
from mt3_desktop.app.job import Job
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.export import Format
from mt3_desktop.core.resources import resource
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.drag_handle import file_mime
from mt3_desktop.gui.export_dialog import ExportDialog, ExportQuestion, Songs
from mt3_desktop.gui.export_run import ExportPlan, ExportRun, ask_existing
from mt3_desktop.gui.services import Services

SOUNDFONT = "gm.sf3"


class ExportCommands(QObject):
    """Saves, copies and hands out songs."""

    def __init__(self, services: Services, model_title: Callable[[str], str], window: QWidget) -> None:
        """Wire the commands.

        Args:
            services: the songs, the settings, the messages, the outbox.
            model_title: a model's id → what users read.
            window: parent of the dialog, and owner.
        """
        super().__init__(window)
        self._queue = services.queue
        self._settings = services.settings
        self._messages = services.messages
        self._outbox = services.outbox
        self._sounds = services.sounds
        self._title = model_title
        self._window = window
        self._last: ExportOptions | None = None
        self._dialog: ExportDialog | None = None

    def ask(
        self,
        job_id: int,
        *,
        selected: Iterable[int],
        loop: tuple[float, float] | None,
        notes: Iterable[Note],
    ) -> None:
        """Ask how to export, and do it once that is answered; meanwhile everything goes on.

        Args:
            job_id: the song on show.
            selected: songs selected in the library.
            loop: the loop in seconds, or None.
            notes: the selected notes.
        """
        document = self._queue.document(job_id)
        chosen = tuple(selected)
        question = ExportQuestion(
            song=document.name,
            model_title=self._title(document.model_id),
            folder=self._folder(),
            n_selected=len(chosen),
            n_finished=len(self._finished),
            loop=loop,
            notes=tuple(notes),
            tempo=document.tempo,
            tracks=document.tracks,
        )
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = dialog = ExportDialog(question, self._settings.value, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._on_accepted, dialog, job_id, chosen))
        dialog.finished.connect(self._on_dialog_finished)
        dialog.show()

    def _on_accepted(self, dialog: ExportDialog, job_id: int, selected: tuple[int, ...]) -> None:
        answer = dialog.answer
        self._remember(answer.options)
        songs = {Songs.CURRENT: (job_id,), Songs.SELECTED: selected, Songs.FINISHED: self._finished}
        self._export(songs[answer.songs], answer.options)

    @Slot(int)
    def _on_dialog_finished(self, _result: int) -> None:
        self._dialog = None

    @property
    def _finished(self) -> tuple[int, ...]:
        """The results on show of all songs that have notes."""
        current = (self._queue.current(song).id for song in self._queue.songs)
        return tuple(one for one in current if self._queue.document(one).n_notes)

    def again(self, job_id: int) -> None:
        """Export the song on show as the last time, without asking; a file that is there is kept."""
        options = self._last or self._remembered()
        quiet = "number" if options.existing == "ask" else options.existing
        self._export((job_id,), replace(options, existing=quiet))

    def copy(self, job_id: int) -> None:
        """Put the song on the clipboard as a MIDI file."""
        self.copy_file(self.make_file(self._queue.document(job_id)))

    def copy_file(self, path: Path | None) -> None:
        """Put a file on the clipboard; None if it could not be written."""
        if path is not None:
            QGuiApplication.clipboard().setMimeData(file_mime(path))
            self._messages.info("Copied as a MIDI file", "Paste it into your music program or a folder.")

    def make_track_file(self, document: TranscriptionDocument, instrument: Instrument) -> Path | None:
        """Write one track as a MIDI file, as `make_file`."""
        name = next(track.name for track in document.tracks if track.instrument == instrument)
        notes = [note for note in document.notes if note.instrument == instrument]
        return self.make_file(document, notes=notes, name=f"{document.name} - {name}")

    def make_file(
        self, document: TranscriptionDocument, *, notes: Iterable[Note] | None = None, name: str = ""
    ) -> Path | None:
        """Write a MIDI file to be dragged or pasted.

        Args:
            document: the song.
            notes: only these; None for all that is heard.
            name: what to call it; the song's name if empty.

        Returns:
            The file, or None if it could not be written: then a message says why.
        """
        transcription = document.outgoing.transcription(notes=notes)
        tempo = document.tempo if self._settings.value.export_bars else None
        try:
            return self._outbox.write(transcription, document.tracks, name or document.name, tempo=tempo)
        except MT3Error as error:
            self._messages.report(error)
            return None

    def _export(self, job_ids: Iterable[int], options: ExportOptions) -> None:
        songs = [self._queue.job(job_id) for job_id in job_ids if job_id in self._queue]
        plan = ask_existing(self._plan(songs, options), self._window)
        if plan is None:
            return
        run = ExportRun(
            plan,
            self._messages,
            self._sounds,
            elsewhere=partial(self._ask_elsewhere, tuple(job.id for job in songs), options),
            saved=partial(self._settings.update, export_folder=str(options.folder)),
        )
        run.go_on()

    def _plan(self, songs: list[Job], options: ExportOptions) -> ExportPlan:
        """The files that songs are to become."""
        settings = self._settings.value
        soundfont = Path(settings.soundfont) if settings.soundfont else resource(SOUNDFONT)
        notes: list[PlannedFile] = []
        sounds = []
        for job in songs:
            document, title = self._queue.document(job.id), self._title(job.model_id)
            notes.extend(note_files(document, options, title))
            if options.sound != "none":
                sound = sound_of(document, options, soundfont=soundfont, balance=settings.mix)
                sounds.append((sound_target(options, document, title), sound))
        job_id = songs[0].id if len(songs) == 1 else None
        return ExportPlan(options.folder, options.existing, tuple(notes), tuple(sounds), job_id)

    def _ask_elsewhere(self, job_ids: tuple[int, ...], options: ExportOptions) -> None:
        """Ask for another folder, and export there."""
        name = QFileDialog.getExistingDirectory(self._window, "Save somewhere else", str(options.folder))
        if name:
            self._export(job_ids, replace(options, folder=Path(name)))

    def _folder(self) -> Path:
        stored = self._settings.value.export_folder
        if stored:
            return Path(stored)
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(music) if music and Path(music).is_dir() else Path.home()

    def _remember(self, options: ExportOptions) -> None:
        """Keep what was chosen; the folder only once something lies in it."""
        self._last = replace(options, span=None, notes=None, instruments=None)
        self._settings.update(
            export_pattern=options.pattern,
            export_formats=tuple(kind.value for kind in options.formats),
            export_per_track=options.per_track,
            export_muted=options.include_muted,
            export_bars=options.follow_bars,
            export_quantised=options.quantised_copy,
            export_existing=options.existing,
            export_sound=options.sound,
        )

    def _remembered(self) -> ExportOptions:
        settings = self._settings.value
        return ExportOptions(
            folder=self._folder(),
            pattern=settings.export_pattern,
            formats=tuple(Format(value) for value in settings.export_formats),
            per_track=settings.export_per_track,
            include_muted=settings.export_muted,
            follow_bars=settings.export_bars,
            quantised_copy=settings.export_quantised,
            sound=settings.export_sound,
            existing=settings.export_existing,
        )
