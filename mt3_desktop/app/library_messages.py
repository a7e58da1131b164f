"""What the model library says when a task has ended well, or has found damage."""

from __future__ import annotations

from dataclasses import replace

from mt3_desktop.app.library_worker import Task, TaskKind
from mt3_desktop.app.messages import Level, Situation, UserMessage, describe
from mt3_desktop.app.model_status import FolderStatus, ModelStatus
from mt3_desktop.core.errors import DamagedCheckpoint
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.store.disk import size_text


def outcome(
    task: Task, status: ModelStatus | None, result: object, folder: FolderStatus
) -> UserMessage | None:
    """The message for a task that ended without an error.

    Args:
        task: what was done.
        status: how its model stands now, or None for tasks about files and folders.
        result: as `LibraryWorker.finished` gives it.
        folder: how the folder stands now.

    Returns:
        None where the list itself says enough.
    """
    title = status.spec.title if status else ""
    if task.kind is TaskKind.GET:
        return UserMessage(Level.SUCCESS, f"{title} is ready")
    if task.kind is TaskKind.VERIFY and not result:
        damaged = describe(DamagedCheckpoint(""), Situation(model=title, is_published=True))
        return replace(damaged, model_id=task.model_id, detail="The hash of the file is another one.")
    if task.kind is TaskKind.IMPORT and isinstance(result, tuple):
        return UserMessage(Level.SUCCESS, f"{_titles(result)} imported")
    if task.kind is TaskKind.MOVE:
        return UserMessage(Level.SUCCESS, "The models have moved", str(folder.folder))
    if task.kind is TaskKind.CLEAN and isinstance(result, int):
        return UserMessage(Level.SUCCESS, f"{size_text(result)} of left-over downloads deleted")
    return None


def _titles(specs: tuple[ModelSpec, ...]) -> str:
    return ", ".join(spec.title for spec in specs)
