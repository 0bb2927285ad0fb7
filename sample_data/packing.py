"""Pack files into a ZIP archive that is the same, byte for byte, on any machine.

Compressors differ from one build of zlib to the next, and what is recognised by its hash must not.

References
----------
RFC 1951, DEFLATE Compressed Data Format. PKWARE, APPNOTE.TXT, sections 4.3.7 to 4.3.16.
"""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping

_WINDOW, _LONGEST = 32768, 258
_DAY_ONE = 33  # 1 January 1980, as DOS writes it


def _steps(first: int, codes: int, same: int) -> Iterator[tuple[int, int]]:
    """The least value of each code and its extra bits, which grow after every `same` codes."""
    value = first
    for code in range(codes):
        extra = max(0, code // same - 1)
        yield value, extra
        value += 1 << extra


_LENGTHS = [*_steps(3, 28, 4), (_LONGEST, 0)]
_DISTANCES = list(_steps(1, 30, 2))
_LENGTH_STARTS = [start for start, _ in _LENGTHS]
_DISTANCE_STARTS = [start for start, _ in _DISTANCES]


def _reversed(code: int, width: int) -> int:
    """A Huffman code as it lies in the stream, its first bit lowest."""
    return int(f"{code:0{width}b}"[::-1], 2)


def _fixed(symbol: int) -> tuple[int, int]:
    """The fixed code of a literal, of the end or of a length, and its width in bits."""
    if symbol < 144:
        code, width = 0x30 + symbol, 8
    elif symbol < 256:
        code, width = 0x190 + symbol - 144, 9
    elif symbol < 280:
        code, width = symbol - 256, 7
    else:
        code, width = 0xC0 + symbol - 280, 8
    return _reversed(code, width), width


_CODES = [_fixed(symbol) for symbol in range(286)]
_DISTANCE_CODES = [(_reversed(code, 5), 5) for code in range(30)]


def _match(data: bytes, before: int, place: int) -> int:
    """How many bytes from a place on are as they were before; 0 where it was too long ago."""
    if before < 0 or place - before > _WINDOW:
        return 0
    most = min(_LONGEST, len(data) - place)
    length = 4
    while length < most and data[before + length] == data[place + length]:
        length += 1
    return length


def _tokens(data: bytes) -> Iterator[tuple[int, int]]:
    """Each thing to write, as a number and its width in bits."""
    yield 0b011, 3  # the last block, with the fixed codes
    seen: dict[bytes, int] = {}
    place = 0
    while place < len(data):
        key = data[place : place + 4]
        before = seen.get(key, -1) if len(key) == 4 else -1
        length = _match(data, before, place)
        if length:
            code = bisect_right(_LENGTH_STARTS, length) - 1
            yield _CODES[257 + code]
            yield length - _LENGTHS[code][0], _LENGTHS[code][1]
            back = place - before
            code = bisect_right(_DISTANCE_STARTS, back) - 1
            yield _DISTANCE_CODES[code]
            yield back - _DISTANCES[code][0], _DISTANCES[code][1]
        else:
            yield _CODES[data[place]]
        for each in range(place, place + (length or 1)):
            seen[data[each : each + 4]] = each
        place += length or 1
    yield _CODES[256]


def deflated(data: bytes) -> bytes:
    """Compress in one block of fixed codes, each match the latest of four bytes or more."""
    packed = bytearray()
    held = width = 0
    for value, bits in _tokens(data):
        held |= value << width
        width += bits
        while width >= 8:
            packed.append(held & 0xFF)
            held >>= 8
            width -= 8
    packed.append(held)
    return bytes(packed)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Pack files, in their order, with no date and no trace of the machine."""
    packed, listing = bytearray(), bytearray()
    for name, data in files.items():
        body, label = deflated(data), name.encode("ascii")
        about = (8, 0, _DAY_ONE, zlib.crc32(data), len(body), len(data), len(label), 0)
        listing += struct.pack("<4s", b"PK\1\2") + struct.pack("<3H", 20, 20, 0)
        listing += struct.pack("<3H3I2H", *about) + struct.pack("<3H2I", 0, 0, 0, 0, len(packed))
        listing += label
        packed += struct.pack("<4s2H", b"PK\3\4", 20, 0) + struct.pack("<3H3I2H", *about)
        packed += label + body
    count = len(files)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(listing), len(packed), 0)
    return bytes(packed + listing + end)
