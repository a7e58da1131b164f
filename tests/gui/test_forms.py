"""Forms look right under the style sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.forms import INDENT, indent
from mt3_desktop.gui.theme import apply_theme


def test_a_number_stands_off_its_frame(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    plain, indented = QSpinBox(), QSpinBox()
    indent(indented)
    starts = []
    for box in (plain, indented):
        qtbot.addWidget(box)
        box.setAlignment(Qt.AlignmentFlag.AlignLeft)
        box.show()
        box.lineEdit().home(False)
        starts.append(box.lineEdit().cursorRect().left())
    assert starts[1] - starts[0] == INDENT
