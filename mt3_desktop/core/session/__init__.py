"""A transcription kept on disk: what every model heard, what was edited, and where to go on."""

from mt3_desktop.core.session.files import SUFFIX, VERSION, load, load_all, new_id, path_in, save
from mt3_desktop.core.session.merging import Merged, merged
from mt3_desktop.core.session.order import load_order, save_order
from mt3_desktop.core.session.running import begin_run, end_run
from mt3_desktop.core.session.sound import take_out
from mt3_desktop.core.session.values import AudioReference, AudioState, Plain, Session, Take

__all__ = [
    "SUFFIX",
    "VERSION",
    "AudioReference",
    "AudioState",
    "Merged",
    "Plain",
    "Session",
    "Take",
    "begin_run",
    "end_run",
    "load",
    "load_all",
    "load_order",
    "merged",
    "new_id",
    "path_in",
    "save",
    "save_order",
    "take_out",
]
