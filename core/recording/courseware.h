// Courseware: files that are attached to a recording, slides and papers, pictures and tables.
// Decides which names and kinds are taken: those in a list, by the end of the name, when the file
// begins as its kind does; nothing that a browser would run. And the list of what a recording has,
// courseware.json in its folder. Pure. Bounds: kMaxCourseware, kMaxCoursewareNameBytes.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::recording {

inline constexpr size_t kMaxCourseware = 100;  // of a recording
inline constexpr size_t kMaxCoursewareNameBytes = 200;
inline constexpr size_t kCoursewareHeadBytes = 16;  // that tell its kind

struct Courseware {
  std::string id;    // a recording's id's letters: core/recording/recording_info.h
  std::string name;  // as it was given, "讲义.pdf"
  std::string type;  // of media
  uint64_t bytes = 0;
  std::string sha256;  // hexadecimal
  int64_t added_ms = 0;
  bool operator==(const Courseware&) const = default;
};

// How much is taken, as a node is configured.
struct CoursewareLimits {
  uint64_t file_bytes = 0;
  uint64_t recording_bytes = 0;  // of all files
};
// Whether all of `files` are taken; the words name the first one that is not, and the limit.
Result<void> check_courseware_limits(const std::vector<Courseware>& files,
                                     const CoursewareLimits& limits);

// The media type of a file of that name which begins so; the words say what is wrong with either.
Result<std::string> courseware_type(std::string_view name, ByteSpan head);

boost::json::object to_json(const Courseware& file);
// {"courseware":[…]}
std::string write_courseware(const std::vector<Courseware>& files);
// What is none is an error, and so is too much.
Result<std::vector<Courseware>> read_courseware(std::string_view json);

}  // namespace longmen::recording
