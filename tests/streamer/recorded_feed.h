// Feeds for tests, made by FFmpeg at run time: pictures with the marker (counter = number of the
// picture, time = its presentation time in ms), sound with a beep at every full second, encoded as
// a studio would and muxed as FLV, then taken apart into what ingest hands over.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/feed/feed_unit.h"
#include "core/media/marker.h"
#include "tests/support/temporary_folder.h"

namespace longmen::test {

struct FeedRecipe {
  int width = 640;
  int height = 360;
  int rate = 30;  // numerator; denominator below
  int rate_denominator = 1;
  double seconds = 2.6;
  std::string x264 = "-preset ultrafast -tune zerolatency -bf 0 -g 30";
  std::string pixels = "yuv420p";
  bool timecode = false;  // in SEI, from 00:00:00:00 on; encoded by GStreamer then, as it likes
  bool video = true;
  bool audio = true;
  int audio_rate = 48'000;
  int audio_channels = 2;
  bool talk = false;          // instead of beeps a sound whose level is never the same twice
  int64_t first_counter = 0;  // of the markers
  // From that second on: black, the same picture again, without a beep.
  double black_from = 1e9, still_from = 1e9, silent_from = 1e9;
};

struct RecordedFeed {
  std::vector<FeedTrack> tracks;
  std::vector<FeedUnit> units;  // in the order of the file; arrival is for whoever plays it
};

inline ByteSpan tag_body(const Bytes& flv, size_t position, size_t size) {
  return ByteSpan(flv).subspan(position, size);
}

// E.4 of "Video File Format Specification Version 10", as far as H.264 and AAC need it.
inline RecordedFeed take_flv_apart(const Bytes& flv) {
  RecordedFeed feed;
  const auto ms = [](int64_t value) { return Flicks(std::chrono::milliseconds(value)); };
  size_t position = 9 + 4;
  while (position + 11 <= flv.size()) {
    ByteReader head(ByteSpan(flv).subspan(position));
    const uint8_t type = head.u8();
    const size_t size = head.u24();
    const int64_t low = head.u24(), time = low | int64_t{head.u8()} << 24;
    ByteSpan body = tag_body(flv, position + 11, size);
    position += 11 + size + 4;
    const bool video = type == 9;
    if ((type != 8 && type != 9) || body.size() < (video ? 5U : 2U)) continue;
    const FeedCodec codec = video ? FeedCodec::kH264 : FeedCodec::kAac;
    const size_t skip = video ? 5 : 2;
    const Bytes data(body.begin() + static_cast<ptrdiff_t>(skip), body.end());
    if (body[1] == 0) {
      feed.tracks.push_back({codec, data});
    } else if (body[1] == 1) {
      FeedUnit unit;
      unit.codec = codec;
      unit.dts = ms(time);
      unit.pts = unit.dts;
      if (video) {
        const int32_t shifted = (body[2] << 24 | body[3] << 16 | body[4] << 8);
        unit.pts += ms(shifted >> 8);
      }
      unit.keyframe = !video || body[0] >> 4 == 1;
      unit.data = data;
      feed.units.push_back(std::move(unit));
    }
  }
  return feed;
}

inline void write_pictures(const FeedRecipe& recipe, const std::filesystem::path& file) {
  const size_t half_width = static_cast<size_t>((recipe.width + 1) / 2);
  const size_t half = half_width * static_cast<size_t>((recipe.height + 1) / 2);
  Bytes packed(static_cast<size_t>(recipe.width * recipe.height) + 2 * half, 128);
  std::ofstream out(file, std::ios::binary);
  const auto count =
      static_cast<int64_t>(recipe.seconds * recipe.rate / recipe.rate_denominator + 0.5);
  for (int64_t i = 0; i < count; ++i) {
    const double second = static_cast<double>(i) * recipe.rate_denominator / recipe.rate;
    if (second >= recipe.black_from)
      std::fill_n(packed.begin(), static_cast<ptrdiff_t>(recipe.width) * recipe.height, 16);
    if (second >= std::min(recipe.black_from, recipe.still_from)) {
      out.write(reinterpret_cast<const char*>(packed.data()),
                static_cast<std::streamsize>(packed.size()));
      continue;
    }
    for (int y = 0; y < recipe.height; ++y)
      for (int x = 0; x < recipe.width; ++x)
        packed[static_cast<size_t>(y * recipe.width + x)] =
            static_cast<uint8_t>(60 + (x + y + 3 * (i + recipe.first_counter)) % 128);
    const int64_t time_ms = i * 1000 * recipe.rate_denominator / recipe.rate;
    paint_marker({static_cast<uint64_t>(i + recipe.first_counter), static_cast<uint64_t>(time_ms)},
                 {packed.data(), recipe.width, recipe.height, recipe.width});
    out.write(reinterpret_cast<const char*>(packed.data()),
              static_cast<std::streamsize>(packed.size()));
  }
}

inline void run(const std::string& command) {
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

// FFmpeg's libx264 knows no timecode. GStreamer as it is installed, not as the streamer allows it.
inline void encode_with_timecode(const FeedRecipe& recipe, const std::string& pictures,
                                 const std::string& h264) {
  run(fmt::format(
      "env -u GST_PLUGIN_SYSTEM_PATH_1_0 -u GST_REGISTRY_1_0 -u GST_REGISTRY_UPDATE gst-launch-1.0 "
      "-q filesrc location={} "
      "! rawvideoparse format=i420 width={} height={} "
      "framerate={}/{} ! timecodestamper ! x264enc tune=zerolatency speed-preset=ultrafast "
      "key-int-max=30 bitrate=2000 option-string=pic-struct=1 ! video/x-h264,stream-format=avc "
      "! h264parse update-timecode=true ! video/x-h264,stream-format=byte-stream "
      "! filesink location={}",
      pictures, recipe.width, recipe.height, recipe.rate, recipe.rate_denominator, h264));
}

inline RecordedFeed record(const FeedRecipe& recipe) {
  const TemporaryFolder folder;
  const auto pictures = folder.path() / "pictures.yuv", flv = folder.path() / "feed.flv";
  const auto h264 = folder.path() / "pictures.h264";
  std::string command = "ffmpeg -v error -y";
  if (recipe.video) write_pictures(recipe, pictures);
  if (recipe.video && recipe.timecode) {
    encode_with_timecode(recipe, pictures.string(), h264.string());
    command +=
        fmt::format(" -framerate {}/{} -i {}", recipe.rate, recipe.rate_denominator, h264.string());
  } else if (recipe.video) {
    command += fmt::format(" -f rawvideo -pix_fmt yuv420p -s {}x{} -r {}/{} -i {}", recipe.width,
                           recipe.height, recipe.rate, recipe.rate_denominator, pictures.string());
  }
  if (recipe.audio) {
    const std::string level =
        recipe.talk ? "st(0,437*sin(13*floor(9*t)));pow(ld(0)-floor(ld(0)),2)" : "lt(mod(t,1),0.1)";
    command += fmt::format(
        " -f lavfi -i \"aevalsrc='st(1,{});0.5*ld(1)*lt(t,{})*sin(2*PI*1000*t)':s={}:d={}\" "
        "-c:a aac -b:a 128k -ac {}",
        level, recipe.silent_from, recipe.audio_rate, recipe.seconds, recipe.audio_channels);
  }
  if (recipe.video && recipe.timecode)
    command += " -c:v copy";
  else if (recipe.video)
    command += fmt::format(" -c:v libx264 {} -pix_fmt {}", recipe.x264, recipe.pixels);
  run(command + " -f flv " + flv.string());
  std::ifstream in(flv, std::ios::binary);
  return take_flv_apart(Bytes(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace longmen::test
