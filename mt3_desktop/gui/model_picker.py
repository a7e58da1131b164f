"""The model picker: a button that opens cards which say what each model can do, and whether it is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.wording import speed_text
from mt3_desktop.core.specs import Abilities, ModelSpec
from mt3_desktop.gui.plain_label import plain_label

POPUP_WIDTH = 460
MAX_POPUP_HEIGHT = 560
SIDES, BELOW = 40, 76
"""What margins, a scroll bar and the button below the cards take."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the picker says about a model.

    Attributes:
        spec: its catalogue entry.
        state: "Ready", "562 MB to download", "Downloading, 62 %".
        is_ready: whether it can be used now.
        offer: text of the button that gets it, or "" for none.
        cost: seconds of work per second of sound on this computer, or None before the first song.
    """

    spec: ModelSpec
    state: str
    is_ready: bool
    offer: str = ""
    cost: float | None = None


class ModelPicker(QPushButton):
    """Shows the chosen model; pressed, it opens the cards.

    Signals:
        model_chosen: (model_id: str) by the user.
        offer_taken: (model_id: str) the button of a card was pressed.
        manage_requested: () the full list is wanted.
    """

    model_chosen = Signal(str)
    offer_taken = Signal(str)
    manage_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: tuple[ModelCard, ...] = ()
        self._model_id = ""
        self._label = ""
        self._popup = _Popup(self)
        self._popup.model_chosen.connect(self._on_model_chosen)
        self._popup.offer_taken.connect(self.offer_taken)
        self._popup.manage_requested.connect(self._on_manage_requested)
        self.setAccessibleName("Model")
        self.setToolTip("The model that finds the notes")
        self.clicked.connect(self.open)

    @property
    def model_id(self) -> str:
        """The chosen model."""
        return self._model_id

    @property
    def label(self) -> str:
        """What the button says: the model's title, and how it stands if it is not ready."""
        return self._label or self._model_id

    @property
    def card(self) -> ModelCard | None:
        """The card of the chosen model."""
        return next((card for card in self._cards if card.spec.id == self._model_id), None)

    def show_label(self, label: str) -> None:
        """Say this until the cards are known."""
        self._label = label
        self._refresh()

    def set_cards(self, cards: Iterable[ModelCard]) -> None:
        """Say which models there are, and how they stand."""
        self._cards = tuple(cards)
        self._refresh()

    def set_model(self, model_id: str) -> None:
        """Choose a model; nothing is emitted."""
        self._model_id = model_id
        self._refresh()

    @Slot()
    def open(self) -> None:
        """Open the cards below the button."""
        self._popup.show_cards(self._cards, self._model_id)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self._popup.show()
        self._popup.focus_chosen()

    def _refresh(self) -> None:
        card = self.card
        if card is not None:
            self._label = card.spec.title if card.is_ready else f"{card.spec.title} · {card.state}"
        elif self._cards:
            self._label = ""
        self.setText(f"{self.label}  ▾")
        self.setAccessibleDescription(f"{card.spec.title}. {card.spec.summary}. {card.state}" if card else "")
        if self._popup.isVisible():
            self._popup.show_cards(self._cards, self._model_id)

    @Slot(str)
    def _on_model_chosen(self, model_id: str) -> None:
        self._popup.hide()
        self.set_model(model_id)
        self.model_chosen.emit(model_id)

    @Slot()
    def _on_manage_requested(self) -> None:
        self._popup.hide()
        self.manage_requested.emit()


class _Popup(QFrame):
    """The cards, in a window that closes by itself."""

    model_chosen = Signal(str)
    offer_taken = Signal(str)
    manage_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("modelPopup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._radios: list[QRadioButton] = []
        self._body = QWidget()
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName("Models")
        manage = QPushButton("Manage models…")
        manage.clicked.connect(self.manage_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._scroll)
        column.addWidget(manage)
        self.setFixedWidth(POPUP_WIDTH)

    def show_cards(self, cards: tuple[ModelCard, ...], chosen: str) -> None:
        """Build the cards anew; they change rarely and are few."""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(10)
        self._radios = []
        for card in cards:
            widget = _CardWidget(card, is_chosen=card.spec.id == chosen)
            widget.radio.clicked.connect(partial(self._choose, card.spec.id))
            widget.offer.clicked.connect(partial(self._take, card.spec.id))
            self._radios.append(widget.radio)
            column.addWidget(widget)
        column.addStretch(1)
        self._scroll.setWidget(body)
        width = POPUP_WIDTH - SIDES  # the texts wrap, so their height depends on it
        self.setFixedHeight(min(MAX_POPUP_HEIGHT, column.totalHeightForWidth(width) + BELOW))

    def focus_chosen(self) -> None:
        """Put the focus on the chosen card, so that arrow keys go on from there."""
        for radio in self._radios:
            if radio.isChecked():
                radio.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _choose(self, model_id: str, _is_checked: bool = False) -> None:
        self.model_chosen.emit(model_id)

    def _take(self, model_id: str, _is_checked: bool = False) -> None:
        self.offer_taken.emit(model_id)


class _CardWidget(QWidget):
    """One model: a choice, its facts, and how to get it."""

    def __init__(self, card: ModelCard, *, is_chosen: bool) -> None:
        super().__init__()
        spec = card.spec
        self.radio = QRadioButton(spec.title)
        self.radio.setChecked(is_chosen)
        self.radio.setAutoExclusive(False)
        self.radio.setStyleSheet("font-weight: 600;")
        self.radio.setAccessibleDescription(f"{spec.summary}. {card.state}")
        self.offer = QPushButton(card.offer)
        self.offer.setVisible(bool(card.offer))
        self.offer.setAccessibleName(f"{card.offer} {spec.title}" if card.offer else f"Get {spec.title}")
        state = plain_label(card.state)
        state.setProperty("role", "caption")
        top = QHBoxLayout()
        top.addWidget(self.radio, 1)
        top.addWidget(state)
        top.addWidget(self.offer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        speed = speed_text(card.cost)
        facts = (
            abilities_line(spec.abilities),
            f"{speed[:1].upper()}{speed[1:]}",
            f"Licence: {spec.licence}",
        )
        for text in (spec.summary, *facts):
            label = plain_label(text)
            label.setWordWrap(True)
            label.setContentsMargins(28, 0, 0, 0)
            label.setProperty("role", "caption" if text != spec.summary else "")
            column.addWidget(label)


def abilities_line(abilities: Abilities) -> str:
    """What a model can and cannot do: "Drums · instrument names · no singing · no velocities"."""
    facts = (
        ("drums", abilities.drums),
        ("instrument names", abilities.instruments),
        ("singing", abilities.singing),
        ("velocities", abilities.velocities),
    )
    can = [name for name, is_able in facts if is_able]
    cannot = [f"no {name}" for name, is_able in facts if not is_able]
    line = " · ".join(can + cannot)
    return line[:1].upper() + line[1:]
