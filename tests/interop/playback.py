"""What a foreign player has seen and heard, and whether that counts as playing."""

import argparse
import array
import json
import sys
import time

from marker import MarkerLog


def read_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("url", help="WHEP endpoint, such as http://127.0.0.1:8080/whep/main")
    parser.add_argument("--seconds", type=float, default=5, help="how long to play after the first frame")
    parser.add_argument("--start-within", type=float, default=10, help="seconds for the first frame")
    parser.add_argument("--min-video-frames", type=int, default=1)
    parser.add_argument("--min-audio-frames", type=int, default=1)
    parser.add_argument("--require-marker", action="store_true", help="fail when no marker is readable")
    parser.add_argument("--insecure", action="store_true", help="do not verify the HTTPS certificate")
    parser.add_argument("--print-sdp", action="store_true", help="offer and answer to stderr")
    return parser.parse_args()


class Playback:
    def __init__(self, player):
        self.player = player
        self.posted_at = None
        self.answer_ms = None
        self.first_video_ms = None
        self.first_audio_ms = None
        self.video_frames = 0
        self.arrivals = []  # of frames, in seconds
        self.audio_frames = 0
        self.audio_samples = 0
        self.audio_peak = 0
        self.sizes = []
        self.marker = MarkerLog()
        self.error = None
        self.etag = None
        self.delete_status = None
        self.extra = {}

    def posting(self):
        self.posted_at = time.monotonic()

    def since_post_ms(self):
        return round((time.monotonic() - self.posted_at) * 1000, 1)

    def answered(self):
        self.answer_ms = self.since_post_ms()

    def video(self, luma, stride, width, height):
        if self.first_video_ms is None:
            self.first_video_ms = self.since_post_ms()
        self.video_frames += 1
        self.arrivals.append(time.monotonic())
        if [width, height] not in self.sizes:
            self.sizes.append([width, height])
        self.marker.add(luma, stride, width, height)

    def steady_fps(self):
        """Frames a second once the cached GOP of the join is over: after the first second."""
        late = [at for at in self.arrivals if at > self.arrivals[0] + 1]
        if len(late) < 2 or late[-1] - late[0] < 1:
            return None
        return round((len(late) - 1) / (late[-1] - late[0]), 2)

    def audio(self, samples_s16, samples):
        """`samples_s16`: bytes of native 16-bit samples; `samples`: how many a channel."""
        if self.first_audio_ms is None:
            self.first_audio_ms = self.since_post_ms()
        self.audio_frames += 1
        self.audio_samples += samples
        values = array.array("h", bytes(samples_s16))
        if values:
            self.audio_peak = max(self.audio_peak, max(values), -min(values))

    def finish(self, arguments):
        """Prints the report, returns the exit code."""
        if self.error is None:
            if self.video_frames < arguments.min_video_frames:
                self.error = f"{self.video_frames} video frames"
            elif self.audio_frames < arguments.min_audio_frames:
                self.error = f"{self.audio_frames} audio frames"
            elif arguments.require_marker and self.marker.read == 0:
                self.error = "no marker was readable"
        report = {
            "player": self.player,
            "ok": self.error is None,
            "error": self.error,
            "answer_ms": self.answer_ms,
            "first_frame_ms": self.first_video_ms,
            "first_audio_ms": self.first_audio_ms,
            "video_frames": self.video_frames,
            "steady_fps": self.steady_fps() if self.arrivals else None,
            "width": self.sizes[-1][0] if self.sizes else None,
            "height": self.sizes[-1][1] if self.sizes else None,
            "sizes": self.sizes,
            "audio_frames": self.audio_frames,
            "audio_samples": self.audio_samples,
            "audio_peak": self.audio_peak,
            "marker": self.marker.report(),
            "etag": self.etag,
            "delete_status": self.delete_status,
            **self.extra,
        }
        print(json.dumps(report))
        sys.stdout.flush()
        return 0 if self.error is None else 1
