"""The range of the top bar: what is transcribed with it, and what is said where there is none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.values import Note
from mt3_desktop.gui.range_box import RangeBox

NOTES = (Note(1.0, 3.0, 60, 100, 0), Note(2.0, 2.5, 64, 100, 0))


@pytest.fixture
def box(qtbot: QtBot) -> RangeBox:
    box = RangeBox()
    qtbot.addWidget(box)
    box.show()
    return box


def choose(qtbot: QtBot, box: RangeBox, text: str) -> None:
    """Choose by the keys, as in any list."""
    box.setFocus()
    for _ in range(abs(box.findText(text) - box.currentIndex())):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == text


def test_each_kind_is_a_passage(qtbot: QtBot, box: RangeBox) -> None:
    told: list[str] = []
    box.kind_chosen.connect(told.append)
    assert box.span((1.0, 2.0), NOTES) == WHOLE
    choose(qtbot, box, "Loop")
    assert box.span((1.0, 2.0), NOTES) == Span(1.0, 2.0)
    choose(qtbot, box, "Selection")
    assert box.span((1.0, 2.0), NOTES) == Span(1.0, 3.0)
    assert told == ["loop", "notes"]


def test_what_is_missing_is_said(box: RangeBox) -> None:
    box.set_kind("loop")
    with pytest.raises(ValueError, match="There is no loop"):
        box.span(None, NOTES)
    with pytest.raises(ValueError, match="of one song"):
        box.span((1.0, 2.0), NOTES, n_songs=2)
    box.set_kind("notes")
    with pytest.raises(ValueError, match="No notes are selected"):
        box.span(None, ())
    box.set_kind("times")
    with pytest.raises(ValueError, match="say from where to where"):
        box.span(None, ())


def test_times_are_typed_and_checked(qtbot: QtBot, box: RangeBox) -> None:
    choose(qtbot, box, "Selection")
    qtbot.keyClick(box, Qt.Key.Key_Down)
    popup = box.popup
    assert popup.isVisible()
    popup.start.clear()
    qtbot.keyClicks(popup.start, "1:10")
    qtbot.keyClicks(popup.stop, "0:30")
    qtbot.keyClick(popup.stop, Qt.Key.Key_Return)
    assert popup.problem == "The end must come after the beginning."
    assert popup.isVisible()
    popup.start.clear()
    qtbot.keyClicks(popup.start, "0:10")
    qtbot.keyClick(popup.start, Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert box.span(None, (), n_songs=3) == Span(10, 30)
    assert box.currentText() == "0:10–0:30"
