"""The clean-up: a foldable panel of filters that hide notes without deleting any."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.instruments import FAMILY_NAMES, family
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.forms import indent, level_captions
from mt3_desktop.gui.pitch_box import PitchBox
from mt3_desktop.gui.sensitivity_row import SensitivityRow
from mt3_desktop.gui.theme import icon

MAX_MS, MS_STEP = 2000, 10
MIN_BODY_PX = 140
MAX_CONFIDENCE, PERCENT_STEP = 95, 5
_LEAKAGE_TIP = (
    "For drum loops that were heard as bass or bells: judged by the instruments' shares of the song, the "
    "pitched notes are hidden or become drums. Real music with a busy bass would lose its notes."
)


class CleanupPanel(QWidget):
    """Shows a clean-up and turns what is done to it into wishes; setters emit nothing.

    Attributes:
        sensitivity: how much of what the model thought possible there is to clean up.

    Signals:
        rules_chosen: (rules: Rules) by the user.
        bake_requested: () make edits of what is seen.
        folded: (is_open: bool) the panel was folded or unfolded by the user.
    """

    rules_chosen = Signal(object)
    bake_requested = Signal()
    folded = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rules = Rules()
        self._is_open = False
        self.setAccessibleName("Clean-up")
        self._build()
        self._lay_out()
        self._connect()
        self.set_open(False)
        self.set_counts(0, 0)

    # --- values in ---

    @property
    def is_open(self) -> bool:
        """Whether the controls are unfolded."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold."""
        self._is_open = is_open
        self.header.setIcon(icon("chevron-down" if is_open else "chevron-right"))
        self.header.setAccessibleDescription("Unfolded" if is_open else "Folded")
        self._body.setVisible(is_open)

    def set_rules(self, rules: Rules) -> None:
        """Show a clean-up."""
        self._rules = rules
        boxes = (
            (self.length, round(1000 * rules.min_seconds)),
            (self.gaps, round(1000 * rules.join_seconds)),
            (self.lowest, rules.lowest),
            (self.highest, rules.highest),
            (self.confidence, round(100 * rules.min_confidence)),
            (self.quantise, round(100 * rules.quantise)),
        )
        for box, value in boxes:
            with QSignalBlocker(box):
                box.setValue(value)
        switches = (
            (self.doubles, rules.hide_doubles),
            (self.strays, rules.merge_strays),
            (self.leakage, rules.drum_leakage_filter),
        )
        for switch, is_on in switches:
            with QSignalBlocker(switch):
                switch.setChecked(is_on)
        self._show_families()

    def set_counts(self, n_hidden: int, n_notes: int) -> None:
        """Say how many of the notes are hidden."""
        is_clean = self._rules == Rules()
        self.count.setText("" if is_clean else f"hides {n_hidden:,} of {n_notes:,}")
        self.bake.setEnabled(not is_clean)
        self.reset.setEnabled(not is_clean)

    def set_confident(self, has_confidences: bool) -> None:
        """Offer the floor of confidence only where the model gave figures."""
        self._form.setRowVisible(self.confidence, has_confidences)

    def set_bars(self, has_bars: bool) -> None:
        """Offer quantising only where there are bars."""
        self._form.setRowVisible(self.quantise, has_bars)

    def set_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Offer those families of which several instruments play."""
        programs = {instrument.program for instrument in instruments if not instrument.is_drum}
        families = [family(program) for program in programs]
        several = {number for number in families if families.count(number) > 1}
        offered = sorted(several | set(self._rules.collapsed_families))
        if offered == [action.data() for action in self._menu.actions()]:
            return  # it may be one of these actions that led here
        self._menu.clear()
        for number in offered:
            action = self._menu.addAction(FAMILY_NAMES[number])
            action.setCheckable(True)
            action.setData(number)
            action.toggled.connect(self._on_changed)
        self.families.setEnabled(not self._menu.isEmpty())
        self._show_families()

    # --- inside ---

    def _build(self) -> None:
        self.header = QToolButton()
        self.header.setText("Clean-up")
        self.header.setAutoRaise(True)
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setToolTip("Hide notes that should not be there; none is deleted")
        self.count = QLabel()
        self.count.setProperty("role", "caption")
        self.count.setAccessibleName("Hidden notes")
        self.sensitivity = SensitivityRow()
        self.length = _milliseconds("Hide notes shorter than")
        self.gaps = _milliseconds("Join notes over gaps up to")
        self.lowest, self.highest = PitchBox("Lowest pitch"), PitchBox("Highest pitch")
        self.highest.setValue(127)
        self.confidence = _percent("Hide notes of which the model was less sure", MAX_CONFIDENCE)
        self.quantise = _percent("How far the starts of notes are moved to the bars' sixteenths", 100)
        self.doubles = QCheckBox("Remove doubles")
        self.doubles.setToolTip("Of a note heard twice at once, on one or several instruments, keep the best")
        self.strays = QCheckBox("Merge stray instruments")
        self.strays.setToolTip("Give the notes of instruments with hardly any to the nearest one")
        self.leakage = QCheckBox("Undo drum leakage")
        self.leakage.setToolTip(_LEAKAGE_TIP)
        self.families = QToolButton()
        self.families.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.families.setToolTip("Give all notes of a family to its most used instrument")
        self.families.setAccessibleName("Families with one instrument")
        self.families.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self.families.setMenu(self._menu)
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Show all notes again")
        self.bake = QPushButton("Bake")
        self.bake.setToolTip("Make edits of the clean-up; they can be undone")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 4, 0)
        top.addWidget(self.header)
        top.addStretch(1)
        top.addWidget(self.count)
        pitches = QHBoxLayout()
        pitches.addWidget(self.lowest, 1)
        pitches.addWidget(QLabel("to"))
        pitches.addWidget(self.highest, 1)
        self._form = form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        form.setVerticalSpacing(6)
        form.addRow("Minimum length", self.length)
        form.addRow("Join gaps up to", self.gaps)
        form.addRow("Pitch range", pitches)
        form.addRow("Confidence", self.confidence)
        form.addRow("Quantise", self.quantise)
        form.addRow("One per family", self.families)
        for switch in (self.doubles, self.strays, self.leakage):
            form.addRow(switch)
        level_captions(form)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 4, 0)
        buttons.addStretch(1)
        buttons.addWidget(self.reset)
        buttons.addWidget(self.bake)
        controls = QWidget()
        rows = QVBoxLayout(controls)
        rows.setContentsMargins(8, 2, 4, 2)
        rows.setSpacing(6)
        rows.addWidget(self.sensitivity)
        rows.addLayout(form)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 4)
        body.addWidget(_Scrolled(controls))
        body.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._body)

    def _connect(self) -> None:
        self.header.clicked.connect(self._on_header_clicked)
        for box in (self.length, self.gaps, self.lowest, self.highest, self.confidence, self.quantise):
            box.valueChanged.connect(self._on_changed)
        for switch in (self.doubles, self.strays, self.leakage):
            switch.toggled.connect(self._on_changed)
        self.reset.clicked.connect(self._on_reset)
        self.bake.clicked.connect(self.bake_requested)

    def _show_families(self) -> None:
        for action in self._menu.actions():
            with QSignalBlocker(action):
                action.setChecked(action.data() in self._rules.collapsed_families)
        names = [FAMILY_NAMES[number] for number in self._rules.collapsed_families]
        self.families.setText(", ".join(names) or "None")

    @Slot()
    def _on_header_clicked(self) -> None:
        self.set_open(not self._is_open)
        self.folded.emit(self._is_open)

    @Slot()
    def _on_changed(self) -> None:
        """Read the controls; a range that is upside down is what lies between its ends."""
        ends = sorted((self.lowest.value(), self.highest.value()))
        rules = Rules(
            min_seconds=self.length.value() / 1000,
            join_seconds=self.gaps.value() / 1000,
            hide_doubles=self.doubles.isChecked(),
            lowest=ends[0],
            highest=ends[1],
            collapsed_families=tuple(
                int(action.data()) for action in self._menu.actions() if action.isChecked()
            ),
            merge_strays=self.strays.isChecked(),
            min_confidence=self.confidence.value() / 100,
            quantise=self.quantise.value() / 100,
            drum_leakage_filter=self.leakage.isChecked(),
        )
        self._choose(rules)

    @Slot()
    def _on_reset(self) -> None:
        self._choose(Rules())

    def _choose(self, rules: Rules) -> None:
        if rules != self._rules:
            self.set_rules(rules)
            self.rules_chosen.emit(rules)


class _Scrolled(QScrollArea):
    """As high as its contents where there is room, and never narrower than they are."""

    def __init__(self, contents: QWidget) -> None:
        super().__init__()
        self._contents = contents
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setProperty("role", "bare")
        self.setWidget(contents)

    def sizeHint(self) -> QSize:
        """That of the contents."""
        return self._contents.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Their width with the scroll bar's, and a few of their rows."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._contents.minimumSizeHint().width() + bar, MIN_BODY_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A row came or went: this has another size."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _milliseconds(name: str) -> QSpinBox:
    box = QSpinBox()
    indent(box)
    box.setRange(0, MAX_MS)
    box.setSingleStep(MS_STEP)
    box.setSuffix(" ms")
    box.setKeyboardTracking(False)
    box.setSpecialValueText("Off")
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box


def _percent(name: str, highest: int) -> QSpinBox:
    box = QSpinBox()
    indent(box)
    box.setRange(0, highest)
    box.setSingleStep(PERCENT_STEP)
    box.setSuffix(" %")
    box.setKeyboardTracking(False)
    box.setSpecialValueText("Off")
    box.setAccessibleName(name)
    box.setToolTip(name)
    return box
