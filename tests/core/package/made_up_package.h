// A package of a made-up recording, as a gateway lays it out, and its files, to be altered.
#pragma once

#include <fmt/format.h>

#include "core/base/hex.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"
#include "core/package/package_reader.h"
#include "tests/core/recording/made_up_recording.h"

namespace longmen::test {

struct MadeUpPackage {
  struct File {
    std::string path;
    Bytes bytes;
  };

  MadeUpPackage() : recording(4) {
    recording.info.end_ms = (kN0 + 4) * 1000;
    for (size_t i = 0; i < recording.tracks.size(); ++i) {
      std::vector<int64_t> numbers;
      for (const auto& [number, segment] : recording.tracks[i].segments())
        numbers.push_back(number);
      for (const int64_t number : numbers)
        if (recording.tracks[i].find(number)->is_whole())
          recording.tracks[i].set_sha256(number, sha256_digest(segment(i, number)));
    }
  }

  Bytes segment(size_t track, int64_t number) const {
    const recording::RecordedSegment* of = recording.tracks[track].find(number);
    const Bytes& file = recording.files.at({track, of->file()});
    Bytes bytes;
    for (const recording::RecordedPart& part : of->parts) {
      const auto from = file.begin() + static_cast<ptrdiff_t>(part.offset);
      bytes.insert(bytes.end(), from, from + part.bytes);
    }
    return bytes;
  }
  size_t segment_count() const {
    size_t count = 0;
    for (const auto& track : recording.tracks)
      for (const auto& [number, segment] : track.segments())
        count += recording.info.shows(number);
    return count;
  }
  void drop_last_part(size_t track, int64_t number) {
    recording::RecordedSegment segment = *recording.tracks[track].find(number);
    segment.parts.back() = {};
    segment.sha256 = {};
    recording.tracks[track].put(segment);
  }

  std::vector<File> files() const {
    package::PackageHead head;
    head.info = package::exported_info(recording.info);
    head.talk = {{"title", "灌溉"}};
    for (const recording::WrittenCaptions& each : captions)
      head.captions.push_back(each.track);
    head.courseware = {{"c0ffee", "讲义.pdf", "application/pdf", courseware_text.size(),
                        sha256_hex(courseware_text), 5}};
    std::vector<recording::RecordedTrack> tracks;
    recording::InitDigests inits;
    std::vector<File> media, index;
    for (size_t i = 0; i < recording.tracks.size(); ++i) {
      tracks.push_back(package::exported_track(recording.info, recording.tracks[i]));
      Bytes records;
      for (const auto& [number, each] : tracks[i].segments()) {
        recording::write_segment_record(each, records);
        inits[recording::init_name_of(each.init)] = sha256_digest(*recording.inits.at(each.init));
        if (!each.is_whole()) head.partial[{i, number}] = sha256_digest(segment(i, number));
        media.push_back(
            {package::segment_path(recording.info.tracks[i].name, number), segment(i, number)});
      }
      index.push_back({recording.info.tracks[i].name + ".index", records});
    }
    std::vector<File> all;
    all.push_back({"package.json", bytes_of(package::write_head(head))});
    all.push_back({"manifest.json", bytes_of(recording::write_manifest(head.info, tracks, inits))});
    for (const auto& [name, unused] : inits)
      all.push_back({"init-" + name + ".mp4", *recording.inits.at(*recording::init_number(name))});
    all.insert(all.end(), index.begin(), index.end());
    all.insert(all.end(), media.begin(), media.end());
    for (const recording::WrittenCaptions& each : captions)
      all.push_back({package::captions_path(each.track.language), bytes_of(each.file)});
    all.push_back({"courseware/c0ffee", bytes_of(courseware_text)});
    return all;
  }
  static Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
  static Bytes tar_of(const std::vector<File>& files) {
    Bytes tar;
    for (const File& file : files) {
      const Bytes header = package::tar_header(file.path, file.bytes.size());
      tar.insert(tar.end(), header.begin(), header.end());
      tar.insert(tar.end(), file.bytes.begin(), file.bytes.end());
      tar.resize(tar.size() + package::tar_padding(file.bytes.size()));
    }
    tar.resize(tar.size() + package::kTarEndBytes);
    return tar;
  }
  Bytes tar() const { return tar_of(files()); }

  MadeUpRecording recording;
  std::vector<recording::WrittenCaptions> captions;
  std::string courseware_text = "%PDF-1.7 made up";
};

}  // namespace longmen::test
