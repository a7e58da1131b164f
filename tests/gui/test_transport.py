"""The transport bar, used by mouse and by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider, QSpinBox, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.theme import apply_theme
from mt3_desktop.gui.transport import TransportBar, exact_clock

LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key
SIGNALS = (
    "to_start_wanted", "play_toggled", "loop_toggled", "speed_changed", "balance_changed", "split_toggled",
    "volume_changed", "follow_toggled",
)  # fmt: skip


@pytest.fixture
def bar(qtbot: QtBot) -> TransportBar:
    apply_theme(QApplication.instance(), "dark")
    bar = TransportBar()
    bar.resize(1000, 46)
    qtbot.addWidget(bar)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


@pytest.fixture
def said(bar):
    """Everything the bar emits, as (signal, arguments)."""
    heard: list[tuple[object, ...]] = []
    for name in SIGNALS:
        getattr(bar, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def handle_of(slider: QSlider) -> QPoint:
    """The middle of a slider's handle."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control = QStyle.ComplexControl.CC_Slider
    return slider.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, slider).center()


def test_buttons_say_what_is_wished(qtbot, bar, said):
    bar.set_loop((1.0, 2.0), is_on=False)
    for button in (bar.to_start, bar.play, bar.loop, bar.split):
        qtbot.mouseClick(button, LEFT)
    assert said == [("to_start_wanted",), ("play_toggled",), ("loop_toggled", True), ("split_toggled", True)]


def test_setting_values_says_nothing(bar, said):
    bar.set_playing(True)
    bar.set_position(3.0)
    bar.set_duration(90.0)
    bar.set_loop((1.0, 2.0), is_on=True)
    bar.set_speed(0.5)
    bar.set_balance(0.9)
    bar.set_split(True)
    bar.set_volume(0.1)
    bar.set_follow(False)
    assert said == []


def test_play_becomes_pause(bar):
    assert bar.play.accessibleName() == "Play"
    bar.set_playing(True)
    assert bar.play.accessibleName() == "Pause"
    assert bar.play.toolTip() == "Pause (Space)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:00.000"),
        (41.25, "0:41.250"),
        (59.9999, "0:59.999"),
        (61.001, "1:01.001"),
        (3727.5, "1:02:07.500"),
        (-0.01, "0:00.000"),
    ],
)
def test_the_position_is_exact(bar, seconds, text):
    bar.set_position(seconds)
    assert bar.time.text() == exact_clock(seconds) == text


def test_the_time_does_not_push_its_neighbours(bar):
    bar.set_duration(1000.0)
    bar.set_position(0.0)
    before = bar.speed.x()
    bar.set_position(999.888)
    QApplication.processEvents()
    assert bar.speed.x() == before


def test_without_a_loop_there_is_nothing_to_switch(bar):
    assert not bar.loop.isEnabled()
    bar.set_loop((10.0, 12.5), is_on=True)
    assert bar.loop.isEnabled()
    assert bar.loop.isChecked()
    assert "0:10.000 to 0:12.500" in bar.loop.toolTip()
    bar.set_loop(None, is_on=True)
    assert not bar.loop.isChecked()


def test_speed_goes_in_steps_of_five_between_its_limits(qtbot, bar, said):
    qtbot.keyClick(bar.speed, KEY.Key_Up)
    assert said == [("speed_changed", 1.05)]
    bar.set_speed(0.25)
    qtbot.keyClick(bar.speed, KEY.Key_Down)
    assert bar.speed.value() == 25
    bar.set_speed(2.0)
    qtbot.keyClick(bar.speed, KEY.Key_Up)
    assert bar.speed.value() == 200


def test_a_typed_speed_counts_when_it_is_complete(qtbot, bar, said):
    bar.speed.selectAll()
    qtbot.keyClicks(bar.speed, "75")
    assert said == []
    qtbot.keyClick(bar.speed, KEY.Key_Return)
    assert said == [("speed_changed", 0.75)]


def test_keys_move_the_mix_by_tenths(qtbot, bar, said):
    qtbot.keyClick(bar.balance, KEY.Key_Right)
    assert said == [("balance_changed", 0.6)]
    assert bar.balance.accessibleDescription() == "Original 40 %, synth 60 %"


def test_the_mix_stops_in_its_middle_when_dragged(qtbot, bar):
    bar.set_balance(0.2)
    handle = handle_of(bar.balance)
    bar.set_balance(0.52)
    target = handle_of(bar.balance)
    bar.set_balance(0.2)
    qtbot.mousePress(bar.balance, LEFT, pos=handle)
    for step in (1, 2, 3):
        qtbot.mouseMove(bar.balance, handle + (target - handle) * step / 3)
    assert bar.balance.value() == 50
    qtbot.mouseRelease(bar.balance, LEFT, pos=target)
    assert bar.balance.value() == 50


def test_a_double_click_evens_the_mix(qtbot, bar, said):
    bar.set_balance(0.9)
    qtbot.mouseDClick(bar.balance, LEFT)
    assert said[-1] == ("balance_changed", 0.5)


@pytest.mark.parametrize(
    ("balance", "text"), [(0.0, "Original alone"), (0.5, "Original and synth evenly"), (1.0, "Synth alone")]
)
def test_the_mix_is_said_in_words(bar, balance, text):
    bar.set_balance(balance)
    assert bar.balance.accessibleDescription() == text


def test_volume_and_follow(qtbot, bar, said):
    qtbot.keyClick(bar.volume, KEY.Key_Left)
    bar.follow.click()
    assert said == [("volume_changed", 0.75), ("follow_toggled", False)]


def test_every_control_has_a_name_and_can_be_reached(bar):
    controls = bar.findChildren(QAbstractButton) + bar.findChildren(QSlider) + bar.findChildren(QSpinBox)
    assert len(controls) == 12
    for control in controls:
        assert control.accessibleName() or control.text()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_fits_the_smallest_window(bar):
    assert bar.minimumSizeHint().width() <= 960
