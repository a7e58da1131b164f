"""The model list as a user works with it: buttons, menus, drops, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from mt3_desktop.app.downloads import ModelLibrary
from mt3_desktop.app.model_status import ModelState, ModelStatus
from mt3_desktop.core.specs import HttpMirror, OptionFacts, OptionValue
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.transfer import Patience
from mt3_desktop.gui.model_row import state_text
from mt3_desktop.gui.models_page import ModelsPage, Questions
from tests.helpers import fake_family as fakes
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import MirrorServer, Stall


@dataclass
class User:
    """Answers the page's questions.

    Attributes:
        folder: the folder to choose.
        file: the file to choose.
        deletes: whether to delete.
        options: the values to give.
        asked: what was asked.
        shown: folders that were shown.
    """

    folder: Path | None = None
    file: Path | None = None
    deletes: bool = True
    options: dict[str, OptionValue] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shown: list[Path] = field(default_factory=list)

    def questions(self) -> Questions:
        return Questions(
            folder=lambda _parent, title: self._answer(title, self.folder),
            file=lambda _parent, title: self._answer(title, self.file),
            delete=lambda _parent, sentence: bool(self._answer(sentence, self.deletes)),
            options=self._set_options,
            show=self.shown.append,
        )

    def _set_options(
        self,
        _parent: QWidget,
        heading: str,
        facts: Mapping[str, OptionFacts],
        values: Mapping[str, OptionValue],
        done: Callable[[dict[str, OptionValue]], None],
    ) -> None:
        self.asked.append(f"{heading}: {', '.join(f'{name} {values[name]}' for name in facts)}")
        done(self.options)

    def _answer(self, question: str, answer: object) -> object:
        self.asked.append(question)
        return answer


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with MirrorServer(CONTENT) as mirror:
        yield mirror


@pytest.fixture
def scene() -> fakes.Scene:
    return fakes.Scene()


@pytest.fixture
def store(
    locations: Locations, server: MirrorServer, scene: fakes.Scene, monkeypatch: pytest.MonkeyPatch
) -> CheckpointStore:
    spec = replace(
        fakes.fake_spec("big", checkpoint=checkpoint_at(HttpMirror(server.url))),
        options=MappingProxyType({"mode": "calm", "memory_length": 64}),
    )
    fakes.install(monkeypatch, fakes.fake_family(scene, fakes.fake_spec("small"), spec))

    def discard(path: Path) -> None:
        path.rename(locations.root / "bin")

    return CheckpointStore(locations, patience=Patience((0.0,)), discard=discard)


@pytest.fixture
def library(store: CheckpointStore, qtbot: QtBot) -> Iterator[ModelLibrary]:
    library = ModelLibrary(store)
    qtbot.waitUntil(lambda: bool(library.statuses) and not library.is_busy)
    yield library
    assert library.close()


@pytest.fixture
def user() -> User:
    return User()


@pytest.fixture
def songs() -> list[str]:
    """Songs for which each model was chosen."""
    return []


@pytest.fixture
def page(library: ModelLibrary, user: User, songs: list[str], qtbot: QtBot) -> ModelsPage:
    page = ModelsPage(library, songs_with=lambda _model_id: tuple(songs), questions=user.questions())
    qtbot.addWidget(page)
    page.resize(760, 560)
    page.show()
    return page


def texts(page: QWidget) -> list[str]:
    """Everything that can be read on it."""
    return [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page) and label.text()]


def button(page: QWidget, name: str) -> QPushButton:
    """The visible button with an accessible name."""
    return next(
        found
        for found in page.findChildren(QPushButton)
        if found.accessibleName() == name and found.isVisibleTo(page)
    )


def menu_entry(page: ModelsPage, title: str, text: str) -> Callable[[], None]:
    """Chooses an entry of a model's menu."""
    more = next(
        found for found in page.findChildren(QToolButton) if found.accessibleName() == f"More about {title}"
    )
    return next(action for action in more.menu().actions() if action.text() == text).trigger


def entries(page: ModelsPage, title: str) -> list[str]:
    more = next(
        found for found in page.findChildren(QToolButton) if found.accessibleName() == f"More about {title}"
    )
    return [action.text() for action in more.menu().actions()]


def click(qtbot: QtBot, widget: QAbstractButton) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def get_big(qtbot: QtBot, page: ModelsPage, library: ModelLibrary) -> None:
    click(qtbot, button(page, "Get Fake big"))
    wait_for(qtbot, library, ModelState.READY)


def wait_for(qtbot: QtBot, library: ModelLibrary, state: ModelState) -> None:
    qtbot.waitUntil(lambda: getattr(library.status("big"), "state", None) is state, timeout=10_000)


def drop_event(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def test_it_says_what_each_model_is_and_can(page: ModelsPage, store: CheckpointStore) -> None:
    read = "\n".join(texts(page))

    for words in ("Fake small", "Fake big", "300 kB", "CC0-1.0", "Not here", "Ready", str(store.folder)):
        assert words in read
    assert "Drums · instrument names · velocities · no singing · speed here not yet measured" in read


def test_getting_and_pausing_with_the_mouse(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, server: MirrorServer
) -> None:
    server.script(Stall(150_000))
    click(qtbot, button(page, "Get Fake big"))
    qtbot.waitUntil(lambda: bool(library.status("big") and library.status("big").done_bytes))  # type: ignore[union-attr]

    click(qtbot, button(page, "Pause Fake big"))
    wait_for(qtbot, library, ModelState.PAUSED)
    assert any(text.startswith("Paused · ") for text in texts(page))
    server.release()

    click(qtbot, button(page, "Resume Fake big"))
    wait_for(qtbot, library, ModelState.READY)
    assert any(text.startswith("Ready · checked ") for text in texts(page))
    assert button(page, "Verify Fake big").isEnabled()


def test_a_paused_download_can_be_thrown_away(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, server: MirrorServer, store: CheckpointStore
) -> None:
    server.script(Stall(150_000))
    click(qtbot, button(page, "Get Fake big"))
    qtbot.waitUntil(lambda: bool(library.status("big") and library.status("big").done_bytes))  # type: ignore[union-attr]
    click(qtbot, button(page, "Pause Fake big"))
    wait_for(qtbot, library, ModelState.PAUSED)

    menu_entry(page, "Fake big", "Cancel download")()

    wait_for(qtbot, library, ModelState.MISSING)
    assert store.leftovers() == ()


def test_deleting_asks_and_takes_no_for_an_answer(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, user: User
) -> None:
    get_big(qtbot, page, library)
    user.deletes = False
    menu_entry(page, "Fake big", "Delete")()
    assert user.asked == ["Delete Fake big? Its file (300 kB) goes to the recycle bin."]
    assert library.status("big").is_usable  # type: ignore[union-attr]

    user.deletes = True
    menu_entry(page, "Fake big", "Delete")()

    wait_for(qtbot, library, ModelState.MISSING)


def test_the_link_for_another_computer_is_complete(
    page: ModelsPage, server: MirrorServer, qapp: QGuiApplication
) -> None:
    menu_entry(page, "Fake big", "Copy link for another computer")()

    copied = qapp.clipboard().text()
    for words in (server.url, f"size: {len(CONTENT)} bytes", f"sha256: {SHA256}"):
        assert words in copied
    assert "The addresses, size and hash of Fake big are on the clipboard." in texts(page)


def test_the_licence_is_said(page: ModelsPage) -> None:
    menu_entry(page, "Fake small", "Licence")()

    assert any("CC0-1.0" in text and "authors" in text for text in texts(page))


def test_a_built_in_model_offers_nothing_that_cannot_be_done(page: ModelsPage) -> None:
    assert entries(page, "Fake small") == ["Licence", "Where it is used"]
    names = [found.accessibleName() for found in page.findChildren(QPushButton) if found.isVisibleTo(page)]
    assert not [name for name in names if "Fake small" in name]


def test_its_file_is_shown_in_its_folder(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, user: User, store: CheckpointStore
) -> None:
    get_big(qtbot, page, library)

    menu_entry(page, "Fake big", "Show in folder")()

    assert user.shown == [store.folder / "sha256" / SHA256[:2]]


def test_the_folder_moves_where_the_user_says(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, user: User, tmp_path: Path
) -> None:
    user.folder = tmp_path / "elsewhere"

    with qtbot.waitSignal(library.folder_changed):
        click(qtbot, button(page, "Move all models to another folder"))

    assert str(tmp_path / "elsewhere") in texts(page)


def test_a_folder_that_the_environment_dictates_has_no_move(qtbot: QtBot, locations: Locations) -> None:
    fixed = replace(locations, fixed_checkpoints=locations.root / "dictated")
    library = ModelLibrary(CheckpointStore(fixed))
    page = ModelsPage(library)
    qtbot.addWidget(page)

    assert not button(page, "Move all models to another folder").isEnabled()
    assert library.close()


def test_a_dropped_file_is_imported_and_says_what_was_assumed(
    qtbot: QtBot,
    page: ModelsPage,
    library: ModelLibrary,
    user: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "fine-tune.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, file)
    mime = drop_event(file)
    enter = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    drop = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.dragEnterEvent(enter)
    assert enter.isAccepted()

    with qtbot.waitSignal(library.imported, timeout=20_000):
        page.dropEvent(drop)

    assert "fine-tune" in texts(page)
    assert "Imported, runs" in " ".join(texts(page))


def test_the_options_of_a_model_can_be_changed(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, user: User, scene: fakes.Scene, tmp_path: Path
) -> None:
    scene.file_options = {"memory_length": 64, "mode": "calm", "unknown": 1}
    file = tmp_path / "fine-tune.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, file)
    with qtbot.waitSignal(library.imported, timeout=20_000):
        library.import_path(file)

    user.options = {"memory_length": 32}
    menu_entry(page, "fine-tune", "Options…")()

    qtbot.waitUntil(lambda: library.status("fine-tune").spec.options["memory_length"] == 32)  # type: ignore[union-attr]
    assert user.asked == ["Options of fine-tune: memory_length 64, mode calm"]


def test_what_belongs_to_a_published_file_cannot_be_changed(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, user: User
) -> None:
    user.options = {"mode": "wild"}
    menu_entry(page, "Fake big", "Options…")()
    qtbot.waitUntil(lambda: library.status("big").spec.options["mode"] == "wild")  # type: ignore[union-attr]
    assert user.asked == ["Options of Fake big: mode calm"]
    with pytest.raises(StopIteration):
        menu_entry(page, "Fake small", "Options…")


def test_a_model_says_where_it_is_used(
    page: ModelsPage, library: ModelLibrary, songs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    menu_entry(page, "Fake big", "Where it is used")()
    assert "No song of the library uses Fake big." in texts(page)
    songs += ["<b>Nocturne", "Etude 2"]
    menu_entry(page, "Fake big", "Where it is used")()
    assert "Fake big: 2 songs of the library (<b>Nocturne, Etude 2)." in texts(page)
    songs += [f"Song {number}" for number in range(9)]
    big = replace(library.status("big"), path=tmp_path / "both.pth")  # type: ignore[type-var]
    monkeypatch.setitem(library._statuses, "big", big)
    monkeypatch.setitem(library._statuses, "twin", replace(big, spec=fakes.fake_spec("twin")))
    menu_entry(page, "Fake big", "Where it is used")()
    (text,) = [text for text in texts(page) if text.startswith("Fake big: 11 songs")]
    assert text.endswith("Song 4, Song 5 and others). Its file is also that of Fake twin.")


def test_leftovers_are_shown_and_deleted(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary, store: CheckpointStore
) -> None:
    part = store.folder / "partial" / "ab.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"x" * 5000)
    with qtbot.waitSignal(library.folder_changed):
        library.refresh()
    assert "Left-over downloads: 5 kB" in texts(page)

    with qtbot.waitSignal(library.folder_changed):
        click(qtbot, button(page, "Delete left-over downloads"))

    assert not [text for text in texts(page) if text.startswith("Left-over")]


def test_a_measured_speed_is_shown(page: ModelsPage) -> None:
    page.set_speeds({"big": 0.5})

    assert "a 3 min song takes about 1:30 here" in "\n".join(texts(page))


def test_the_proxy_is_the_users_choice(qtbot: QtBot, page: ModelsPage) -> None:
    box = page.findChild(QCheckBox)
    assert box is not None

    page.set_system_proxy(True)
    with qtbot.waitSignal(page.system_proxy_chosen) as chosen:
        click(qtbot, box)

    assert chosen.args == [False]


def test_everything_has_a_name_for_screen_readers(
    qtbot: QtBot, page: ModelsPage, library: ModelLibrary
) -> None:
    get_big(qtbot, page, library)

    nameless = [
        found for found in page.findChildren(QAbstractButton) if not (found.accessibleName() or found.text())
    ]

    assert nameless == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"state": ModelState.DOWNLOADING, "done_bytes": 186_000}, "62 %"),
        (
            {
                "state": ModelState.DOWNLOADING,
                "done_bytes": 186_000,
                "bytes_per_second": 11e6,
                "seconds_left": 70.0,
                "note": "waiting for mirror.invalid",
            },
            "62 % · 11 MB/s · 1:10 left · waiting for mirror.invalid",
        ),
        ({"state": ModelState.VERIFYING, "done_bytes": 150_000}, "Checking · 50 %"),
        ({"state": ModelState.QUEUED}, "Waiting"),
        ({"state": ModelState.DAMAGED}, "Damaged: file differs"),
    ],
)
def test_a_state_in_words(change: dict[str, object], text: str) -> None:
    spec = fakes.fake_spec("big", checkpoint=checkpoint_at())
    status = ModelStatus(spec, ModelState.MISSING, ModelState.MISSING)

    assert state_text(replace(status, **change)) == text  # type: ignore[arg-type]
