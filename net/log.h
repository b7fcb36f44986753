// Sets up the process' log (spdlog's default logger), on standard error: a line of text for people,
// or one JSON object a line. Messages are words followed by key=value pairs ("viewer gone
// channel=main reason="consent lost""); in JSON each pair is also a field of its own.
// Nobody who logs waits for whoever reads: a thread of its own writes, what waits for it is bounded
// (1 MiB), and what does not fit is counted and told. A process that ends leaves time for its last
// words; one that is aborted may lose those of its last instant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace longmen {

// `level` and `format` as in config/longmen.toml; `process` is what is said of the origin
// ("relay", "streamer main"). May be called again while other threads log: there is one logger for
// the life of the process, and only its level and its format change.
void set_up_log(std::string_view process, const std::string& level, const std::string& format);

// Lines that nobody read in time, since the process began.
uint64_t log_lines_lost();

// The JSON object of a message, without time and level: {"message":...,"channel":...}.
std::string log_fields_json(std::string_view message);

}  // namespace longmen
