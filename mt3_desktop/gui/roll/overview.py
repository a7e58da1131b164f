"""The whole song in a strip: waveform, notes as specks, and a frame around what the roll shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.backdrop import Peaks, draw_waveform
from mt3_desktop.gui.roll.notes import PALE, Ink
from mt3_desktop.gui.roll.store import OFFSET, ONSET, PITCH, Columns, NoteStore, columns_of
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.theme import tokens

EDGE_PX = 7.0
MIN_FRAME_PX = 6.0
SOON_MS = 300


class Overview(QWidget):
    """Drag the frame to move, its edges to zoom; click elsewhere to jump there."""

    def __init__(self, store: NoteStore, viewport: Viewport) -> None:
        super().__init__()
        self._store, self._viewport = store, viewport
        self._inks: Mapping[Instrument, Ink] = {}
        self._sounding: tuple[Note, ...] = ()
        self._peaks: Peaks | None = None
        self._playhead = 0.0
        self._picture: QPixmap | None = None
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._grip = ""
        self._grip_offset = 0.0
        self.setAccessibleName("Overview")
        self.setToolTip("Drag the frame to move, its edges to zoom")
        self.setStatusTip("Drag the frame to move it, its edges to zoom · click to go elsewhere")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        viewport.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Two and a half lines of text."""
        return QSize(200, self.fontMetrics().height() * 5 // 2)

    def set_inks(self, inks: Mapping[Instrument, Ink]) -> None:
        """Colours of the notes, for those that are shown."""
        self._inks = inks
        self.refresh()

    def set_sounding(self, notes: Collection[Note]) -> None:
        """Show these pale: they are not final yet."""
        if notes or self._sounding:
            self._sounding = tuple(notes)
            self.refresh_soon()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Hand in the waveform."""
        self._peaks = peaks
        self.refresh()

    def set_playhead(self, seconds: float) -> None:
        """Move the line of the playhead."""
        old, new = self._x(self._playhead), self._x(seconds)
        self._playhead = seconds
        if int(old) != int(new):
            self.update(int(old) - 2, 0, 5, self.height())
            self.update(int(new) - 2, 0, 5, self.height())

    @Slot()
    def refresh(self) -> None:
        """Notes, colours or length changed: draw the picture again."""
        self._picture = None
        self.update()

    def refresh_soon(self) -> None:
        """As `refresh`, but a few times a second at most: notes arrive one segment after the other."""
        if not self._soon.isActive():
            self._soon.start()

    # --- mouse and keys ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the frame or one of its edges; elsewhere bring the frame here."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._grip = self._grip_at(x)
        if not self._grip:
            window = self._viewport.window
            start = self.seconds_at(x) - window.seconds / 2.0
            self._viewport.show_seconds(start, start + window.seconds)
            self._grip = "frame"
        self._grip_offset = self.seconds_at(x) - self._viewport.window.start

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the frame or an edge."""
        x = event.position().x()
        if not self._grip:
            shapes = {"frame": Qt.CursorShape.OpenHandCursor, "": Qt.CursorShape.ArrowCursor}
            self.setCursor(shapes.get(self._grip_at(x), Qt.CursorShape.SizeHorCursor))
            return
        window, seconds = self._viewport.window, self.seconds_at(x)
        if self._grip == "frame":
            start = seconds - self._grip_offset
            self._viewport.show_seconds(start, start + window.seconds)
        elif self._grip == "start":
            self._viewport.show_seconds(min(seconds, window.end - 0.1), window.end)
        else:
            self._viewport.show_seconds(window.start, max(seconds, window.start + 0.1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom time where the wheel turns."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._viewport.zoom_time(1.2 ** (turned / 120.0), self.seconds_at(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the frame by a tenth of itself."""
        step = self._viewport.window.seconds / 10.0
        if event.key() == Qt.Key.Key_Left:
            self._viewport.scroll_time(-step)
        elif event.key() == Qt.Key.Key_Right:
            self._viewport.scroll_time(step)
        else:
            super().keyPressEvent(event)

    def _grip_at(self, x: float) -> str:
        left, right = self._frame()
        if abs(x - left) <= EDGE_PX:
            return "start"
        if abs(x - right) <= EDGE_PX:
            return "end"
        return "frame" if left < x < right else ""

    # --- painting ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture has another size."""
        self._picture = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, frame and playhead."""
        density = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != density:
            self._picture = self._draw_picture(density)
        table = tokens()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        left, right = self._frame()
        veil = QColor(table.window)
        veil.setAlphaF(0.62)
        painter.fillRect(QRectF(0.0, 0.0, left, self.height()), veil)
        painter.fillRect(QRectF(right, 0.0, self.width() - right, self.height()), veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        is_focused = self.hasFocus()
        painter.setPen(QPen(QColor(table.accent if is_focused else table.faint), 2.0 if is_focused else 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(left + 0.5, 1.0, right - left - 1.0, self.height() - 2.0), 4.0, 4.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._viewport.duration > 0.0:
            painter.fillRect(QRectF(self._x(self._playhead), 0.0, 1.5, self.height()), QColor(table.playhead))
        painter.end()

    def _draw_picture(self, density: float) -> QPixmap:
        table = tokens()
        picture = QPixmap(self.size() * density)
        picture.setDevicePixelRatio(density)
        picture.fill(QColor(table.row_black))
        painter = QPainter(picture)
        span = (self.seconds_at(0.0), self.seconds_at(self.width()))
        if self._peaks is not None:
            colour = QColor(table.faint)
            colour.setAlphaF(0.35)
            box = QRectF(0.0, 3.0, self.width(), self.height() - 6.0)
            draw_waveform(painter, box, self._peaks, span, colour)
        self._draw_specks(painter, density)
        painter.end()
        return picture

    def _draw_specks(self, painter: QPainter, density: float) -> None:
        """Every note as a speck: time across, the pitches in use up."""
        width, height = int(self.width() * density), int((self.height() - 6) * density)
        if width <= 0 or height <= 4 or not (len(self._store) or self._sounding):
            return
        low, high = self._pitches()
        pixels = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
        colours = [0]
        scale = width / max(self._total(), 1e-9)
        for is_drum, columns, colour in self._groups():
            colours.append(colour.rgba())
            start = np.clip((columns[ONSET] * scale).astype(np.int64), 0, width - 1)
            end = np.clip((columns[OFFSET] * scale).astype(np.int64), 0, width - 1)
            if is_drum:
                row, end = np.full(len(start), height - 1), start
            else:
                share = (high - columns[PITCH]) / max(high - low, 1)
                row = np.clip((share * (height - 4)).astype(np.int64), 0, height - 1)
            while len(start):  # once per pixel of the longest note, not per note
                pixels[row, start] = len(colours) - 1
                start = start + 1
                going = start <= end
                start, end, row = start[going], end[going], row[going]
        image = QImage(pixels.data, width, height, pixels.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(colours)
        painter.drawImage(QRectF(0.0, 3.0, width / density, height / density), image)

    def _groups(self) -> Iterator[tuple[bool, Columns, QColor]]:
        """(whether drums, columns, colour) of the notes of each instrument, first of those not final."""
        for instrument, ink in self._inks.items():
            sounding = [note for note in self._sounding if note.instrument == instrument]
            if sounding:
                yield instrument.is_drum, columns_of(sounding), _speck(ink, PALE)
        for instrument, ink in self._inks.items():
            part = self._store.parts.get(instrument)
            if part is not None and part.notes:
                yield instrument.is_drum, part.columns, _speck(ink, 1.0)

    def _pitches(self) -> tuple[int, int]:
        """The lowest and the highest pitch that is shown."""
        pitches = [note.pitch for note in self._sounding if not note.is_drum]
        pitches += self._store.pitch_range or ()
        return (min(pitches), max(pitches)) if pitches else (36, 84)

    def _total(self) -> float:
        """Seconds that the strip is wide."""
        return max(self._viewport.duration, self._viewport.window.end if not self._viewport.duration else 0.0)

    def _x(self, seconds: float) -> float:
        return seconds / max(self._total(), 1e-9) * self.width()

    def seconds_at(self, x: float) -> float:
        """The time at a pixel."""
        return x / max(self.width(), 1) * self._total()

    def _frame(self) -> tuple[float, float]:
        window = self._viewport.window
        left = min(max(self._x(window.start), 0.0), self.width() - MIN_FRAME_PX)
        right = max(min(self._x(window.end), float(self.width())), left + MIN_FRAME_PX)
        return left, right


def _speck(ink: Ink, share: float) -> QColor:
    """The colour of specks; what is dim or pale lets the ground through."""
    colour = QColor(ink.colour)
    colour.setAlphaF((0.3 if ink.is_dim else 0.95) * share)
    return colour
