"""The recording behind its notes: a spectrogram aligned to the keys, or the waveform."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform, qRgba

from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram
from mt3_desktop.core.values import FloatArray
from mt3_desktop.gui.roll.canvas import Layer
from mt3_desktop.gui.roll.rects import RectBuffer
from mt3_desktop.gui.theme import tokens


class BackdropKind(Enum):
    """What is drawn behind the notes."""

    PLAIN = "plain"
    WAVEFORM = "waveform"
    SPECTROGRAM = "spectrogram"

    def next(self) -> BackdropKind:
        """The one that `G` goes to."""
        kinds = list(BackdropKind)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """A waveform at a fixed resolution.

    Attributes:
        low: (n,) float32 lowest sample of each stretch, -1 to 1.
        high: (n,) float32 highest.
        seconds: length of one stretch.
    """

    low: FloatArray
    high: FloatArray
    seconds: float

    @classmethod
    def from_outline(cls, outline: FloatArray, duration: float) -> Peaks:
        """The peaks of a whole recording.

        Args:
            outline: (n, 2) float32 lowest and highest sample of n equal stretches, as `core.audio.peaks`
                gives them.
            duration: length of the recording in seconds.
        """
        return cls(outline[:, 0].copy(), outline[:, 1].copy(), duration / max(len(outline), 1))

    def columns(self, start: float, end: float, width: int) -> tuple[FloatArray, FloatArray]:
        """(width,) lowest and (width,) highest sample under each pixel of a stretch; 0 outside."""
        edges = np.linspace(start, end, width + 1) / self.seconds + 1e-6  # 5.1 / 0.1 is just below 51
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.floor(edges[1:]).astype(np.int64), first + 1)
        n = len(self.high)
        inside = (first >= 0) & (first < n)
        low, high = np.zeros(width, np.float32), np.zeros(width, np.float32)
        if inside.any() and n:
            cuts = np.stack([first[inside], np.minimum(last[inside], n)], axis=1).ravel()
            cuts = cuts[:-1] if cuts[-1] == n else cuts  # the last stretch then goes to the end by itself
            cuts = np.minimum(
                cuts, n - 1
            )  # other ends at n belong to stretches of one: start == end gives it
            low[inside] = np.minimum.reduceat(self.low, cuts)[::2]
            high[inside] = np.maximum.reduceat(self.high, cuts)[::2]
        return low, high


class BackdropLayer(Layer):
    """Draws spectrogram or waveform, at a strength of 0 to 0.6."""

    def __init__(self, n_rows: int) -> None:
        super().__init__(n_rows, depth=-10.0)
        self._kind = BackdropKind.SPECTROGRAM
        self._strength = 0.45
        self._peaks: Peaks | None = None
        self._spectrogram: KeySpectrogram | None = None
        self._buffer = RectBuffer()

    @property
    def kind(self) -> BackdropKind:
        """What is drawn."""
        return self._kind

    def set_kind(self, kind: BackdropKind, strength: float) -> None:
        """Choose what is drawn and how strongly."""
        self._kind, self._strength = kind, min(max(strength, 0.0), 0.6)
        self.update()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Hand in the waveform."""
        self._peaks = peaks
        self.update()

    def set_spectrogram(self, spectrogram: KeySpectrogram | None) -> None:
        """Hand in the spectrogram."""
        self._spectrogram = spectrogram
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        """Draw the chosen one, if it was handed in."""
        if self._kind is BackdropKind.SPECTROGRAM and self._spectrogram is not None:
            self._draw_spectrogram(painter, self._spectrogram, exposed, transform)
        elif self._kind is BackdropKind.WAVEFORM and self._peaks is not None:
            self._draw_waveform(painter, self._peaks, exposed, transform)

    def _draw_spectrogram(
        self, painter: QPainter, spectrogram: KeySpectrogram, exposed: QRectF, transform: QTransform
    ) -> None:
        n_bins, n_frames = spectrogram.levels.shape
        first = max(int(exposed.left() / spectrogram.seconds), 0)
        last = min(int(exposed.right() / spectrogram.seconds) + 2, n_frames)
        if last <= first:
            return
        pixels = (last - first) * spectrogram.seconds * transform.m11() * painter.device().devicePixelRatio()
        pooled = max(int((last - first) / max(pixels, 1.0)), 1)
        first -= first % pooled  # the same frames share a column wherever the view is: no shimmer
        part = spectrogram.levels[:, first:last]
        if pooled > 1:
            part = np.maximum.reduceat(part, np.arange(0, part.shape[1], pooled), axis=1)
        width = part.shape[1]
        pixels_up = np.zeros((n_bins, (width + 3) // 4 * 4), np.uint8)
        pixels_up[:, :width] = part[::-1]
        image = QImage(pixels_up.data, width, n_bins, pixels_up.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(self._colours())
        seconds = QRectF(
            first * spectrogram.seconds,
            spectrogram.lowest_pitch,
            width * pooled * spectrogram.seconds,
            n_bins / spectrogram.bins_per_pitch,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pooled == 1)
        painter.drawImage(transform.mapRect(seconds), image)

    def _colours(self) -> list[int]:
        """256 colours from transparent to the accent, brighter towards loud."""
        table = tokens()
        quiet, loud = QColor(table.accent), QColor(table.text)
        colours = []
        for level in range(256):
            share = level / 255.0
            mix = share**2
            alpha = int(255 * self._strength * share**1.3)
            colours.append(
                qRgba(
                    int(quiet.red() * (1 - mix) + loud.red() * mix),
                    int(quiet.green() * (1 - mix) + loud.green() * mix),
                    int(quiet.blue() * (1 - mix) + loud.blue() * mix),
                    alpha,
                )
            )
        return colours

    def _draw_waveform(self, painter: QPainter, peaks: Peaks, exposed: QRectF, transform: QTransform) -> None:
        colour = QColor(tokens().accent)
        colour.setAlphaF(self._strength * 0.8)
        box = transform.mapRect(exposed)
        view = painter.viewport()
        width = max(int(np.ceil(box.width())), 1)
        end = exposed.left() + width / transform.m11()
        low, high = peaks.columns(exposed.left(), end, width)
        rects = self._buffer.view(width)
        middle, reach = view.height() / 2.0, view.height() * 0.45
        rects[:, 0] = np.arange(width) + box.left()
        rects[:, 1] = middle - high * reach
        rects[:, 2] = 1.0
        rects[:, 3] = np.maximum((high - low) * reach, 1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        self._buffer.draw(painter, width)
