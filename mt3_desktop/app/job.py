"""A job: one song, one model, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.core.progress import Progress, clock


class JobState(Enum):
    """Where a song stands."""

    READY = "ready"
    WAITING = "waiting for its model"
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = frozenset({JobState.RUNNING, JobState.STOPPING})
UNFINISHED = ACTIVE | {JobState.QUEUED, JobState.WAITING}

_WAITING_ACTIONS = (
    Action.SMALL_NOW,
    Action.PAUSE_DOWNLOAD,
    Action.CONTINUE_DOWNLOAD,  # a download either runs or is paused
    Action.CANCEL_DOWNLOAD,
)


@dataclass(frozen=True, slots=True)
class Job:
    """One song and one model.

    Attributes:
        id: unique in this run of the program.
        path: the recording.
        model_id: the model that hears it, or is to hear it.
        device: "auto", "cpu", "cuda" or "mps".
        state: where it stands.
        progress: what the worker said last, while it runs.
        seconds_left: how long it will still take, or None while that is not known.
        pace: seconds of sound per second of the model's work so far, while it runs; else None.
        seconds_taken: how long the worker took in all.
        speed: seconds of sound per second of the model's work, in the run that finished the song; else None.
        message: why it failed.
        accepts_damaged: take what can be decoded of a file that breaks off.
        accepts_silent: listen to a recording of silence.
        was_recovered: whether it was changed in a run of the program that broke off, and nobody has said yet
            whether it is to be kept.
    """

    id: int
    path: Path
    model_id: str
    device: str = "auto"
    state: JobState = JobState.READY
    progress: Progress | None = None
    seconds_left: float | None = None
    pace: float | None = None
    seconds_taken: float = 0.0
    speed: float | None = None
    message: UserMessage | None = None
    accepts_damaged: bool = False
    accepts_silent: bool = False
    was_recovered: bool = False

    def standing(self, heard_until: float, model_title: str = "") -> UserMessage | None:
        """What is to be said above the notes while this song is shown, or None.

        Args:
            heard_until: seconds transcribed so far.
            model_title: what users read for its model, or "".
        """
        if self.state is JobState.WAITING:
            return UserMessage(
                Level.INFO,
                f"Waiting for {model_title or 'its model'}",
                "The song starts by itself once the model is here.",
                _WAITING_ACTIONS,
                job_id=self.id,
            )
        if self.was_recovered and self.can_start:
            stopped = self.state is JobState.CANCELLED and heard_until > 0
            return UserMessage(
                Level.INFO,
                "Recovered",
                "The program did not come to its end. This is the song as it was left"
                + (f", heard until {clock(heard_until)}." if stopped else "."),
                (*([Action.CONTINUE] if stopped else []), Action.KEEP, Action.DISCARD),
                job_id=self.id,
            )
        if self.state is JobState.CANCELLED and heard_until > 0:
            return UserMessage(
                Level.INFO,
                f"Stopped at {clock(heard_until)}",
                "The notes so far are kept.",
                (Action.CONTINUE, Action.DISCARD, Action.EXPORT),
                job_id=self.id,
            )
        return self.message

    @property
    def is_active(self) -> bool:
        """Whether the worker is at it."""
        return self.state in ACTIVE

    @property
    def can_start(self) -> bool:
        """Whether it may be put in the queue."""
        return self.state not in UNFINISHED
