"""The settings dialog: a page per subject; changes apply at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop import __version__
from mt3_desktop.app.settings import Settings, SettingsStore
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.forms import level_captions, without_default
from mt3_desktop.gui.keys_dialog import KeysTable
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon

NAVIGATION_WIDTH = 190
SIZE = (900, 600)

_THEMES = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))
_WHEELS = (("daw", "Like most music programs: the wheel scrolls"), ("zoom", "The wheel zooms time"))


class SettingsDialog(QDialog):
    """All preferences, and the list of models.

    Signals:
        log_requested: () the folder of the log is to be shown.
    """

    log_requested = Signal()

    def __init__(
        self,
        settings: SettingsStore,
        *,
        specs: Iterable[ModelSpec],
        models_page: QWidget,
        devices: tuple[tuple[str, str], ...],
        device_test: QWidget,
        sound_devices: Callable[[], tuple[str, ...]],
        locations: Locations,
        parent: QWidget | None = None,
    ) -> None:
        """Build the pages.

        Args:
            settings: shown and changed.
            specs: models that may be the usual one.
            models_page: the list of models; taken in as a page.
            devices: what can compute here, as (device, text).
            device_test: lets the user try them; taken in below that choice.
            sound_devices: names of the sound outputs, asked for when the page is shown.
            locations: where things are kept.
            parent: owner.
        """
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.resize(*SIZE)
        self._settings = settings
        self._navigation = QListWidget()
        self._navigation.setAccessibleName("Pages")
        self._navigation.setFixedWidth(NAVIGATION_WIDTH)
        self._navigation.setIconSize(QSize(18, 18))
        self._navigation.setSpacing(2)
        self._pages = QStackedWidget()
        specs = tuple(specs)
        self._add("General", "settings", self._general_page())
        self._add("Models", "chip", models_page)
        self._add("Transcription", "transcribe", self._transcription_page(specs, devices, device_test))
        self._add("Sound", "volume", self._sound_page(sound_devices))
        self._add("Appearance", "eye", self._appearance_page())
        self._add("Keys", "keyboard", KeysTable(settings.value.wheel))
        self._add("Privacy and updates", "info", self._privacy_page())
        self._add("About and log", "info", self._about_page(locations))
        self._navigation.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._navigation.setCurrentRow(0)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._navigation)
        row.addWidget(self._pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(buttons)
        without_default(self)

    def show_page(self, title: str) -> None:
        """Turn to a page by its title."""
        for item in self._navigation.findItems(title, Qt.MatchFlag.MatchExactly):
            self._navigation.setCurrentItem(item)

    def _add(self, title: str, icon_name: str, page: QWidget) -> None:
        self._navigation.addItem(QListWidgetItem(icon(icon_name), title))
        self._pages.addWidget(page)

    # --- pages ---

    def _general_page(self) -> QWidget:
        page = _Page("General", self._settings, ("start_on_add", "export_existing"))
        page.add_check("start_on_add", "Start transcribing as soon as files are added")
        page.add_choice(
            "export_existing",
            "When an exported file is there already",
            (
                ("ask", "Ask"),
                ("number", "Keep both, numbered"),
                ("replace", "Replace; the old one goes to the bin"),
            ),
        )
        page.finish()
        return page

    def _transcription_page(
        self, specs: tuple[ModelSpec, ...], devices: tuple[tuple[str, str], ...], device_test: QWidget
    ) -> QWidget:
        page = _Page("Transcription", self._settings, ("model_id", "device", "keep_awake"))
        page.add_choice("model_id", "Model for new songs", tuple((spec.id, spec.title) for spec in specs))
        page.add_choice("device", "Computes on", devices)
        page.add_note("A graphics card is used where there is one that fits; else the processor.")
        page.add_row("Self-test", device_test)
        page.add_check("keep_awake", "Keep the computer awake while songs are transcribed")
        page.finish()
        return page

    def _sound_page(self, sound_devices: Callable[[], tuple[str, ...]]) -> QWidget:
        page = _Page("Sound", self._settings, ("output_device", "soundfont", "click_sounds"))
        devices = (("", "The system's"), *((name, name) for name in sound_devices()))
        page.add_choice("output_device", "Output", devices)
        page.add_file("soundfont", "Sounds of the notes", "Built in", "SoundFonts (*.sf2 *.sf3)")
        page.add_check("click_sounds", "Let notes and keys sound when they are clicked")
        page.finish()
        return page

    def _appearance_page(self) -> QWidget:
        page = _Page("Appearance", self._settings, ("theme", "wheel", "follow"))
        page.add_choice("theme", "Colours", _THEMES)
        page.add_choice("wheel", "Mouse wheel over the notes", _WHEELS)
        page.add_check("follow", "Keep the playhead in view while playing")
        page.finish()
        return page

    def _privacy_page(self) -> QWidget:
        page = _Page("Privacy and updates", self._settings, ("system_proxy",))
        page.add_note(
            "Nothing leaves this computer: no recording, no notes, no figures of use. The network is used "
            "only to download a model, after a click that says so."
        )
        page.add_check("system_proxy", "Download through the proxy that the system names")
        page.add_note(
            f"This is version {__version__}. The program does not look for newer ones by itself; models are "
            "compared with what was published only when you ask for it."
        )
        page.finish()
        return page

    def _about_page(self, locations: Locations) -> QWidget:
        page = _Page("About and log", self._settings, ())
        page.add_note(
            f"MT3 Desktop {__version__}\n\nNotes from a recording, instrument by instrument, on your own "
            "computer. Nothing is sent anywhere; the network is used only to fetch a model that you ask for."
        )
        page.add_note(f"Settings, songs and log are in\n{locations.root}")
        show = QPushButton("Show log folder")
        show.clicked.connect(self.log_requested)
        page.add_widget(show)
        page.finish()
        return page


class _Page(QWidget):
    """A page whose controls follow the settings and change them."""

    def __init__(self, title: str, settings: SettingsStore, names: tuple[str, ...]) -> None:
        super().__init__()
        self._settings = settings
        self._names = names
        self._readers: list[Callable[[Settings], None]] = []
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self._form = QFormLayout()
        self._form.setVerticalSpacing(14)
        self._form.setHorizontalSpacing(16)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(16)
        self._column.addWidget(heading)
        self._column.addLayout(self._form)
        self._column.addStretch(1)
        settings.changed.connect(self._on_settings_changed)

    def add_check(self, name: str, text: str) -> None:
        """A switch for a boolean setting."""
        box = QCheckBox(text)
        box.toggled.connect(partial(self._change, name))
        self._readers.append(lambda settings: box.setChecked(getattr(settings, name)))
        self._form.addRow(box)

    def add_choice(self, name: str, label: str, entries: Iterable[tuple[str, str]]) -> None:
        """A choice; an entry is (value, text)."""
        combo = QComboBox()
        combo.setAccessibleName(label)
        for value, text in entries:
            combo.addItem(text, value)
        combo.activated.connect(lambda index: self._change(name, combo.itemData(index)))
        self._readers.append(
            lambda settings: combo.setCurrentIndex(max(0, combo.findData(getattr(settings, name))))
        )
        self._form.addRow(label, combo)

    def add_file(self, name: str, label: str, nothing: str, pattern: str) -> None:
        """A file; "" means what is called `nothing`."""
        shown = plain_label()
        choose, clear = QPushButton("Choose…"), QPushButton(f"Use {nothing.lower()}")
        choose.setAccessibleName(f"Choose {label.lower()}")
        clear.setAccessibleName(f"Use {nothing.lower()} {label.lower()}")
        choose.clicked.connect(partial(self._choose_file, name, label, pattern))
        clear.clicked.connect(lambda _is_checked: self._change(name, ""))
        self._readers.append(lambda settings: shown.setText(Path(getattr(settings, name)).name or nothing))
        self._readers.append(lambda settings: clear.setVisible(bool(getattr(settings, name))))
        row = QHBoxLayout()
        row.addWidget(shown, 1)
        row.addWidget(choose)
        row.addWidget(clear)
        self._form.addRow(label, row)

    def add_note(self, text: str) -> None:
        """A paragraph."""
        note = QLabel(text)
        note.setWordWrap(True)
        note.setProperty("role", "caption")
        note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form.addRow(note)

    def add_row(self, label: str, widget: QWidget) -> None:
        """Anything else, with a caption."""
        self._form.addRow(label, widget)

    def add_widget(self, widget: QWidget) -> None:
        """Anything else."""
        row = QHBoxLayout()
        row.addWidget(widget)
        row.addStretch(1)
        self._form.addRow(row)

    def finish(self) -> None:
        """Show the settings as they are, and offer to restore them."""
        for reader in self._readers:
            reader(self._settings.value)
        level_captions(self._form)
        if self._names:
            restore = QPushButton("Restore defaults")
            restore.clicked.connect(lambda _is_checked: self._settings.restore_defaults(*self._names))
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(restore)
            self._column.addLayout(row)

    def _change(self, name: str, value: object) -> None:
        self._settings.update(**{name: value})

    def _choose_file(self, name: str, label: str, pattern: str, _is_checked: bool = False) -> None:
        path, _filter = QFileDialog.getOpenFileName(self, label, "", f"{pattern};;All files (*)")
        if path:
            self._change(name, path)

    @Slot(object, object)
    def _on_settings_changed(self, _old: Settings, new: Settings) -> None:
        for reader in self._readers:
            reader(new)
