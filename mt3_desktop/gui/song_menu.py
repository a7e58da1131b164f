"""The menu of a row of the library: all that can be done with the songs it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QMenu

from mt3_desktop.app.job import Job
from mt3_desktop.app.wording import menu_text
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.model_picker import ModelCard

_OF_ONE = ("export_again", "copy_midi", "save_session")
"""What comes after *Export* and is about the song on show alone."""


def fill_song_menu(
    menu: QMenu,
    actions: Actions,
    jobs: Sequence[Job],
    cards: Iterable[ModelCard],
    *,
    redo: Callable[[str], object],
    copy_details: Callable[[], object] | None,
) -> None:
    """Fill a menu.

    Args:
        menu: an empty one.
        actions: the commands of the window, enabled as makes sense for the song on show.
        jobs: what the menu is about, at least one.
        cards: all models; those that are not here are left out.
        redo: has the songs heard by a model, by its id.
        copy_details: puts on the clipboard why the song failed; None if nothing is to be said about it.
    """
    actions.fill_menu(menu, "Song")
    again = QMenu("Redo with", menu)
    for card in cards:
        if card.is_ready:
            again.addAction(menu_text(card.spec.title), partial(redo, card.spec.id))
    again.setEnabled(not again.isEmpty() and any(job.can_start for job in jobs))
    menu.insertMenu(actions["stop"], again)
    menu.addSeparator()
    menu.addAction(actions["export"])
    if len(jobs) == 1:
        menu.addActions([actions[name] for name in _OF_ONE])
    if copy_details is not None:
        menu.addAction("Copy details", copy_details)
