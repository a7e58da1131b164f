"""The window is on screen before the program behind it: nothing that the user does meanwhile is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.app.settings import Settings, SettingsStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.main_window import MainWindow
from mt3_desktop.gui.opening import Opening
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.fake_family import Scene


@pytest.fixture
def opening(qtbot: QtBot, qapp: QApplication, scene: Scene, locations: Locations) -> Iterator[Opening]:
    """A window on screen with nothing behind it yet."""
    settings = SettingsStore(locations.settings)
    settings.update(model_id="fake", start_on_add=False)
    window = MainWindow(settings)
    opening = Opening(qapp, window, settings, locations)
    window.show()
    qtbot.waitExposed(window)
    yield opening
    assert opening.close()
    shiboken6.delete(window)


def test_the_window_is_furnished_while_it_is_looked_at(opening: Opening, qtbot: QtBot) -> None:
    assert not opening.window.findChildren(RollView)
    with qtbot.waitSignal(opening.done):
        opening.begin()
    assert opening.session is not None
    assert opening.window.findChildren(RollView)


def test_the_first_key_furnishes_the_window_and_is_obeyed(opening: Opening) -> None:
    assert opening.window.command("show_tracks").isChecked()
    opening.window.activateWindow()
    QTest.keyClick(opening.window, Qt.Key.Key_F10)
    assert opening.session is not None
    assert not opening.session.services.settings.value.tracks_shown


def test_the_first_drop_furnishes_the_window_and_is_taken(opening: Opening, song: Path, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(song))])
    place = QPointF(opening.window.rect().center())
    copy, left, bare = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(opening.window, QDragEnterEvent(place.toPoint(), copy, mime, left, bare))
    QApplication.sendEvent(opening.window, QDropEvent(place, copy, mime, left, bare))
    session = opening.session
    assert session is not None
    qtbot.waitUntil(lambda: [job.path for job in session.services.queue.jobs] == [song])


def test_a_moving_mouse_hurries_nobody(opening: Opening) -> None:
    place = QPointF(20, 20)
    none = Qt.MouseButton.NoButton
    bare = Qt.KeyboardModifier.NoModifier
    for label in opening.window.findChildren(QLabel)[:3]:
        QApplication.sendEvent(label, QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, bare))
    assert opening.session is None


def test_closing_before_anything_is_behind_the_window_is_no_matter(opening: Opening) -> None:
    opening.window.close()
    assert not opening.window.isVisible()


def test_tab_goes_from_the_drop_zone_through_the_roll_to_the_tracks(opening: Opening) -> None:
    opening.finish()
    parts = opening.window.parts
    regions = (parts.panel, parts.drop_zone, parts.roll, parts.table, parts.tracks, parts.transport)
    met: list[QWidget] = []
    widget: QWidget | None = parts.nextInFocusChain()
    while widget is not None and widget is not parts:
        takes_focus = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        region = next((one for one in regions if takes_focus and one.isAncestorOf(widget)), None)
        if region is not None and region not in met:
            met.append(region)
        widget = widget.nextInFocusChain()
    assert met[met.index(parts.drop_zone) :][:3] == [parts.drop_zone, parts.roll, parts.table]
    assert met.index(parts.table) < met.index(parts.transport)


def said_of_models(window: MainWindow) -> tuple[str, str, str]:
    """What a window says of the models while it is empty."""
    return (window.parts.top.picker.text(), *window.parts.drop_zone.models)


def test_the_first_start_says_of_the_models_what_is_found_then(
    qtbot: QtBot, qapp: QApplication, locations: Locations
) -> None:
    """The window's first picture stays as it is when the real catalogue has been looked up."""
    settings = SettingsStore(locations.settings)
    window = MainWindow(settings)
    opening = Opening(qapp, window, settings, locations)
    first = said_of_models(window)
    opening.finish()
    session = opening.session
    assert session is not None
    assert said_of_models(window) == first
    qtbot.waitUntil(lambda: bool(session.services.library.statuses))
    assert window.parts.top.picker.card is not None
    assert said_of_models(window) == first
    assert opening.close()
    shiboken6.delete(window)


def test_a_later_start_says_of_the_models_what_was_said_last(opening: Opening, qtbot: QtBot) -> None:
    opening.finish()
    session = opening.session
    assert session is not None
    qtbot.waitUntil(lambda: opening.window.parts.top.picker.card is not None)
    last = said_of_models(opening.window)
    opening.window.close()
    window = MainWindow(session.services.settings)
    assert said_of_models(window) == last
    assert window.parts.drop_zone.models[0] != Settings().ready_line
    shiboken6.delete(window)
