"""The recording behind its notes: a spectrogram aligned to the keys, or the waveform."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from mt3_desktop.core.audio.key_spectrogram import ByteArray, KeySpectrogram
from mt3_desktop.core.values import FloatArray
from mt3_desktop.gui.roll.canvas import Layer
from mt3_desktop.gui.theme import Tokens, blend, tokens

MAX_STRENGTH = 0.6
"""More would hide the notes."""


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

    @property
    def loudest(self) -> float:
        """The largest sample, without its sign."""
        return max(float(self.high.max(initial=0.0)), -float(self.low.min(initial=0.0)))

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
        self._kind = BackdropKind.PLAIN
        self._strength = 0.0
        self._peaks: Peaks | None = None
        self._spectrogram: KeySpectrogram | None = None
        self._pooled: list[ByteArray] = []
        self._colour_key: tuple[Tokens, float] | None = None
        self._colour_table: list[int] = []

    @property
    def kind(self) -> BackdropKind:
        """What is drawn."""
        return self._kind

    @property
    def strength(self) -> float:
        """How strongly, 0 to `MAX_STRENGTH`."""
        return self._strength

    def set_kind(self, kind: BackdropKind, strength: float) -> None:
        """Choose what is drawn and how strongly."""
        self._kind, self._strength = kind, min(max(strength, 0.0), MAX_STRENGTH)
        self.update()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Hand in the waveform."""
        self._peaks = peaks
        self.update()

    def set_spectrogram(self, spectrogram: KeySpectrogram | None) -> None:
        """Hand in the spectrogram."""
        self._spectrogram = spectrogram
        self._pooled = [] if spectrogram is None else [spectrogram.levels]
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
        density = painter.device().devicePixelRatio()
        per_pixel = 1.0 / (transform.m11() * density * spectrogram.seconds)
        halvings = max(int(np.log2(per_pixel)), 0) if per_pixel > 1.0 else 0
        levels = self._halved(halvings)
        seconds = spectrogram.seconds * 2**halvings
        n_bins, n_frames = levels.shape
        first = max(int(exposed.left() / seconds), 0)
        last = min(int(exposed.right() / seconds) + 2, n_frames)
        if last <= first:
            return
        part = levels[:, first:last]
        width = part.shape[1]
        pixels = np.zeros((n_bins, (width + 3) // 4 * 4), np.uint8)
        pixels[:, :width] = part[::-1]
        image = QImage(pixels.data, width, n_bins, pixels.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(self._colours())
        place = QRectF(
            first * seconds,
            spectrogram.lowest_pitch,
            width * seconds,
            n_bins / spectrogram.bins_per_pitch,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, halvings == 0)
        painter.drawImage(transform.mapRect(place), image)

    def _halved(self, times: int) -> ByteArray:
        """The levels with the louder of each two frames kept, so many times; made once."""
        while len(self._pooled) <= times:
            finer = self._pooled[-1]
            if finer.shape[1] % 2:
                finer = np.concatenate([finer, finer[:, -1:]], axis=1)
            self._pooled.append(np.maximum(finer[:, ::2], finer[:, 1::2]))
        return self._pooled[times]

    def _colours(self) -> list[int]:
        """256 colours from transparent to the accent, brighter towards loud."""
        table = tokens()
        if self._colour_key != (table, self._strength):
            self._colour_key = (table, self._strength)
            self._colour_table = _colour_table(table, self._strength)
        return self._colour_table

    def _draw_waveform(self, painter: QPainter, peaks: Peaks, exposed: QRectF, transform: QTransform) -> None:
        colour = QColor(tokens().accent)
        colour.setAlphaF(self._strength * 0.8)
        across = transform.mapRect(exposed)
        height = float(painter.viewport().height())
        box = QRectF(across.left(), 0.05 * height, across.width(), 0.9 * height)
        draw_waveform(painter, box, peaks, (exposed.left(), exposed.right()), colour, loudest=1.0)


def draw_waveform(
    painter: QPainter,
    box: QRectF,
    peaks: Peaks,
    span: tuple[float, float],
    colour: QColor,
    *,
    loudest: float | None = None,
) -> None:
    """Draw a stretch of a waveform, one column per pixel.

    As an image: a thousand translucent rectangles one pixel wide took 40 ms, this takes 1 ms.

    Args:
        painter: in logical pixels.
        box: where.
        peaks: the waveform.
        span: seconds from the left to the right of the box.
        colour: may be translucent.
        loudest: the sample that reaches the edge of the box; None: the loudest of the recording.
    """
    density = painter.device().devicePixelRatio()
    width, height = max(round(box.width() * density), 1), max(round(box.height() * density), 1)
    low, high = peaks.columns(*span, width)
    middle = height / 2.0
    reach = middle / (loudest or max(peaks.loudest, 0.05))
    top = np.round(middle - high * reach)
    bottom = np.maximum(np.round(middle - low * reach), top + 1.0)
    rows = np.arange(height)[:, None]
    pixels = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
    pixels[:, :width] = (rows >= top) & (rows < bottom)
    image = QImage(pixels.data, width, height, pixels.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable([0, colour.rgba()])
    painter.drawImage(box, image)


def _colour_table(table: Tokens, strength: float) -> list[int]:
    """The colours of the levels 0-255."""
    quiet, loud = QColor(table.accent), QColor(table.text)
    colours = []
    for level in range(256):
        share = level / 255.0
        colour = blend(loud, quiet, share**2)
        colour.setAlphaF(strength * share**1.8)
        colours.append(colour.rgba())
    return colours
