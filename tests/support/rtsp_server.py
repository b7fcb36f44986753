# A camera: serves one RTSP address with a moving picture and a tone, for a user with a password.
# Arguments: port (0: any), user, password, what encodes and packs the sound; a UDP port, if what it shows is to be the
# MPEG-TS that comes in there (H.264 and AAC, so that the sound is packed alone). Prints "ready" and its port when it serves.
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PIPELINE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay name=pay0 pt=96"
    " audiotestsrc is-live=true wave=ticks ! {sound} name=pay1 )"
)

RELAYED = (
    "( udpsrc address=127.0.0.1 port={relayed} caps=video/mpegts,systemstream=true,packetsize=188"
    " ! tsdemux name=both latency=100 both. ! queue ! h264parse ! rtph264pay name=pay0 pt=96"
    " config-interval=-1 both. ! queue ! {sound} name=pay1 )"
)


def main():
    port, user, password, sound = sys.argv[1:5]
    relayed = sys.argv[5:6]
    pipeline = RELAYED if relayed else PIPELINE
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(port)
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.set_supported_methods(2)  # digest
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(pipeline.format(sound=sound, relayed="".join(relayed)))
    factory.set_shared(bool(relayed))
    factory.add_role_from_structure(
        Gst.Structure.new_from_string(
            "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )
    )
    server.get_mount_points().add_factory("/hall", factory)
    if server.attach(None) == 0:
        sys.exit(f"port {port} cannot be had")
    print("ready", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
