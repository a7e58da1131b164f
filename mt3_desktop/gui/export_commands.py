"""Letting songs out: the export dialog, the same again, the clipboard, the drag handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.errands import Errand
from mt3_desktop.app.exporting import (
    ExportOptions,
    export_song,
    export_sounds,
    sound_of,
    sound_target,
    targets,
)
from mt3_desktop.app.job import Job
from mt3_desktop.app.messages import Action, describe
from mt3_desktop.app.wording import counted
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.export import Format
from mt3_desktop.core.resources import resource
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.drag_handle import file_mime
from mt3_desktop.gui.export_dialog import ExportDialog, ExportQuestion, Songs
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

    def ask(
        self,
        job_id: int,
        *,
        selected: Iterable[int],
        loop: tuple[float, float] | None,
        notes: Iterable[Note],
    ) -> None:
        """Ask how to export, and do it.

        Args:
            job_id: the song on show.
            selected: songs selected in the library.
            loop: the loop in seconds, or None.
            notes: the selected notes.
        """
        document = self._queue.document(job_id)
        chosen = tuple(selected)
        current = (self._queue.current(song).id for song in self._queue.songs)
        finished = tuple(one for one in current if self._queue.document(one).n_notes)
        question = ExportQuestion(
            song=document.name,
            model_title=self._title(document.model_id),
            folder=self._folder(),
            n_selected=len(chosen),
            n_finished=len(finished),
            loop=loop,
            notes=tuple(notes),
            tempo=document.tempo,
        )
        answer = ExportDialog.ask(question, self._settings.value, self._window)
        if answer is None:
            return
        self._remember(answer.options)
        songs = {Songs.CURRENT: (job_id,), Songs.SELECTED: chosen, Songs.FINISHED: finished}[answer.songs]
        self._export(songs, answer.options)

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
        transcription = document.transcription(notes=notes)
        tempo = document.tempo if self._settings.value.export_bars else None
        try:
            return self._outbox.write(transcription, document.tracks, name or document.name, tempo=tempo)
        except MT3Error as error:
            self._messages.report(error)
            return None

    def _export(self, job_ids: Iterable[int], options: ExportOptions) -> None:
        songs = [self._queue.job(job_id) for job_id in job_ids]
        resolved = self._resolve_existing(songs, options)
        if resolved is None:
            return
        written: list[Path] = []
        try:
            for job in songs:
                document = self._queue.document(job.id)
                written.extend(export_song(document, resolved, self._title(job.model_id)))
        except MT3Error as error:
            self._messages.post(replace(describe(error), path=options.folder))
            return
        if resolved.sound != "none":
            self._export_sounds(songs, resolved)
        if written:
            self._say_saved(written)
        elif resolved.formats:
            self._messages.info("There were no notes to save")

    def _export_sounds(self, songs: list[Job], options: ExportOptions) -> None:
        """Write the songs as WAV files, aside."""
        settings = self._settings.value
        soundfont = Path(settings.soundfont) if settings.soundfont else resource(SOUNDFONT)
        files = []
        for job in songs:
            document = self._queue.document(job.id)
            target = sound_target(options, document, self._title(job.model_id))
            files.append((target, sound_of(document, options, soundfont=soundfont, balance=settings.mix)))
        what = files[0][0].name if len(files) == 1 else counted(len(files), "sound file")
        self._sounds.do(
            Errand(
                f"Writing {what}",
                partial(export_sounds, files, options.existing),
                self._say_saved,
                lambda: self._messages.info(f"Stopped writing {what}", "No unfinished file was left."),
                job_id=songs[0].id if len(songs) == 1 else None,
                path=options.folder,
            )
        )

    def _say_saved(self, written: Sequence[Path]) -> None:
        what = f"Saved {written[0].name}" if len(written) == 1 else f"Saved {counted(len(written), 'file')}"
        self._messages.success(
            what,
            f"In {written[0].parent}",
            actions=(Action.SHOW_FILE, Action.COPY_PATH),
            path=written[0],
        )

    def _resolve_existing(self, songs: list[Job], options: ExportOptions) -> ExportOptions | None:
        """Ask about files that are there already; None if the user does not want to go on."""
        if options.existing != "ask":
            return options
        there = [
            path
            for job in songs
            for path in targets(options, self._queue.document(job.id), self._title(job.model_id))
            if path.exists()
        ]
        if not there:
            return options
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(
            f'"{there[0].name}" is already there.'
            if len(there) == 1
            else f"{len(there)} of these files are already there."
        )
        box.setInformativeText("A file that is replaced goes to the recycle bin.")
        keep = box.addButton("Keep both", QMessageBox.ButtonRole.AcceptRole)
        swap = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(keep)
        box.exec()
        if box.clickedButton() is keep:
            return replace(options, existing="number")
        return replace(options, existing="replace") if box.clickedButton() is swap else None

    def _folder(self) -> Path:
        stored = self._settings.value.export_folder
        if stored:
            return Path(stored)
        music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
        return Path(music) if music and Path(music).is_dir() else Path.home()

    def _remember(self, options: ExportOptions) -> None:
        self._last = replace(options, span=None, notes=None)
        self._settings.update(
            export_folder=str(options.folder),
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
