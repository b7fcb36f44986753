"""Plays an HLS stream with GStreamer's playbin3, which takes hlsdemux2, for some seconds of pictures.

hls_playbin.py URL SECONDS; prints one line of JSON: pictures, sounds (buffers that came to the
sinks), backwards (of their times), error (words, empty when there was none).
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

PATIENCE_SECONDS = 45
FRAMES_PER_SECOND = 30


def main():
    url, seconds = sys.argv[1], float(sys.argv[2])
    Gst.init(None)
    loop = GLib.MainLoop()
    seen = {"pictures": 0, "sounds": 0, "backwards": 0, "error": ""}
    last = {}

    def count(_, buffer, pad, kind):
        seen[kind] += 1
        # Running time: segments of a live stream may begin anew.
        event = pad.get_sticky_event(Gst.EventType.SEGMENT, 0)
        time = event.parse_segment().to_running_time(Gst.Format.TIME, buffer.pts)
        seen["backwards"] += time < last.get(kind, 0)
        last[kind] = time
        if seen["pictures"] >= seconds * FRAMES_PER_SECOND:
            GLib.idle_add(loop.quit)

    def sink(kind):
        element = Gst.ElementFactory.make("fakesink")
        element.set_property("sync", True)
        element.set_property("signal-handoffs", True)
        element.connect("handoff", count, kind)
        return element

    def on_message(_, message):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            seen["error"] = f"{error.message} {debug}"
            loop.quit()

    player = Gst.ElementFactory.make("playbin3")
    player.set_property("uri", url)
    player.set_property("video-sink", sink("pictures"))
    player.set_property("audio-sink", sink("sounds"))
    bus = player.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    player.set_state(Gst.State.PLAYING)
    GLib.timeout_add_seconds(PATIENCE_SECONDS, loop.quit)
    loop.run()
    player.set_state(Gst.State.NULL)
    print(json.dumps(seen))


main()
