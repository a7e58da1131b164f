"""What went wrong, or well, in words for people: `describe` turns an error into a message."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.app.user_message import Action, Command, Level, UserMessage
from mt3_desktop.app.wordings import NOT_PUBLISHED, STOPPED, UNFORESEEN, wording_of
from mt3_desktop.core import errors
from mt3_desktop.core.progress import clock

__all__ = ["NOWHERE", "Action", "Level", "Messages", "Situation", "UserMessage", "describe"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an error struck, as far as the reader of the message cares.

    Attributes:
        heard_until: seconds transcribed and kept so far; 0 where there is none.
        device: device in use, "" where none was.
        name: file name of the recording, "" where it is not about one.
        model: title of the model, "" where it is not about one.
        is_published: whether the model's file is one that was published, not the user's own.
    """

    heard_until: float = 0.0
    device: str = ""
    name: str = ""
    model: str = ""
    is_published: bool = False


NOWHERE = Situation()


def describe(error: BaseException, situation: Situation = NOWHERE) -> UserMessage:
    """The message for an error.

    Errors of ours bring their own sentences; the table of wordings has the buttons and what a window says
    otherwise. What is kept is added, and words for what nobody foresaw.

    Args:
        error: anything that was raised.
        situation: where it struck.
    """
    trace = "".join(traceback.format_exception(error))
    at = clock(situation.heard_until) if situation.heard_until > 0 else ""
    if isinstance(error, errors.MT3Error):
        wording, detail = wording_of(error), f"{error.detail}\n\n{trace}".lstrip()
        title, text = error.message.rstrip("."), error.hint
    else:
        wording, detail, title, text = (STOPPED if at else UNFORESEEN), trace, "", ""
    message = wording.message(_facts(error, situation, at), title=title, text=text)
    if at:
        message = _with_kept(message, error, at)
    return replace(message, actions=_useful(message.actions, situation), detail=detail)


def _facts(error: BaseException, situation: Situation, at: str) -> dict[str, str]:
    """What is known of the names that headings and sentences are filled with."""
    facts = {"name": situation.name, "model": situation.model, "at": at}
    if situation.model:
        facts["damage"] = NOT_PUBLISHED if situation.is_published else str(error)
    return {name: fact for name, fact in facts.items() if fact}


def _with_kept(message: UserMessage, error: BaseException, at: str) -> UserMessage:
    """The message in the middle of a song: the notes so far are not lost."""
    if isinstance(error, errors.AudioNotFound):
        return message  # says so itself
    title = f"{message.title} at {at}" if isinstance(error, errors.OutOfMemory) else message.title
    return replace(message, title=title, text=f"Everything up to {at} is kept. {message.text}".rstrip())


def _useful(actions: tuple[Action, ...], situation: Situation) -> tuple[Action, ...]:
    """Without the processor for who uses it already."""
    if situation.device != "cpu":
        return actions
    return tuple(action for action in actions if action not in (Action.CONTINUE_ON_CPU, Action.USE_CPU))


class Messages(QObject):
    """Where anything in the program says something to the user.

    Signals:
        posted: (message: UserMessage) to be shown.
        withdrawn: (job_id: int) messages about this job no longer hold.
        retracted: (message: UserMessage) this message no longer holds.
    """

    posted = Signal(object)
    withdrawn = Signal(int)
    retracted = Signal(object)

    def post(self, message: UserMessage) -> None:
        """Show a message."""
        log.info("message: %s", message.title)
        self.posted.emit(message)

    def info(
        self,
        title: str,
        text: str = "",
        *,
        actions: tuple[Action, ...] = (),
        path: Path | None = None,
        commands: Mapping[Action, Command] | None = None,
    ) -> None:
        """Say that something is worth knowing."""
        self.post(UserMessage(Level.INFO, title, text, actions, path=path, commands=commands or {}))

    def success(
        self,
        title: str,
        text: str = "",
        *,
        actions: tuple[Action, ...] = (),
        path: Path | None = None,
        commands: Mapping[Action, Command] | None = None,
    ) -> None:
        """Say that something asked for is done."""
        self.post(UserMessage(Level.SUCCESS, title, text, actions, path=path, commands=commands or {}))

    def report(self, error: BaseException, *, path: Path | None = None) -> None:
        """Say what an error means."""
        self.post(replace(describe(error), path=path))

    @Slot(object)
    def retract(self, message: UserMessage) -> None:
        """Take back a message."""
        self.retracted.emit(message)

    def withdraw(self, job_id: int) -> None:
        """Take back what was said about a job."""
        self.withdrawn.emit(job_id)
