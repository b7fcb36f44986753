"""Reads the test programme's marker out of a decoded picture.

Two rows of 64 cells along the top edge; a cell is width/64 wide and height/36 high; luma above 128
is 1, most significant bit first. Row 1: 0xA5, 48-bit frame counter, CRC-8 (polynomial 0x07, initial
value 0) over the seven bytes before it. Row 2: 0x5A, 48-bit epoch milliseconds, CRC-8 likewise.
"""

import time

CELLS = 64
ROWS_PER_PICTURE = 36


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def encode_row(first_byte, value):
    """The eight bytes of a row."""
    body = bytes([first_byte]) + value.to_bytes(6, "big")
    return body + bytes([crc8(body)])


def read_row(luma, stride, width, height, row, first_byte):
    """The row's 48-bit value, or None. `luma` is indexable bytes with `stride` bytes a line."""
    y = int((row + 0.5) * height / ROWS_PER_PICTURE)
    value = 0
    for cell in range(CELLS):
        x = int((cell + 0.5) * width / CELLS)
        # Five pixels around the centre: one of them may be off after scaling and coding.
        around = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]
        total = sum(luma[(y + dy) * stride + x + dx] for dx, dy in around)
        value = value << 1 | (total > 128 * len(around))
    data = value.to_bytes(8, "big")
    if data[0] != first_byte or crc8(data[:7]) != data[7]:
        return None
    return int.from_bytes(data[1:7], "big")


class MarkerLog:
    """Collects what the markers of a playback say; `report()` sums it up."""

    def __init__(self):
        self.read = 0
        self.unreadable = 0
        self.first = None
        self.last = None
        self.repeated = 0
        self.skipped = 0
        self.backwards = 0
        self.age_ms = []

    def add(self, luma, stride, width, height):
        counter = read_row(luma, stride, width, height, 0, 0xA5)
        made_ms = read_row(luma, stride, width, height, 1, 0x5A)
        if counter is None or made_ms is None:
            self.unreadable += 1
            return
        self.read += 1
        self.age_ms.append(time.time() * 1000 - made_ms)
        if self.first is None:
            self.first = counter
        elif counter == self.last:
            self.repeated += 1
        elif counter < self.last:
            self.backwards += 1
        else:
            self.skipped += counter - self.last - 1
        self.last = counter

    def report(self):
        ages = sorted(self.age_ms)
        return {
            "read": self.read,
            "unreadable": self.unreadable,
            "first": self.first,
            "last": self.last,
            "repeated": self.repeated,
            "skipped": self.skipped,
            "backwards": self.backwards,
            "age_ms_p50": round(ages[len(ages) // 2], 1) if ages else None,
            "age_ms_p95": round(ages[len(ages) * 95 // 100], 1) if ages else None,
        }
