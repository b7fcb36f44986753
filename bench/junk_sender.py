#!/usr/bin/env python3
"""Floods a UDP port of this machine's loopback with junk at a steady rate, for --seconds.

STUN of no viewer, STUN cut short, ClientHellos, fatal alerts in the clear, DTLS, RTP and SRTCP of
noise, and plain noise, from forged loopback addresses (127.0.0.0/8, any port); every eighth packet
in the name of a socket that is connected to that port, as a viewer's is, if there are any. Which
those are is looked at 20 times a second, so that who joins meets junk in its own name before and
while it shakes hands. Forging needs a raw socket (root); without one, 64 sockets at as many
loopback addresses send. Prints what was sent as JSON.

  bench/junk_sender.py --port 8189 [--rate 50000] [--seconds 10] [--seed 1]
"""
import argparse
import json
import random
import socket
import struct
import time

POOL = 8192
TURN = 0.002
LOOK = 0.05  # at who is there
NEWEST = 64  # of whom half of what is forged in a viewer's name is sent in theirs
UDP = 17


def stun(rng):
    username = b"%08x:%08x" % (rng.getrandbits(32), rng.getrandbits(32))
    attributes = struct.pack(">HH", 6, len(username)) + username + b"\0" * (-len(username) % 4)
    attributes += struct.pack(">HHI", 0x24, 4, 1) + struct.pack(">HHQ", 0x802A, 8, 1)
    attributes += struct.pack(">HH", 8, 20) + rng.randbytes(20)
    return struct.pack(">HHI", 1, len(attributes), 0x2112A442) + rng.randbytes(12) + attributes


def client_hello(rng):
    body = b"\xfe\xfd" + rng.randbytes(32) + b"\0\0" + struct.pack(">HHBB", 2, 0xC02B, 1, 0)
    body += struct.pack(">H", 9) + struct.pack(">HHHHB", 14, 5, 2, 7, 0)
    message = b"\1" + struct.pack(">I", len(body))[1:] + b"\0\0" + b"\0\0\0"
    message += struct.pack(">I", len(body))[1:] + body
    return b"\x16\xfe\xff" + bytes(8) + struct.pack(">H", len(message)) + message


def noise(rng, first, second=None):
    size = rng.choice((12, 28, 60, 200, 600, 1200))
    start = bytes([first]) if second is None else bytes([first, second])
    return start + rng.randbytes(size - len(start))


KINDS = {
    "stun": stun,
    "stun cut short": lambda rng: stun(rng)[: rng.randrange(1, 60)],
    "client hello": client_hello,
    "fatal alert": lambda rng: b"\x15\xfe\xfd" + bytes(7) + rng.randbytes(1) + b"\0\2\2\x28",
    "dtls": lambda rng: noise(rng, rng.randrange(20, 64)),
    "rtp": lambda rng: noise(rng, 0x80, 96 + rng.randrange(32)),
    "srtcp": lambda rng: noise(rng, 0x80, 200 + rng.randrange(7)),
    "noise": lambda rng: noise(rng, rng.randrange(64, 128)),
}


def viewers_of(port):
    """The ports of this machine's sockets that are connected to it (/proc/net/udp)."""
    found = []
    suffix = f":{port:04X} "
    with open("/proc/net/udp", encoding="ascii") as table:
        for line in table:
            if suffix in line:
                _, local, remote = line.split()[:3]
                if remote.endswith(suffix[:-1]):
                    found.append(int(local.split(":")[1], 16))
    return found


class Viewers:
    """Who is connected to a port, in the order in which they were seen first."""

    def __init__(self, port):
        self.port = port
        self.ports = []
        self.seen = set()
        self.look_at = 0

    def look(self, now):
        if now < self.look_at:
            return
        self.look_at = now + LOOK
        there = set(viewers_of(self.port))
        before = set(self.ports)
        self.ports = [port for port in self.ports if port in there] + list(there - before)
        self.seen |= there

    def choose(self, rng):
        """Half of the time one of the newest."""
        return rng.choice(self.ports[-NEWEST:] if rng.randrange(2) else self.ports)


def ip_packet(source, source_port, port, payload):
    udp = struct.pack(">HHHH", source_port, port, 8 + len(payload), 0) + payload
    addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1")
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0) + addresses + udp


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    makers = list(KINDS.values())
    payloads = [rng.choice(makers)(rng) for _ in range(POOL)]
    target = ("127.0.0.1", options.port)
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        senders = [raw]
        viewers = Viewers(options.port)
        pool = []
        for payload in payloads:
            source = f"127.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
            pool.append(ip_packet(source, rng.randrange(1024, 65536), options.port, payload))
    except PermissionError:
        viewers, senders, pool = None, [], payloads
        for i in range(64):
            senders.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            senders[-1].bind((f"127.{1 + i % 250}.{i}.{1 + i}", 0))
    sent = refused = in_names = 0
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < options.seconds:
        if viewers:
            viewers.look(now)
        for i in range(sent + refused, int(now * options.rate)):
            packet = pool[i % POOL]
            if viewers and viewers.ports and i % 8 == 0:
                name = viewers.choose(rng)
                packet = ip_packet("127.0.0.1", name, options.port, payloads[i % POOL])
                in_names += 1
            try:
                senders[i % len(senders)].sendto(packet, target)
                sent += 1
            except OSError:
                refused += 1
        time.sleep(TURN)
    result = {"sent": sent, "refused": refused, "seconds": now, "rate": sent / now}
    forged = {"forged": viewers is not None, "viewers": len(viewers.seen) if viewers else 0}
    print(json.dumps({**result, **forged, "in_names_of_viewers": in_names}))


main()
