"""What a file is, judged by its first and last bytes: before a decoder is asked, and without decoding.

libsndfile and FFmpeg both decode the front part of a file that was cut off without a word; what the file
says about its own size tells. libsndfile also prints to stderr when it meets rubbish that is called .mp3.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 65536

PROTECTED_SUFFIXES = frozenset({".m4p", ".aax", ".aaxc", ".aa"})
PROTECTED_BRANDS = (b"ftypM4P ", b"ftypaax ", b"ftypaaxc")
"""How an MP4 file of a shop begins, after its first four bytes."""

_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_ENCRYPTION = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a2926da2344bf0d9e2e8f4cd2fe"),  # extended
)
_UNKNOWN_SIZES = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
"""What writers to a pipe put where they do not know the size yet."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the bytes of a file say.

    Attributes:
        is_for_soundfile: libsndfile knows this kind of file, and will read it quietly.
        is_protected: a shop's copy protection is in the way.
        is_cut_short: the file announces more bytes than it has.
    """

    is_for_soundfile: bool
    is_protected: bool
    is_cut_short: bool


def sniff(path: Path) -> Sniffed:
    """Look at a file.

    Raises:
        OSError: if it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - HEAD_BYTES))
        tail = file.read(HEAD_BYTES)
    is_cut_short = _announced_size(head, tail, size) > size
    is_mp3 = _is_mp3(head)
    return Sniffed(
        is_for_soundfile=head.startswith(_SOUNDFILE_MAGICS) or (is_mp3 and not is_cut_short),
        is_protected=_is_protected(path, head),
        is_cut_short=is_cut_short,
    )


_SOUNDFILE_MAGICS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC", b"OggS", b"caff", b".snd")


def _is_protected(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in PROTECTED_SUFFIXES or head[4:12] in PROTECTED_BRANDS:
        return True
    return head.startswith(_ASF_HEADER) and any(guid in head for guid in _ASF_ENCRYPTION)


def _announced_size(head: bytes, tail: bytes, size: int) -> int:
    """Bytes the file should have by its own account, or 0 where it gives none."""
    for magic, account in _ACCOUNTS.items():
        if head.startswith(magic):
            return account(head, tail, size)
    if head[4:8] == b"ftyp":
        return 0  # its boxes are walked by the decoder, which knows the length of each track
    return _mp3_size(head)


def _riff_size(head: bytes, _tail: bytes, _size: int) -> int:
    return _chunk_end(head, "<", b"data")


def _form_size(head: bytes, _tail: bytes, _size: int) -> int:
    return _chunk_end(head, ">", b"SSND")


def _chunk_end(head: bytes, order: str, wanted: bytes) -> int:
    """Where the chunk with the sound ends, by its own account."""
    position = 12
    while position + 8 <= len(head):
        name = head[position : position + 4]
        (length,) = struct.unpack_from(f"{order}I", head, position + 4)
        if name == wanted:
            return 0 if length in _UNKNOWN_SIZES else position + 8 + int(length)
        position += 8 + length + (length & 1)
    return 0


def _ogg_size(_head: bytes, tail: bytes, size: int) -> int:
    """Where the last page ends; a file that was cut off almost always ends inside one."""
    start = tail.rfind(b"OggS")
    if start < 0 or start + 27 > len(tail):
        return size + 1
    n_lacing = tail[start + 26]
    lacing = tail[start + 27 : start + 27 + n_lacing]
    if len(lacing) < n_lacing:
        return size + 1
    return size - len(tail) + start + 27 + n_lacing + sum(lacing)


def _asf_size(head: bytes, _tail: bytes, _size: int) -> int:
    start = head.find(_ASF_FILE_PROPERTIES)
    if start < 0 or start + 48 > len(head):
        return 0
    (announced,) = struct.unpack_from("<Q", head, start + 40)
    return 0 if announced in _UNKNOWN_SIZES else int(announced)


_ACCOUNTS: dict[bytes, Callable[[bytes, bytes, int], int]] = {
    b"RIFF": _riff_size,
    b"FORM": _form_size,
    b"OggS": _ogg_size,
    _ASF_HEADER: _asf_size,
}

# MPEG audio, layer III. Source: ISO/IEC 11172-3 §2.4.1.3 and 13818-3 §2.4.1.3 (frame header).
_BIT_RATES = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG 1
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2
    0: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2.5
}
_SAMPLE_RATES = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def _is_mp3(head: bytes) -> bool:
    """Whether two MPEG frames follow each other where the first should be.

    An ID3 tag may be longer than what was read (a cover picture); then its presence must do.
    """
    start = _tag_bytes(head)
    if start >= len(head) - 4:
        return start > 0 and len(head) == HEAD_BYTES
    length = _frame_bytes(head, start)
    return length > 0 and _frame_bytes(head, start + length) > 0


def _tag_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag in front, 0 if there is none; its size is written in 7-bit bytes."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _frame_bytes(head: bytes, position: int) -> int:
    """Length of the layer III frame at `position`, or 0 if there is none."""
    if position + 4 > len(head):
        return 0
    header = int.from_bytes(head[position : position + 4], "big")
    version, layer = header >> 19 & 3, header >> 17 & 3
    if header >> 21 != 0x7FF or version == 1 or layer != 1:
        return 0
    bit_rate = _BIT_RATES[version][header >> 12 & 15] * 1000
    sample_rate = _SAMPLE_RATES[version][header >> 10 & 3]
    if not bit_rate or not sample_rate:
        return 0
    samples = 1152 if version == 3 else 576
    return samples * bit_rate // (8 * sample_rate) + (header >> 9 & 1)


def _mp3_size(head: bytes) -> int:
    """Bytes that the encoder's Xing or Info header announces, 0 without one.

    Source: the Xing VBR header as LAME writes it: magic, flags, frames if bit 0, bytes if bit 1.
    """
    start = _tag_bytes(head)
    length = _frame_bytes(head, start)
    frame = head[start : start + length]
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or at + 16 > len(frame):
        return 0
    flags, _frames, n_bytes = struct.unpack_from(">III", frame, at + 4)
    return start + int(n_bytes) if flags & 3 == 3 else 0
