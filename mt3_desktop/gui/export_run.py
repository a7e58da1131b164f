"""One export, from the question about files that are there already to the word of what was saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mt3_desktop.app.errands import Errand, Errands
from mt3_desktop.app.exporting import PlannedFile, write_notes, write_sounds
from mt3_desktop.app.messages import Action, Messages, UserMessage, describe
from mt3_desktop.app.recycle_bin import Binned, bring_back
from mt3_desktop.app.saved_files import SavedFiles, numbered
from mt3_desktop.app.settings import Existing
from mt3_desktop.app.sound_export import SoundExport
from mt3_desktop.app.wording import counted
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.progress import CancelToken, Report, ignore

NAMED_FILES = 3
"""So many files are named in a message before the rest is counted."""
AT_ONCE_NOTES = 1_000
"""So many notes are written, in any format, before anybody sees that the window waits: in 0.1 s."""


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export is to write.

    Attributes:
        folder: where to.
        existing: what happens to files of the same names.
        notes: the files of notes.
        sounds: the WAV files with what they are to contain.
        job_id: the song, if it is a single one.
    """

    folder: Path
    existing: Existing
    notes: tuple[PlannedFile, ...]
    sounds: tuple[tuple[Path, SoundExport], ...] = ()
    job_id: int | None = None

    @property
    def targets(self) -> tuple[Path, ...]:
        """The files, if nothing from before is in the way."""
        return numbered((*(file.path for file in self.notes), *(path for path, _sound in self.sounds)))


class ExportRun:
    """Carries out a plan; what failed can be tried again and goes on where it stopped."""

    def __init__(
        self,
        plan: ExportPlan,
        messages: Messages,
        sounds: Errands,
        *,
        elsewhere: Callable[[], object],
        saved: Callable[[], object],
    ) -> None:
        """Write nothing yet.

        Args:
            plan: what is to be written.
            messages: where it is said how it went.
            sounds: writes WAV files, and many notes, aside.
            elsewhere: asks for another folder, for a failure's button.
            saved: called once files lie in the folder.
        """
        self._plan = plan
        self._messages = messages
        self._errands = sounds
        self._elsewhere = elsewhere
        self._saved = saved
        self._files = SavedFiles(plan.existing)
        self._notes = list(plan.notes)

    def go_on(self) -> None:
        """Write what is not written yet: few notes at once, many notes and the sound aside."""
        if sum(file.n_notes for file in self._notes) > AT_ONCE_NOTES:
            self._write_notes_aside()
            return
        try:
            self._write_notes(ignore, CancelToken())
        except MT3Error as error:
            self._say_failed(describe(error), self.go_on)
        else:
            self._go_on_with_sound()

    def _write_notes(self, report: Report, cancel: CancelToken) -> None:
        """In whichever thread; what is written is not written again."""
        n_before = len(self._files.written)
        try:
            write_notes(tuple(self._notes), self._files, report, cancel)
        finally:
            del self._notes[: len(self._files.written) - n_before]

    def _write_notes_aside(self) -> None:
        paths = [file.path for file in self._notes]
        what = paths[0].name if len(paths) == 1 else counted(len(paths), "file")
        self._errands.do(
            Errand(
                f"Writing {what}",
                self._write_notes,
                lambda _nothing: self._go_on_with_sound(),
                partial(self._say_stopped, what),
                failed=lambda message: self._say_failed(message, self.go_on),
            )
        )

    def _go_on_with_sound(self) -> None:
        if self._plan.sounds:
            self._write_sounds(self._plan.sounds)
        elif self._files.written:
            self._say_saved()
        else:
            self._messages.info("There were no notes to save")

    def _write_sounds(self, sounds: Sequence[tuple[Path, SoundExport]]) -> None:
        n_before = len(self._files.written)
        what = sounds[0][0].name if len(sounds) == 1 else counted(len(sounds), "sound file")

        def again(message: UserMessage) -> None:
            n_done = len(self._files.written) - n_before
            self._say_failed(message, partial(self._write_sounds, sounds[n_done:]))

        self._errands.do(
            Errand(
                f"Writing {what}",
                partial(write_sounds, sounds, self._files),
                lambda _nothing: self._say_saved(),
                partial(self._say_stopped, what),
                failed=again,
            )
        )

    # --- what is said ---

    def _say_saved(self) -> None:
        written = self._files.written
        self._saved()
        what = written[0].name if len(written) == 1 else counted(len(written), "file")
        kept = tuple(binned for binned in self._files.binned if binned.kept_at is not None)
        undo = Action.BRING_BACK if len(kept) == 1 else Action.BRING_ALL_BACK
        self._messages.success(
            f"Saved {what}",
            f"In {written[0].parent}",
            actions=(Action.SHOW_FILE, Action.COPY_PATH, *((undo,) if kept else ())),
            path=written[0],
            commands={undo: partial(self._bring_back, kept)},
        )

    def _say_failed(self, message: UserMessage, again: Callable[[], None]) -> None:
        """Say what went wrong, and what is saved all the same."""
        saved = self._files.written
        text = f"{message.text} Saved before that: {_names(saved)}." if saved else message.text
        self._messages.post(
            replace(
                message,
                text=text,
                path=self._plan.folder,
                job_id=self._plan.job_id if Action.LOCATE in message.actions else None,
                commands={Action.RETRY: again, Action.SAVE_ELSEWHERE: self._elsewhere},
            )
        )

    def _say_stopped(self, what: str) -> None:
        saved = self._files.written
        also = f" Saved before that: {_names(saved)}." if saved else ""
        self._messages.info(f"Stopped writing {what}", f"No unfinished file was left.{also}")

    def _bring_back(self, binned: Sequence[Binned]) -> None:
        """Undo the replacing: the old files get their names back, the new ones stay beside them."""
        try:
            for one in binned:
                bring_back(one)
        except MT3Error as error:
            self._messages.report(error, path=binned[0].path)
            return
        is_one = len(binned) == 1
        what = f'"{binned[0].path.name}"' if is_one else counted(len(binned), "old file")
        self._messages.success(
            f"Brought {what} back",
            "The new file is beside it, with a number."
            if is_one
            else "The new files are beside them, numbered.",
            actions=(Action.SHOW_FILE,),
            path=binned[0].path,
        )


def ask_existing(plan: ExportPlan, window: QWidget) -> ExportPlan | None:
    """Ask about files that are there already, if the plan is to ask.

    Args:
        plan: what is to be written.
        window: parent of the question.

    Returns:
        The plan with the answer, or None if the user does not want to go on.
    """
    there = [path for path in plan.targets if path.exists()] if plan.existing == "ask" else []
    if not there:
        return replace(plan, existing="number") if plan.existing == "ask" else plan
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    is_one = len(there) == 1
    box.setText(
        f'"{there[0].name}" is already there.'
        if is_one
        else f"{len(there)} of these files are already there."
    )
    box.setInformativeText("A file that is replaced goes to the recycle bin.")
    keep = box.addButton("Keep both", QMessageBox.ButtonRole.AcceptRole)
    swap = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.exec()
    answers: dict[object, Existing] = {keep: "number", swap: "replace"}
    answer = answers.get(box.clickedButton())
    return None if answer is None else replace(plan, existing=answer)


def _names(paths: Sequence[Path]) -> str:
    names = [f'"{path.name}"' for path in paths[:NAMED_FILES]]
    if len(paths) > NAMED_FILES:
        names.append(f"{counted(len(paths) - NAMED_FILES, 'other file')}")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
