#!/usr/bin/env python3
"""Floods a UDP port of this machine's loopback with junk at a steady rate, for --seconds.

STUN of no viewer, STUN cut short, ClientHellos, DTLS, RTP and SRTCP of noise, and plain noise, from
forged loopback addresses (127.0.0.0/8, any port); every eighth packet in the name of a socket that
is connected to that port, as a viewer's is, if there are any. Forging needs a raw socket
(root); without one, 64 sockets at as many loopback addresses send. Prints what was sent as JSON.

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
    "dtls": lambda rng: noise(rng, rng.randrange(20, 64)),
    "rtp": lambda rng: noise(rng, 0x80, 96 + rng.randrange(32)),
    "srtcp": lambda rng: noise(rng, 0x80, 200 + rng.randrange(7)),
    "noise": lambda rng: noise(rng, rng.randrange(64, 128)),
}


def viewers_of(port):
    """The ports of this machine's sockets that are connected to it (/proc/net/udp)."""
    found = []
    with open("/proc/net/udp", encoding="ascii") as table:
        for line in list(table)[1:]:
            _, local, remote = line.split()[:3]
            if int(remote.split(":")[1], 16) == port:
                found.append(int(local.split(":")[1], 16))
    return found


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
    payloads = [makers[i % len(makers)](rng) for i in range(POOL)]
    target = ("127.0.0.1", options.port)
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
        senders = [raw]
        viewers = viewers_of(options.port)
        pool = []
        for i, payload in enumerate(payloads):
            source = f"127.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
            source_port = rng.randrange(1024, 65536)
            if viewers and i % 8 == 0:
                source, source_port = "127.0.0.1", rng.choice(viewers)
            pool.append(ip_packet(source, source_port, options.port, payload))
    except PermissionError:
        viewers, senders, pool = [], [], payloads
        for i in range(64):
            senders.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            senders[-1].bind((f"127.{1 + i % 250}.{i}.{1 + i}", 0))
    sent = refused = 0
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < options.seconds:
        for i in range(sent + refused, int(now * options.rate)):
            try:
                senders[i % len(senders)].sendto(pool[i % POOL], target)
                sent += 1
            except OSError:
                refused += 1
        time.sleep(TURN)
    result = {"sent": sent, "refused": refused, "seconds": now, "rate": sent / now}
    print(json.dumps({**result, "forged": len(senders) == 1, "viewers": len(viewers)}))


main()
