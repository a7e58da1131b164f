from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QSpinBox
from pytestqt.qtbot import QtBot

from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.cleanup_panel import CleanupPanel
from mt3_desktop.gui.pitch_box import PitchBox, pitch_of
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.exporting import export
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.window import Hands

SHORT = Note(2.0, 2.02, 72, 90, 0)
STRINGS = SCRIPT[4]


@pytest.fixture
def panel(qtbot: QtBot) -> CleanupPanel:
    panel = CleanupPanel()
    qtbot.addWidget(panel)
    panel.set_open(True)
    panel.set_confident(True)
    panel.set_bars(True)
    panel.show()
    return panel


@pytest.fixture
def open_song(hands: Hands, scene: Scene, song: Path) -> CleanupPanel:
    """A finished song with a note of 20 ms, and the panel unfolded."""
    scene.script = (*SCRIPT, SHORT)
    hands.drop(song)
    hands.wait_until_done()
    (panel,) = hands.window.findChildren(CleanupPanel)
    panel.header.click()
    assert panel.length.isVisible()
    return panel


def enter(qtbot: QtBot, box: QSpinBox, text: str) -> None:
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def shown(hands: Hands) -> set[Note]:
    (roll,) = hands.window.findChildren(RollView)
    roll.commands.select_all()
    return set(roll.selection)


def picture(hands: Hands) -> QImage:
    (roll,) = hands.window.findChildren(RollView)
    roll.select(())
    return roll.area.grab().toImage()


@pytest.mark.parametrize(
    ("control", "rules"),
    [
        ("doubles", Rules(hide_doubles=True)),
        ("strays", Rules(merge_strays=True)),
        ("leakage", Rules(drum_leakage_filter=True)),
    ],
)
def test_a_switch_is_a_rule(panel: CleanupPanel, qtbot: QtBot, control: str, rules: Rules) -> None:
    with qtbot.waitSignal(panel.rules_chosen) as chosen:
        getattr(panel, control).click()

    assert chosen.args == [rules]


@pytest.mark.parametrize(
    ("control", "typed", "rules"),
    [
        ("length", "50", Rules(min_seconds=0.05)),
        ("gaps", "80", Rules(join_seconds=0.08)),
        ("lowest", "c#2", Rules(lowest=37)),
        ("highest", "Eb5", Rules(highest=75)),
        ("confidence", "40", Rules(min_confidence=0.4)),
        ("quantise", "75", Rules(quantise=0.75)),
    ],
)
def test_a_number_is_a_rule(
    panel: CleanupPanel, qtbot: QtBot, control: str, typed: str, rules: Rules
) -> None:
    with qtbot.waitSignal(panel.rules_chosen) as chosen:
        enter(qtbot, getattr(panel, control), typed)

    assert chosen.args == [rules]


def test_only_families_with_several_instruments_are_offered(panel: CleanupPanel, qtbot: QtBot) -> None:
    panel.set_instruments([Instrument(0), Instrument(4), Instrument(33), Instrument(0, is_drum=True)])
    (piano,) = panel.families.menu().actions()

    with qtbot.waitSignal(panel.rules_chosen) as chosen:
        piano.trigger()

    assert chosen.args == [Rules(collapsed_families=(0,))]
    assert panel.families.text() == "Piano"


def test_the_floor_of_confidence_is_absent_where_the_model_gives_none(panel: CleanupPanel) -> None:
    panel.set_confident(False)

    assert not panel.confidence.isVisible()


def test_setters_emit_nothing(panel: CleanupPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.rules_chosen):
        panel.set_rules(Rules(0.1, 0.2, True, 10, 90, (0,), True, 0.5, True))
        panel.set_instruments([Instrument(0), Instrument(1)])
        panel.set_open(False)

    assert panel.lowest.text() == "B♭-1"


@pytest.mark.parametrize(
    ("text", "pitch"), [("C4", 60), ("b3", 59), ("Bb3", 58), ("C-1", 0), ("G9", 127), ("69", 69)]
)
def test_pitches_are_named_in_several_ways(text: str, pitch: int) -> None:
    assert pitch_of(text) == pitch


@pytest.mark.parametrize("text", ["", "H4", "C", "128", "G♯9", "C♭-1"])
def test_what_is_no_pitch_is_not_taken(text: str) -> None:
    assert pitch_of(text) is None


def test_a_half_typed_pitch_goes_back_to_the_last_one(qtbot: QtBot) -> None:
    box = PitchBox("Lowest pitch")
    qtbot.addWidget(box)
    box.setValue(60)

    enter(qtbot, box, "E")

    assert (box.value(), box.text()) == (60, "C4")


def test_short_notes_are_hidden_and_come_back(hands: Hands, open_song: CleanupPanel, qtbot: QtBot) -> None:
    enter(qtbot, open_song.length, "50")

    assert open_song.count.text() == "hides 1 of 6"
    assert shown(hands) == set(SCRIPT)
    assert SHORT in hands.document().edited

    open_song.reset.click()
    assert open_song.count.text() == ""
    assert shown(hands) == {*SCRIPT, SHORT}


def test_a_clean_up_is_undone_and_redone(hands: Hands, open_song: CleanupPanel, qtbot: QtBot) -> None:
    open_song.length.setValue(20)
    open_song.length.setValue(50)
    assert SHORT not in hands.document().notes

    hands.trigger("undo")
    assert (open_song.length.text(), open_song.count.text()) == ("Off", "")
    assert shown(hands) == {*SCRIPT, SHORT}
    assert not hands.window.command("undo").isEnabled()

    hands.trigger("redo")
    assert open_song.count.text() == "hides 1 of 6"
    assert shown(hands) == set(SCRIPT)


def test_hidden_notes_are_ghosts_while_the_panel_is_open(
    hands: Hands, open_song: CleanupPanel, qtbot: QtBot
) -> None:
    enter(qtbot, open_song.highest, "C4")
    with_ghosts = picture(hands)
    open_song.header.click()
    without_ghosts = picture(hands)
    open_song.header.click()

    assert with_ghosts != without_ghosts
    assert picture(hands) == with_ghosts
    assert hands.services.settings.value.cleanup_shown


def test_quantising_is_offered_where_there_are_bars(
    hands: Hands, open_song: CleanupPanel, qtbot: QtBot
) -> None:
    assert not open_song.quantise.isVisible()
    hands.document().set_tempo(Tempo(130.0))
    enter(qtbot, open_song.quantise, "100")

    step = 60 / 130 / 4
    onsets = [note.onset for note in hands.document().notes]
    assert onsets == pytest.approx([round(onset / step) * step for onset in onsets])
    assert shown(hands) == set(hands.document().notes) != {*SCRIPT, SHORT}


def test_baked_notes_are_gone_until_it_is_undone(hands: Hands, open_song: CleanupPanel, qtbot: QtBot) -> None:
    enter(qtbot, open_song.length, "50")
    qtbot.mouseClick(open_song.bake, Qt.MouseButton.LeftButton)

    assert SHORT not in hands.document().edited
    assert SHORT in hands.document().raw_notes
    assert (open_song.length.text(), open_song.bake.isEnabled()) == ("Off", False)

    hands.trigger("undo")
    assert SHORT in hands.document().edited
    assert open_song.count.text() == "hides 1 of 6"


def test_the_file_has_what_is_seen(
    hands: Hands, open_song: CleanupPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    enter(qtbot, open_song.highest, "E4")
    hands.services.settings.update(export_folder=str(tmp_path), export_formats=("csv",))
    export(hands)

    (file,) = tmp_path.glob("*.csv")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1 + 4


def test_controls_have_names(panel: CleanupPanel) -> None:
    controls = [*panel.findChildren(QAbstractButton), *panel.findChildren(QSpinBox)]

    assert [c for c in controls if not (c.accessibleName() or getattr(c, "text", str)())] == []
