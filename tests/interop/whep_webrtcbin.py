#!/usr/bin/python3
"""Plays a WHEP endpoint with GStreamer's webrtcbin and prints what it saw as JSON; exit code 1 when
nothing. Needs the gir1.2-gst-plugins-bad-1.0, gstreamer1.0-nice, -bad and -libav packages."""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstVideo", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstApp, GstSdp, GstVideo, GstWebRTC  # noqa: E402,F401

from playback import Playback, read_arguments  # noqa: E402
from whep_http import Refused, Session  # noqa: E402

VIDEO_CAPS = (
    "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,"
    "packetization-mode=(string)1,profile-level-id=(string)42e01f,"
    "rtcp-fb-nack=true,rtcp-fb-nack-pli=true,rtcp-fb-transport-cc=true,"
    "extmap-3=(string)http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)
AUDIO_CAPS = (
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,"
    "encoding-params=(string)2"
)
VIDEO_CHAIN = (
    "queue ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 ! "
    "appsink name=sink emit-signals=true sync=false max-buffers=30"
)
AUDIO_CHAIN = (
    "queue ! rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE,rate=48000 ! "
    "appsink name=sink emit-signals=true sync=false max-buffers=100"
)


class Player:
    def __init__(self, arguments, playback):
        self.arguments = arguments
        self.playback = playback
        self.session = Session(arguments.url, arguments.insecure)
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline()
        self.webrtc = Gst.ElementFactory.make("webrtcbin")
        self.webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.webrtc.set_property("latency", 100)
        self.pipeline.add(self.webrtc)
        self.webrtc.connect("pad-added", self.on_pad_added)
        self.started = False
        self.posted = False

    def run(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.on_error)
        self.pipeline.set_state(Gst.State.PLAYING)
        receive = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        for text in (VIDEO_CAPS, AUDIO_CAPS):
            transceiver = self.webrtc.emit("add-transceiver", receive, Gst.Caps.from_string(text))
            if "video" in text:
                transceiver.set_property("do-nack", True)  # offers RTX
        self.webrtc.connect("notify::ice-gathering-state", self.on_gathering)
        GLib.idle_add(self.create_offer)
        GLib.timeout_add(int(self.arguments.start_within * 1000), self.on_too_late)
        self.loop.run()
        state = self.webrtc.get_property("connection-state")
        self.playback.extra["connection"] = state.value_nick
        self.playback.extra["ice"] = self.webrtc.get_property("ice-connection-state").value_nick
        self.playback.delete_status = self.session.delete()
        self.pipeline.set_state(Gst.State.NULL)

    def fail(self, words):
        self.playback.error = self.playback.error or words
        self.loop.quit()

    def on_error(self, _bus, message):
        error, debug = message.parse_error()
        self.fail(f"{error.message} ({debug})")

    def on_too_late(self):
        if not self.started:
            self.fail(f"no video frame within {self.arguments.start_within} s")
        return False

    def create_offer(self):
        self.webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))
        return False

    def on_offer(self, promise):
        promise.wait()
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.webrtc.emit("set-local-description", offer, Gst.Promise.new())

    def on_gathering(self, _webrtc, _parameter):
        complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE
        if self.webrtc.get_property("ice-gathering-state") == complete:
            GLib.idle_add(self.post_once)

    def post_once(self):
        if not self.posted:
            self.posted = True
            self.exchange()
        return False

    def exchange(self):
        offer = self.webrtc.get_property("local-description").sdp.as_text()
        self.playback.posting()
        try:
            answer = self.session.post(offer)
        except Refused as error:
            self.fail(str(error))
            return
        self.playback.answered()
        self.playback.etag = self.session.etag
        if self.arguments.print_sdp:
            print(f"--- offer\n{offer}--- answer\n{answer}", file=sys.stderr)
        result, message = GstSdp.SDPMessage.new_from_text(answer)
        if result != GstSdp.SDPResult.OK:
            self.fail("webrtcbin cannot read the answer")
            return
        description = GstWebRTC.WebRTCSessionDescription.new(
            GstWebRTC.WebRTCSDPType.ANSWER, message
        )
        promise = Gst.Promise.new_with_change_func(self.on_answer_set)
        self.webrtc.emit("set-remote-description", description, promise)

    def on_answer_set(self, promise):
        promise.wait()
        reply = promise.get_reply()
        if reply is not None and reply.has_field("error"):
            words = reply.get_value("error").message
            GLib.idle_add(self.fail, f"webrtcbin refuses the answer: {words}")

    def on_pad_added(self, _webrtc, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps() or pad.query_caps()
        video = caps.get_structure(0).get_string("media") == "video"
        chain = Gst.parse_bin_from_description(VIDEO_CHAIN if video else AUDIO_CHAIN, True)
        sink = chain.get_by_name("sink")
        sink.connect("new-sample", self.on_picture if video else self.on_sound)
        self.pipeline.add(chain)
        pad.link(chain.get_static_pad("sink"))
        chain.sync_state_with_parent()

    def on_picture(self, sink):
        sample = sink.emit("pull-sample")
        info = GstVideo.VideoInfo.new_from_caps(sample.get_caps())
        ok, mapped = sample.get_buffer().map(Gst.MapFlags.READ)
        if ok:
            self.playback.video(mapped.data, info.stride[0], info.width, info.height)
            sample.get_buffer().unmap(mapped)
            if not self.started:
                self.started = True
                GLib.timeout_add(int(self.arguments.seconds * 1000), self.loop.quit)
        return Gst.FlowReturn.OK

    def on_sound(self, sink):
        sample = sink.emit("pull-sample")
        channels = sample.get_caps().get_structure(0).get_int("channels")[1]
        ok, mapped = sample.get_buffer().map(Gst.MapFlags.READ)
        if ok:
            self.playback.audio(mapped.data, len(mapped.data) // (2 * channels))
            sample.get_buffer().unmap(mapped)
        return Gst.FlowReturn.OK


def main():
    arguments = read_arguments(__doc__)
    Gst.init(None)
    playback = Playback(f"webrtcbin, GStreamer {Gst.version_string().split()[-1]}")
    watchdog = threading.Timer(
        arguments.start_within + arguments.seconds + 30, lambda: sys.exit("player hangs")
    )
    watchdog.daemon = True
    watchdog.start()
    Player(arguments, playback).run()
    sys.exit(playback.finish(arguments))


if __name__ == "__main__":
    main()
