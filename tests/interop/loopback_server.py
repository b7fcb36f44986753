#!/usr/bin/python3
"""A WHEP server of aiortc that sends the marker and a tone: for trying the players of this folder
without Longmen. Prints its URL, then serves until it is killed or --seconds have passed."""

import argparse
import array
import asyncio
import fractions
import math
import time
import uuid

import numpy
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

import aioice_loopback  # noqa: F401
from marker import CELLS, ROWS_PER_PICTURE, encode_row

WIDTH, HEIGHT = 640, 360


class MarkerVideo(VideoStreamTrack):
    counter = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        picture = numpy.full((HEIGHT * 3 // 2, WIDTH), 128, numpy.uint8)
        picture[:HEIGHT] = 90
        rows = [encode_row(0xA5, self.counter), encode_row(0x5A, int(time.time() * 1000))]
        for row, data in enumerate(rows):
            bits = int.from_bytes(data, "big")
            top = row * HEIGHT // ROWS_PER_PICTURE
            bottom = (row + 1) * HEIGHT // ROWS_PER_PICTURE
            for cell in range(CELLS):
                left, right = cell * WIDTH // CELLS, (cell + 1) * WIDTH // CELLS
                picture[top:bottom, left:right] = 235 if bits >> (CELLS - 1 - cell) & 1 else 16
        self.counter += 1
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    at = 0
    begun = None

    async def recv(self):
        self.begun = self.begun or time.monotonic()
        await asyncio.sleep(max(0, self.begun + self.at / 48000 - time.monotonic()))
        tone = [
            int(8000 * math.sin(2 * math.pi * 1000 * (self.at + n) / 48000)) for n in range(960)
        ]
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(array.array("h", tone).tobytes())
        frame.pts, frame.sample_rate = self.at, 48000
        frame.time_base = fractions.Fraction(1, 48000)
        self.at += 960
        return frame


def without_extensions(offer):
    """aiortc 1.4 gives one id two meanings within a bundle, and then cannot read its own packets."""
    lines = [line for line in offer.splitlines() if not line.startswith("a=extmap:")]
    return "\r\n".join(lines) + "\r\n"


class Server:
    def __init__(self):
        self.sessions = {}

    async def answer(self, offer):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        await connection.setRemoteDescription(RTCSessionDescription(without_extensions(offer), "offer"))
        connection.addTrack(MarkerVideo())
        connection.addTrack(Tone())
        codecs = RTCRtpSender.getCapabilities("video").codecs
        h264 = [codec for codec in codecs if codec.mimeType in ("video/H264", "video/rtx")]
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(h264)
        await connection.setLocalDescription(await connection.createAnswer())
        name = str(uuid.uuid4())
        self.sessions[name] = connection
        return name, connection.localDescription.sdp

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n")[0].split(" ")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = (await reader.readexactly(int(fields.get("content-length", 0)))).decode()
        if method == "POST":
            try:
                name, answer = await self.answer(body)
            except Exception as error:
                name, answer = None, f"{type(error).__name__}: {error}"
            text = (
                f"HTTP/1.1 {'201 Created' if name else '500 Failed'}\r\nContent-Type: application/sdp\r\nETag: \"{name}\"\r\n"
                f"Location: /session/{name}\r\nContent-Length: {len(answer)}\r\n"
                f"Connection: close\r\n\r\n{answer}"
            )
        else:
            connection = self.sessions.pop(path.split("/")[-1], None)
            if connection:
                await connection.close()
            status = "200 OK" if connection else "404 Not Found"
            text = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(text.encode())
        await writer.drain()
        writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    listener = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/whep/main", flush=True)
    await asyncio.sleep(arguments.seconds)


if __name__ == "__main__":
    asyncio.run(main())
