"""The bar shows what it is told, whatever the user's files are called."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.gui.message_bar import MessageBar


def test_names_are_no_markup(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(UserMessage(Level.ERROR, 'Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."))
    shown = [label for label in bar.findChildren(QLabel) if "<" in label.text()]
    assert [label.text() for label in shown] == ['Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)


@pytest.mark.parametrize(("width", "is_beside"), [(560, False), (1100, True)])
def test_buttons_leave_room_for_the_words(qtbot: QtBot, width: int, is_beside: bool) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(width, 60)
    bar.show_message(
        UserMessage(
            Level.ERROR, '"mt3.pth" can\'t be read as weights of a model', "Get it again.",
            (Action.REPAIR, Action.USE_BUILT_IN, Action.COPY_DETAILS),
        )
    )  # fmt: skip
    bar.resize(width, bar.sizeHint().height())
    qtbot.waitUntil(lambda: bar.layout() is not None and bar.isVisible())
    (title,) = (label for label in bar.findChildren(QLabel) if "mt3.pth" in label.text())
    buttons = bar.findChildren(QPushButton)
    assert len(buttons) == 3
    assert title.width() >= 250
    assert title.height() <= 3 * title.fontMetrics().height()
    assert all((button.y() < title.geometry().bottom()) is is_beside for button in buttons)


BAD = UserMessage(Level.WARNING, 'No audio in "empty"')
WORSE = UserMessage(Level.ERROR, "2 sessions can't be opened", actions=(Action.COPY_DETAILS,))
GOOD = UserMessage(Level.SUCCESS, "Added 10 recordings", actions=(Action.UNDO,))
STOPPED = UserMessage(Level.INFO, "Stopped at 1:52", actions=(Action.CONTINUE,), job_id=7)


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


def test_nothing_moves_below_the_pointer_while_a_button_is_held(
    bar: MessageBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [Qt.MouseButton.LeftButton]
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: held[0])
    bar.show_message(BAD)
    assert bar.message == BAD
    assert bar.isHidden()
    held[0] = Qt.MouseButton.NoButton
    qtbot.waitUntil(bar.isVisible)

    held[0] = Qt.MouseButton.LeftButton
    bar.dismiss()
    assert bar.message is None
    assert bar.isVisible()
    held[0] = Qt.MouseButton.NoButton
    qtbot.waitUntil(bar.isHidden)


def press(bar: MessageBar, text: str) -> None:
    (button,) = (one for one in bar.findChildren(QPushButton) if one.text() == text and not one.isHidden())
    button.click()


def test_an_unread_warning_comes_back_after_good_news(bar: MessageBar) -> None:
    for message in (BAD, GOOD):
        bar.show_message(message)
    assert bar.message == GOOD
    assert bar.n_unread == 1
    assert any(label.text() == "1 more" and label.isVisible() for label in bar.findChildren(QLabel))

    press(bar, "Undo")

    assert bar.message == BAD
    assert bar.isVisible()
    bar.dismiss()
    assert bar.message is None
    assert not bar.isVisible()


def test_every_bad_message_is_read(bar: MessageBar) -> None:
    for message in (BAD, WORSE):
        bar.show_message(message)

    bar.dismiss()

    assert bar.message == BAD


def test_good_news_makes_room_for_anything(bar: MessageBar) -> None:
    for message in (GOOD, BAD):
        bar.show_message(message)

    bar.dismiss()

    assert bar.message is None


def test_the_same_is_not_said_twice(bar: MessageBar) -> None:
    for message in (BAD, GOOD, BAD):
        bar.show_message(message)

    assert bar.message == BAD
    assert bar.n_unread == 0


def test_a_song_has_one_message_and_takes_it_along(bar: MessageBar) -> None:
    failed = UserMessage(Level.ERROR, "Transcription stopped unexpectedly at 1:52", job_id=7)
    for message in (BAD, STOPPED, failed):
        bar.show_message(message)
    assert bar.n_unread == 1

    bar.leave_song()

    assert bar.message == BAD
    bar.show_message(STOPPED)
    bar.withdraw(7)
    assert bar.message == BAD


def test_the_built_in_model_is_offered_by_its_name(bar: MessageBar) -> None:
    bar.set_built_in("Small & quick")
    bar.show_message(UserMessage(Level.ERROR, "No internet connection", actions=(Action.USE_BUILT_IN,)))

    assert [button.text() for button in bar.findChildren(QPushButton)] == ["Use Small && quick"]


def test_the_focus_goes_on_to_the_heir(qtbot: QtBot) -> None:
    window, bar = QWidget(), MessageBar()
    qtbot.addWidget(window)
    first, heir = QPushButton("Add…"), QPushButton("Roll")
    column = QVBoxLayout(window)
    for widget in (first, bar, heir):
        column.addWidget(widget)
    bar.set_heir(heir)
    window.show()
    window.activateWindow()
    bar.show_message(STOPPED)
    (button,) = bar.findChildren(QPushButton)
    button.setFocus()

    button.click()

    assert window.focusWidget() is heir
