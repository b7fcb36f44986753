#!/usr/bin/env python3
"""Processor time of the streamer process against the same elements in a bare gst-launch-1.0 line.

Both decode the same 720p 29.97 fps feed with AAC, and encode the default ladder (720p, 480p, 360p),
Opus and AAC, in real time, one after the other, a few times over; the start is left out. Prints
processor time per second of programme, the ratio (goal: at most 1.10), how long the streamer took to
its first picture, and its encoders' latency. Asserts nothing about time.

  bench/streamer_bench.py [--longmen build/release/longmen] [--seconds 15] [--rounds 4]

Needs ffmpeg and gst-launch-1.0. Speaks the streamer's own protocol as its supervisor, ingest and
relay (net/message.h, net/link.cc).
"""
import argparse
import array
import json
import os
import re
import selectors
import socket
import struct
import subprocess
import tempfile
import time

FLICKS = 705_600_000
CONFIGURE, CLOCK, LINK, STOP, COLLECT = 1, 2, 4, 5, 6
METRICS, TRACK, UNIT, GENERATION, MEDIA_UNIT = 35, 96, 97, 128, 129
SETTLE = 3.0  # seconds of the programme that are not measured

LADDER = [("720p", 1280, 720, 2000), ("480p", 854, 480, 1000), ("360p", 640, 360, 500)]


class Link:
    """One end of a link between processes (net/link.cc)."""

    def __init__(self, sock):
        self.sock = sock
        self.partial = b""

    def send(self, kind, body=b"", fd=None):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        header = struct.pack(">HHI", kind, 0, len(body))
        chunks = [body[i:i + 60 * 1024] for i in range(0, len(body), 60 * 1024)] or [b""]
        for chunk in chunks:
            ancillary = []
            if fd is not None:
                rights = array.array("i", [fd])
                ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
                fd = None
            self.sock.sendmsg([header, chunk], ancillary)

    def receive(self):
        """(kind, body), or None when the message is not whole yet; raises EOFError at the end."""
        data = self.sock.recv(70000)
        if not data:
            raise EOFError
        kind, _, size = struct.unpack(">HHI", data[:8])
        self.partial += data[8:]
        if len(self.partial) < size:
            return None
        body, self.partial = self.partial, b""
        return kind, body


def link_pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def make_feed(path, seconds):
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
         f"testsrc2=s=1280x720:r=30000/1001:d={seconds},noise=alls=8:allf=t", "-f", "lavfi", "-i",
         f"anoisesrc=c=pink:a=0.1:r=48000:d={seconds}", "-c:v", "libx264", "-preset", "veryfast",
         "-tune", "zerolatency", "-b:v", "3M", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac",
         "-b:a", "128k", "-ac", "2", "-f", "flv", path], check=True)


def read_flv(path):
    """Tracks as (codec, config), units as (dts ms, codec, pts ms, keyframe, data)."""
    data = open(path, "rb").read()
    tracks, units, at = [], [], 13
    while at + 11 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1:at + 4], "big")
        dts = int.from_bytes(data[at + 4:at + 7], "big") | data[at + 7] << 24
        body = data[at + 11:at + 11 + size]
        at += 11 + size + 4
        if kind == 9 and body[0] & 15 == 7:
            if body[1] == 0:
                tracks.append((1, body[5:]))
            elif body[1] == 1:
                shift = int.from_bytes(body[2:5], "big", signed=True)
                units.append((dts, 1, dts + shift, body[0] >> 4 == 1, body[5:]))
        elif kind == 8 and body[0] >> 4 == 10:
            if body[1] == 0:
                tracks.append((2, body[2:]))
            else:
                units.append((dts, 2, dts, True, body[2:]))
    return tracks, units


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Streamer:
    def __init__(self, binary):
        self.supervisor_socket, child = link_pair()
        self.started = time.monotonic()

        def as_descriptor_3():  # where a role expects its link
            os.dup2(child.fileno(), 3)
            os.set_inheritable(3, True)

        self.process = subprocess.Popen([binary, "streamer", "--channel", "main"],
                                        pass_fds=[3], preexec_fn=as_descriptor_3)
        child.close()
        self.supervisor = Link(self.supervisor_socket)
        channel = {
            "id": "main", "name": "Bench", "frames_per_second": 30, "gop_seconds": 1,
            "video": [{"name": n, "width": w, "height": h, "bitrate_kbps": k}
                      for n, w, h, k in LADDER],
            "opus_kbps": 96, "aac_kbps": 128}
        mono = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        media = time.time_ns() * 7056 // 10000
        self.supervisor.send(CLOCK, {"version": 1, "current": {
            "mono_ns": mono, "media_flicks": media, "ppm": 0}})
        self.supervisor.send(CONFIGURE, {"version": 1, "node": {"log_level": "warn"},
                                         "channels": [channel]})
        self.ingest, self.relay = self.link("ingest"), self.link("relay")
        self.first_picture = None
        self.units = self.bytes = 0
        self.metrics = ""
        self.selector = selectors.DefaultSelector()
        for link in (self.supervisor, self.relay):
            self.selector.register(link.sock, selectors.EVENT_READ, link)

    def link(self, peer):
        mine, theirs = link_pair()
        self.supervisor.send(LINK, {"peer": peer, "channel": "main"}, theirs.fileno())
        theirs.close()
        return Link(mine)

    def take(self, until):
        """Reads what the streamer says until then."""
        while (left := until - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                message = key.data.receive()
                if message is None:
                    continue
                kind, body = message
                if kind == MEDIA_UNIT:
                    if self.first_picture is None and body[1] < 8:
                        self.first_picture = time.monotonic() - self.started
                    self.units += 1
                    self.bytes += len(body)
                elif kind == METRICS:
                    self.metrics = body[8:].decode()

    def run(self, tracks, units):
        """Processor seconds and wall seconds after the settling time."""
        for codec, config in tracks:
            self.ingest.send(TRACK, bytes([2, 0, codec]) + config)
        start = time.monotonic()
        measured = None
        for dts, codec, pts, keyframe, data in units:
            self.take(start + dts / 1000)
            now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            flicks = FLICKS // 1000
            self.ingest.send(UNIT, struct.pack(">BBBBqqq", 2, 0, codec, int(keyframe),
                                               dts * flicks, pts * flicks, now_ns) + data)
            if measured is None and time.monotonic() - start > SETTLE:
                measured = (cpu_seconds(self.process.pid), time.monotonic())
        cpu = cpu_seconds(self.process.pid) - measured[0]
        wall = time.monotonic() - measured[1]
        self.supervisor.send(COLLECT, {"request": 1})
        self.take(time.monotonic() + 0.3)
        self.supervisor.send(STOP)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return cpu, wall


def run_gst_launch(path):
    x264 = ("x264enc threads=1 speed-preset=superfast trellis=false tune=zerolatency "
            "bitrate={} "
            "vbv-buf-capacity=300 key-int-max=30 qp-min=18 bframes=0 aud=false byte-stream=true "
            "option-string=scenecut=0:stitchable=1 "
            "! video/x-h264,stream-format=byte-stream,alignment=au,profile=high "
            "! fakesink sync=true")
    line = ("filesrc location={} ! flvdemux name=d "
            "d.video ! queue ! h264parse ! avdec_h264 max-threads=2 thread-type=slice "
            "std-compliance=normal output-corrupt=false qos=false ! deinterlace mode=auto "
            "! videoconvertscale add-borders=true qos=false "
            "! video/x-raw,format=I420,width=1280,height=720,pixel-aspect-ratio=1/1,"
            "colorimetry=bt709 ! tee name=t0 "
            "t0. ! queue ! videoscale ! video/x-raw,width=854,height=480,pixel-aspect-ratio=1/1 "
            "! tee name=t1 t0. ! queue ! {} "
            "t1. ! queue ! videoscale ! video/x-raw,width=640,height=360,pixel-aspect-ratio=1/1 "
            "! {} t1. ! queue ! {} "
            "d.audio ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample "
            "! audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved ! tee name=a "
            "a. ! queue ! audioconvert dithering=none ! opusenc frame-size=20 bitrate=96000 "
            "inband-fec=true packet-loss-percentage=5 ! fakesink sync=true "
            "a. ! queue ! avenc_aac bitrate=128000 ! fakesink sync=true").format(
                path, x264.format(2000), x264.format(500), x264.format(1000))
    process = subprocess.Popen(["gst-launch-1.0", "-q"] + line.split())
    start = time.monotonic()
    time.sleep(SETTLE)
    cpu, began = cpu_seconds(process.pid), time.monotonic()
    last = (cpu, began)
    while process.poll() is None:
        try:
            last = (cpu_seconds(process.pid), time.monotonic())
        except (FileNotFoundError, ProcessLookupError, IndexError):
            break
        time.sleep(0.02)
    process.wait()
    if process.returncode != 0 or time.monotonic() - start < SETTLE:
        raise SystemExit("gst-launch-1.0 failed")
    return last[0] - cpu, last[1] - began


def latencies(metrics):
    """Mean and the bucket that holds the 95th percentile, by rendition."""
    lines = []
    for name, *_ in LADDER:
        pick = lambda suffix: re.findall(
            r'longmen_encode_latency_seconds_%s\{[^}]*rendition="%s"[^}]*\} ([0-9.e+-]+)'
            % (suffix, name), metrics)
        count, total = pick("count"), pick("sum")
        if not count or float(count[0]) == 0:
            continue
        buckets = re.findall(
            r'longmen_encode_latency_seconds_bucket\{[^}]*rendition="%s"[^}]*le="([^"]+)"\} (\d+)'
            % name, metrics)
        most = next((le for le, n in buckets if int(n) >= 0.95 * float(count[0])), "?")
        mean = float(total[0]) / float(count[0])
        lines.append(f"  {name}: mean {1000 * mean:.1f} ms, 95 % within {most} s")
    return lines


def main():
    parser = argparse.ArgumentParser()
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--longmen", default=os.path.join(here, "build/release/longmen"))
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "feed.flv")
        make_feed(path, options.seconds + SETTLE)
        tracks, units = read_flv(path)
        ours = bare = ours_wall = bare_wall = 0.0
        firsts = []
        for _ in range(options.rounds):
            streamer = Streamer(options.longmen)
            cpu, wall = streamer.run(tracks, units)
            ours, ours_wall = ours + cpu, ours_wall + wall
            firsts.append(streamer.first_picture)
            cpu, wall = run_gst_launch(path)
            bare, bare_wall = bare + cpu, bare_wall + wall
        slots = re.findall(r"longmen_streamer_(slots|dropped|repeated)_total\{[^}]*\} (\S+)",
                           streamer.metrics)
        print(f"streamer:       {ours / ours_wall:.3f} s of processor a second")
        print(f"gst-launch-1.0: {bare / bare_wall:.3f} s of processor a second")
        print(f"ratio: {(ours / ours_wall) / (bare / bare_wall):.3f} (goal: at most 1.10)")
        print("first picture after start: " + ", ".join(f"{1000 * f:.0f} ms" for f in firsts))
        print("slots of the last round: " + ", ".join(f"{name} {value}" for name, value in slots))
        print("encode latency of the last round, from slot to access unit:")
        print("\n".join(latencies(streamer.metrics)))


if __name__ == "__main__":
    main()
