#!/usr/bin/python3
"""Plays a WHEP endpoint with aiortc and prints what it saw as JSON; exit code 1 when nothing.

aiortc 1.4 speaks SRTP_AES128_CM_SHA1_80 only, no transport-cc, and its DTLS client hello is small.
"""

import asyncio
import os
import sys

import aiortc
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

import aioice_loopback  # noqa: F401
from playback import Playback, read_arguments
from whep_http import Refused, Session

async def watch(track, playback, playing):
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        if track.kind == "video":
            plane = frame.planes[0]  # yuv420p: the luma
            playback.video(memoryview(plane), plane.line_size, frame.width, frame.height)
            playing.set()
        else:
            playback.audio(memoryview(frame.planes[0]), frame.samples)


async def play(arguments, playback):
    # Without an empty list aiortc asks a public STUN server.
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    session = Session(arguments.url, arguments.insecure)
    playing = asyncio.Event()
    watchers = []

    @connection.on("track")
    def on_track(track):
        watchers.append(asyncio.ensure_future(watch(track, playback, playing)))

    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    try:
        await connection.setLocalDescription(await connection.createOffer())
        offer = connection.localDescription.sdp
        playback.posting()
        answer = await asyncio.get_running_loop().run_in_executor(None, session.post, offer)
        playback.answered()
        playback.etag = session.etag
        if arguments.print_sdp:
            print(f"--- offer\n{offer}--- answer\n{answer}", file=sys.stderr)
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await asyncio.wait_for(playing.wait(), arguments.start_within)
        await asyncio.sleep(arguments.seconds)
    except asyncio.TimeoutError:
        playback.error = f"no video frame within {arguments.start_within} s"
    except Refused as refused:
        playback.error = str(refused)
    finally:
        playback.extra["ice"] = connection.iceConnectionState
        playback.extra["connection"] = connection.connectionState
        playback.delete_status = await asyncio.get_running_loop().run_in_executor(
            None, session.delete
        )
        await asyncio.wait_for(connection.close(), 5)
        for watcher in watchers:
            watcher.cancel()


def main():
    arguments = read_arguments(__doc__)
    playback = Playback(f"aiortc {aiortc.__version__}")
    try:
        asyncio.run(play(arguments, playback))
    except Exception as error:  # the report must come out whatever happens
        playback.error = playback.error or f"{type(error).__name__}: {error}"
    code = playback.finish(arguments)
    os._exit(code)  # decoder threads of aiortc may hang on


if __name__ == "__main__":
    main()
