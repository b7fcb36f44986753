// The part of the API's description that is about the files of recordings: courseware, packages,
// clips. Text of JSON objects without their braces, for control/openapi.cc to put in its place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_recording_files_paths();
std::string_view openapi_recording_files_schemas();

}  // namespace longmen
