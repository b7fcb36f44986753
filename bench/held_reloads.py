#!/usr/bin/env python3
"""Blocking reloads of one playlist that wait together, and when each was answered.

Each connection asks for one thing first and, once that is there, for the other; prints "asked" when all
have, and then does nothing until its standard input ends, so that it takes no processor from who answers.
Then it prints, for each answer to the second, its status and when its last byte had come, in ms of the
Unix epoch: by the kernel's clock (SO_TIMESTAMPNS), not by when it was read.
By HTTP/2 (--streams), it reads as they come: what so many streams of a connection are answered is more
than a socket holds.

  bench/held_reloads.py --port 8080 --first PATH --second PATH --count 1000 [--streams 100]
"""
import argparse
import json
import select
import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35
AT_ONCE = 500  # connections; a listening socket has room for 1,024
PAUSE = 0.1
READ = 1 << 18

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, WINDOW_UPDATE = 0, 1, 4, 8
END_STREAM, END_HEADERS = 1, 4
WINDOW = (1 << 30) - 65_535
STATUS_200 = 0x88  # RFC 7541 appendix A


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def text(first, value):
    """A field whose name is in HPACK's table and whose value is not (RFC 7541 section 6.2.2)."""
    assert len(value) < 127
    return bytes([first, len(value)]) + value.encode()


class Connection:
    """What the first bytes of each answer say, and when the last ones came."""

    def __init__(self, options):
        self.options = options
        self.socket = socket.create_connection(("127.0.0.1", options.port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.left = b""
        self.came = 0.0
        self.answers = []
        self.next_stream = 1
        if options.streams:
            initial = struct.pack(">HI", 4, WINDOW)  # SETTINGS_INITIAL_WINDOW_SIZE
            update = frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW))
            self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, initial) + update)
        self.socket.setblocking(False)

    def fileno(self):
        return self.socket.fileno()

    def ask(self, path):
        self.answers = []
        if not self.options.streams:
            self.socket.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            return
        # GET, http, the path, the authority; "gzip, deflate" is in the table.
        block = b"\x82\x86" + text(0x04, path) + text(0x01, "localhost") + b"\x90"
        frames = b""
        for _ in range(self.options.streams):
            frames += frame(HEADERS, END_STREAM | END_HEADERS, self.next_stream, block)
            self.next_stream += 2
        self.socket.sendall(frames)

    def is_answered(self):
        return len(self.answers) == max(1, self.options.streams)

    def read(self):
        """All that is there."""
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(READ, socket.CMSG_SPACE(16))
            except BlockingIOError:
                return
            if not data:
                raise SystemExit("the server closed a connection")
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                    seconds, nanoseconds = struct.unpack("qq", value)
                    self.came = seconds * 1e3 + nanoseconds / 1e6
            self.left += data
            (self.take_frames if self.options.streams else self.take_answer)()

    def take_answer(self):
        head, end, body = self.left.partition(b"\r\n\r\n")
        if not end:
            return
        lines = head.decode("latin1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        if len(body) < int(fields["content-length"]):
            return
        self.left = body[int(fields["content-length"]) :]
        self.answers.append((int(lines[0].split()[1]), self.came))

    def take_frames(self):
        at = 0
        while len(self.left) - at >= 9:
            size = int.from_bytes(self.left[at : at + 3], "big")
            if len(self.left) - at < 9 + size:
                break
            kind, flags = self.left[at + 3], self.left[at + 4]
            if kind == HEADERS and self.left[at + 9] != STATUS_200:
                raise SystemExit("an answer is not 200")
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                self.answers.append((200, self.came))
            if kind == SETTINGS and not flags:
                self.socket.sendall(frame(SETTINGS, 1, 0, b""))
            at += 9 + size
        self.left = self.left[at:]


def read_all(connections, until):
    """Until it says so, or all are answered."""
    poll = select.poll()
    waiting = {connection.fileno(): connection for connection in connections}
    for number in waiting:
        poll.register(number, select.POLLIN)
    while waiting and not until():
        for number, _ in poll.poll(100):
            connection = waiting[number]
            connection.read()
            if connection.is_answered():
                poll.unregister(number)
                del waiting[number]
                yield connection


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--first", required=True)
    parser.add_argument("--second", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--streams", type=int, default=0)
    options = parser.parse_args()
    connections = []
    for number in range(options.count // max(1, options.streams)):
        if number and number % AT_ONCE == 0:
            time.sleep(PAUSE)
        connections.append(Connection(options))
        connections[-1].ask(options.first)
    for connection in read_all(connections, lambda: False):
        connection.ask(options.second)
    print("asked", flush=True)

    def over():
        return bool(select.select([sys.stdin], [], [], 0)[0])

    if options.streams:
        list(read_all(connections, over))
    sys.stdin.read()
    for connection in connections:
        connection.read()
    print(json.dumps([answer for connection in connections for answer in connection.answers]))


main()
