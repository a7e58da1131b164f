"""How the program looks: colours, palette, style sheet, icons.

All colours are in the two token tables below; everything else asks for a token by name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Template
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QPoint, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from mt3_desktop.core.resources import resource
from mt3_desktop.core.tracks import DRUM_COLOUR, N_HUES

ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme, as "#rrggbb".

    Attributes:
        window: behind panels.
        panel: lists, inputs, the keyboard strip.
        raised: buttons and headers.
        hover: a raised thing under the pointer.
        line: borders and separators.
        text: what is read.
        faint: secondary text; at least 4.5:1 on window and panel.
        accent: focus, selection, the primary button.
        on_accent: text on the accent.
        selection: background of selected rows.
        row: background of a white key's row in the roll.
        row_black: background of a black key's row.
        row_line: line between rows of the roll.
        beat_line: grid line of a second or beat.
        bar_line: grid line of a labelled second or bar.
        key_white: a white key.
        key_black: a black key.
        key_line: between white keys.
        key_text: letters on white keys.
        playhead: the play position.
        loop: the loop region.
        danger: failures and destructive buttons.
        warning: things that went on, but.
        success: things that are done.
        notes: one colour per hue index; each at least 3:1 (dark: 4.5:1) on both rows, and the eight stay
            22 ΔE76 apart in simulated protanopia, deuteranopia and tritanopia.
    """

    window: str
    panel: str
    raised: str
    hover: str
    line: str
    text: str
    faint: str
    accent: str
    on_accent: str
    selection: str
    row: str
    row_black: str
    row_line: str
    beat_line: str
    bar_line: str
    key_white: str
    key_black: str
    key_line: str
    key_text: str
    playhead: str
    loop: str
    danger: str
    warning: str
    success: str
    notes: tuple[str, ...]


DARK = Tokens(
    window="#1B1E24",
    panel="#15181D",
    raised="#2A2F38",
    hover="#363D48",
    line="#383F4A",
    text="#E7EAF0",
    faint="#A0A9B8",
    accent="#5AA9FF",
    on_accent="#0B1522",
    selection="#26415F",
    row="#14161B",
    row_black="#101216",
    row_line="#1D2027",
    beat_line="#1F232B",
    bar_line="#343B47",
    key_white="#D9DCE1",
    key_black="#23272E",
    key_line="#A4ABB6",
    key_text="#4A515C",
    playhead="#FF5C5C",
    loop="#5AA9FF",
    danger="#FF7B72",
    warning="#F2B84B",
    success="#56C779",
    notes=(
        "#58C0FB", "#FEC31F", "#EC29A0", "#39A002", "#766EFA", "#CED184", "#C26667", "#BDF9F5",
    ),
)  # fmt: skip

LIGHT = Tokens(
    window="#F1F2F4",
    panel="#FFFFFF",
    raised="#FFFFFF",
    hover="#E6EAF0",
    line="#CDD2DA",
    text="#1A1E25",
    faint="#566070",
    accent="#1667D9",
    on_accent="#FFFFFF",
    selection="#CFE1FB",
    row="#FBFBFA",
    row_black="#F0F1F2",
    row_line="#E6E8EA",
    beat_line="#E2E4E8",
    bar_line="#C3C8D0",
    key_white="#FFFFFF",
    key_black="#343A43",
    key_line="#CDD2DA",
    key_text="#5B6471",
    playhead="#D32F2F",
    loop="#1667D9",
    danger="#B3261E",
    warning="#8A5A00",
    success="#1D7A3E",
    notes=(
        "#0A8EF4", "#D44606", "#C41BA5", "#053951", "#490490", "#877555", "#641B13", "#BA6690",
    ),
)  # fmt: skip

assert len(DARK.notes) == len(LIGHT.notes) == N_HUES


def apply_theme(app: QApplication, choice: ThemeChoice) -> None:
    """Dress the application, now and, for "system", whenever the system changes its scheme."""
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    follower = app.findChild(_SystemFollower) or _SystemFollower(app)
    follower.choose(choice)


def tokens(palette: QPalette | None = None) -> Tokens:
    """The colours in use (or those that belong to a palette)."""
    palette = palette or QGuiApplication.palette()
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def note_colour(index: int) -> QColor:
    """Colour of a track by its index; drums have the text colour.

    From `N_HUES` on the hues repeat and `note_has_pattern` is true, so that no two look alike.
    """
    table = tokens()
    return QColor(table.text if index == DRUM_COLOUR else table.notes[index % N_HUES])


def note_has_pattern(index: int) -> bool:
    """Whether a track is told from the one of the same hue by a stripe."""
    return index >= N_HUES


def icon(name: str, *, lights_up: bool = True) -> QIcon:
    """One of our own icons, drawn in the colours of the palette in use when it is painted.

    Args:
        name: file below `resources/icons`, without ".svg".
        lights_up: whether it takes the accent colour where its button is checked.

    Raises:
        FileNotFoundError: if there is no such icon.
    """
    svg = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    return QIcon(_PaletteIcon(svg, lights_up=lights_up))


def blend(top: QColor, bottom: QColor, share: float) -> QColor:
    """`top` at opacity `share` over `bottom`, as an opaque colour."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        top.redF() * share + bottom.redF() * rest,
        top.greenF() * share + bottom.greenF() * rest,
        top.blueF() * share + bottom.blueF() * rest,
    )


class _SystemFollower(QObject):
    """Keeps the application in the chosen theme; one per application, owned by it."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._choice: ThemeChoice = "system"
        self._applied: Tokens | None = None
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    def choose(self, choice: ThemeChoice) -> None:
        self._choice = choice
        schemes = {
            "system": Qt.ColorScheme.Unknown,
            "light": Qt.ColorScheme.Light,
            "dark": Qt.ColorScheme.Dark,
        }
        self._app.styleHints().setColorScheme(schemes[choice])
        self._dress()

    @Slot()
    def _on_scheme_changed(self) -> None:
        self._dress()

    def _dress(self) -> None:
        table = DARK if self._is_dark() else LIGHT
        if self._applied is table and tokens(self._app.palette()) is table:
            return  # dressing costs a repolish of every widget
        self._applied = table
        self._app.setPalette(_palette(table))
        self._app.setStyleSheet(_style_sheet(table))

    def _is_dark(self) -> bool:
        """What was chosen; the hint alone would not do: platforms without a theme ignore our wish."""
        if self._choice == "system":
            return self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._choice == "dark"


class _PaletteIcon(QIconEngine):
    """An SVG whose `currentColor` is the palette's text colour at the moment of painting."""

    def __init__(self, svg: str, *, lights_up: bool) -> None:
        super().__init__()
        self._svg = svg
        self._lights_up = lights_up

    def clone(self) -> QIconEngine:
        return _PaletteIcon(self._svg, lights_up=self._lights_up)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = self._colour(mode, state)
        svg = self._svg.replace("currentColor", colour.name())
        painter.save()
        painter.setOpacity(painter.opacity() * colour.alphaF())
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(rect))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        table = tokens()
        if mode == QIcon.Mode.Disabled:
            colour = QColor(table.faint)
            colour.setAlphaF(0.5)
            return colour
        if mode == QIcon.Mode.Selected:
            return QColor(table.text)
        is_lit = self._lights_up and state == QIcon.State.On
        return QColor(table.accent if is_lit else table.text)


def _palette(table: Tokens) -> QPalette:
    """The widget palette made of a theme's tokens."""
    role = QPalette.ColorRole
    palette = QPalette()
    for roles, colour in (
        ((role.Window,), table.window),
        ((role.Base, role.ToolTipBase), table.panel),
        ((role.AlternateBase,), table.window),
        ((role.Button, role.Light), table.raised),
        ((role.Mid, role.Midlight, role.Dark), table.line),
        ((role.WindowText, role.Text, role.ButtonText, role.BrightText, role.ToolTipText), table.text),
        ((role.PlaceholderText,), table.faint),
        ((role.Highlight,), table.selection),
        ((role.HighlightedText,), table.text),
        ((role.Link, role.LinkVisited, role.Accent), table.accent),
    ):
        for one in roles:
            palette.setColor(one, QColor(colour))
    disabled = blend(QColor(table.faint), QColor(table.window), 0.6)
    for one in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, disabled)
    return palette


def _style_sheet(table: Tokens) -> str:
    """The style sheet of the program with a theme's tokens filled in."""
    values = {f.name: str(getattr(table, f.name)) for f in fields(table) if f.name != "notes"}
    scheme = "dark" if table is DARK else "light"
    values["disabled"] = blend(QColor(table.faint), QColor(table.window), 0.6).name()
    values["pressed"] = blend(QColor(table.accent), QColor(table.raised), 0.25).name()
    values["accent_hover"] = blend(QColor(table.text), QColor(table.accent), 0.15).name()
    values["arrows"] = resource(f"icons/controls/{scheme}").as_posix()
    return Template(resource("icons/controls/style.qss").read_text(encoding="utf-8")).substitute(values)
