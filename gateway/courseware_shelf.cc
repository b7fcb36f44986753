#include "gateway/courseware_shelf.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "core/base/hex.h"
#include "gateway/attachment.h"
#include "gateway/json_text.h"
#include "gateway/name_in_use.h"
#include "gateway/range_answer.h"
#include "net/state_file.h"
#include "net/system_random.h"

namespace longmen {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using recording::Courseware;

constexpr uint64_t kCoursewareMegabyte = 1 << 20;
constexpr size_t kIdBytes = 8;
const json::object kNothing;

std::string courseware_list(const std::vector<Courseware>& files,
                            const CoursewareShelf::Limits& limits) {
  json::array list;
  uint64_t bytes = 0;
  for (const Courseware& file : files) {
    list.push_back(recording::to_json(file));
    bytes += file.bytes;
  }
  return json::serialize(json::object{
      {"courseware", std::move(list)},
      {"max_file_bytes", limits.file_bytes},
      {"bytes_left", limits.recording_bytes - std::min(limits.recording_bytes, bytes)}});
}

HttpResponse disk_problem(const std::string& recording, const Error& error) {
  spdlog::error("recording={} courseware: {}", recording, error.message);
  return http_problem_for_now(503, "the file cannot be written down or read: is the disk full?", 2);
}

// Files of which courseware.json knows nothing: a process died.
void sweep(const std::string& folder, const std::vector<Courseware>& files) {
  const auto names = names_in(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(courseware_file_name(""))) continue;
    const bool known = std::ranges::any_of(
        files, [&](const Courseware& each) { return courseware_file_name(each.id) == name; });
    std::error_code error;
    if (!known) std::filesystem::remove(folder + "/" + name, error);
  }
}

}  // namespace

void CoursewareShelf::add_routes(HttpRouter& router, WatchGate& gate) {
  const auto channel_of = [this](const HttpRequest& r) { return replay_.channel_of(r); };
  using Handler = Answer (CoursewareShelf::*)(HttpRequest);
  const auto bound = [this](Handler handler) -> HttpHandlerOfRoute {
    return [this, handler](HttpRequest r) { return (this->*handler)(std::move(r)); };
  };
  router.add({"/replay/{recording}/courseware.json", "GET",
              gate.guard(bound(&CoursewareShelf::list), channel_of)});
  router.add({"/replay/{recording}/courseware/{file}", "GET",
              gate.guard(bound(&CoursewareShelf::download), channel_of)});
  const std::string all = "/api/v1/recordings/{id}/courseware";
  router.add({all, "GET", bound(&CoursewareShelf::studio_list)});
  router.add({all + "/{file}", "DELETE", bound(&CoursewareShelf::remove)});
  HttpRoute taking;
  taking.pattern = all;
  taking.method = "POST";
  taking.body_in_pieces = true;
  taking.max_body_bytes = SIZE_MAX;
  taking.handler = bound(&CoursewareShelf::take);
  router.add(std::move(taking));
}

asio::awaitable<Result<CoursewareShelf::Files>> CoursewareShelf::files_of(RecordingPtr recording) {
  const auto work = [folder = recording->folder] { return load_courseware(folder); };
  co_return co_await disk_.run(work);
}

// ---- for whoever may watch

asio::awaitable<HttpResponse> CoursewareShelf::list(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  const auto files = co_await files_of(recording);
  if (!files) co_return disk_problem(recording->info.id, files.error());
  co_return json_text(recording::write_courseware(*files));
}

asio::awaitable<HttpResponse> CoursewareShelf::download(HttpRequest request) {
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  const auto files = co_await files_of(recording);
  if (!files) co_return disk_problem(recording->info.id, files.error());
  const auto file = std::ranges::find(*files, request.parameters[1], &Courseware::id);
  if (file == files->end()) co_return http_problem(404, "the recording has no such file");
  HttpResponse response;
  const auto range = answer_range(request, '"' + file->sha256 + '"', file->bytes, response);
  if (!range) co_return response;
  response.fields.set("Content-Type", file->type);
  response.fields.set("Content-Disposition", attachment(file->id, file->name));
  response.fields.set("X-Content-Type-Options", "nosniff");
  response.fields.set("Content-Security-Policy", "default-src 'none'; sandbox");
  const auto served = served_file(recording->folder + "/" + courseware_file_name(file->id));
  set_file_body(response, disk_, {{nullptr, served, range->first, range->count}});
  co_return response;
}

// ---- for the studio

asio::awaitable<HttpResponse> CoursewareShelf::studio_list(HttpRequest request) {
  auto leave = co_await leave_.ask(request, kNothing);
  if (!leave) co_return std::move(leave.error());
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  if (!recording) co_return problem;
  const auto files = co_await files_of(recording);
  if (!files) co_return disk_problem(recording->info.id, files.error());
  co_return json_text(courseware_list(*files, limits_));
}

asio::awaitable<HttpResponse> CoursewareShelf::take(HttpRequest request) {
  auto leave = co_await leave_.ask(request, kNothing);
  HttpResponse problem;
  RecordingPtr recording;
  if (!leave) {
    problem = std::move(leave.error());
  } else if (recording = replay_.find_shown(request.parameters[0], problem); recording) {
    if (taking_.contains(recording->info.id) || taking_.size() >= kMaxTaking)
      problem = http_problem_for_now(503, "another file is being taken in; try again", 2);
    else
      co_return co_await take_into(request, recording);
  }
  co_await StudioLeave::discard(request, limits_.file_bytes);
  co_return problem;
}

asio::awaitable<HttpResponse> CoursewareShelf::take_into(const HttpRequest& request,
                                                         RecordingPtr recording) {
  const NameInUse now(taking_, recording->info.id);
  const auto before = co_await files_of(recording);
  if (!before) co_return disk_problem(recording->info.id, before.error());
  uint64_t used = 0;
  for (const Courseware& file : *before)
    used += file.bytes;
  const uint64_t left = limits_.recording_bytes - std::min(limits_.recording_bytes, used);
  const uint64_t most = std::min(limits_.file_bytes, left);
  if (before->size() >= recording::kMaxCourseware) {
    co_await StudioLeave::discard(request, most);
    co_return http_problem(
        409, fmt::format("{} files are attached, and no more are taken", before->size()));
  }
  std::array<uint8_t, kIdBytes> random{};
  system_random_bytes(random);
  Courseware given;
  given.id = lower_hex(random);
  given.name = request.target.query_value("name");
  const std::string path = recording->folder + "/" + courseware_file_name(given.id);
  const auto file = std::make_shared<GivenFile>(path);
  const auto clean = [folder = recording->folder, known = *before]() -> Result<void> {
    sweep(folder, known);
    return {};
  };
  (void)co_await disk_.run(clean);
  auto received = co_await receive(request, file, most);
  if (!received) co_return std::move(received.error());
  auto type = recording::courseware_type(given.name, file->head());
  if (!type) co_return http_problem(422, type.error().message);
  given.type = std::move(*type);
  given.bytes = file->bytes();
  given.sha256 = file->sha256();
  const auto same = std::ranges::find(*before, given.sha256, &Courseware::sha256);
  if (same != before->end())
    co_return http_problem(409, fmt::format("it is attached already, as \"{}\"", same->name));
  const auto keep = [file] { return file->keep(); };
  if (const Result<void> kept = co_await disk_.run(keep); !kept)
    co_return disk_problem(recording->info.id, kept.error());
  const json::object told{{"file", recording::to_json(given)}};
  auto noted = co_await leave_.ask(request, told);
  if (!noted) co_return std::move(noted.error());  // what is not named goes with the next one
  given.added_ms = noted->contains("now_ms") ? noted->at("now_ms").to_number<int64_t>() : 0;
  const std::function<void(Files&)> add = [given](Files& files) { files.push_back(given); };
  const auto after = co_await change(recording, add);
  if (!after) co_return disk_problem(recording->info.id, after.error());
  spdlog::info("recording={} courseware {} is attached, {} bytes", recording->info.id, given.id,
               given.bytes);
  co_return json_text(json::serialize(recording::to_json(given)));
}

asio::awaitable<tl::expected<void, HttpResponse>> CoursewareShelf::receive(
    const HttpRequest& request, std::shared_ptr<GivenFile> file, uint64_t most) {
  const HttpProblem too_large{413,
                              fmt::format("the file is larger than {} MB, which are taken of it",
                                          most / kCoursewareMegabyte)};
  if (request.body_bytes.value_or(0) > most) {
    co_await StudioLeave::discard(request, limits_.file_bytes);
    co_return tl::unexpected(http_problem(too_large));
  }
  while (request.body) {
    const HttpBodyPiece piece = co_await request.body->read();
    if (!piece) co_return tl::unexpected(http_problem(piece.error()));
    if (piece->empty()) break;
    if (file->bytes() + piece->size() > most) {
      co_await StudioLeave::discard(request, limits_.file_bytes);
      co_return tl::unexpected(http_problem(too_large));
    }
    const auto write = [file, text = *piece] { return file->write(text); };
    if (const Result<void> written = co_await disk_.run(write); !written)
      co_return tl::unexpected(disk_problem(request.parameters[0], written.error()));
  }
  if (file->bytes() == 0) co_return tl::unexpected(http_problem(422, "the file is empty"));
  co_return tl::expected<void, HttpResponse>();
}

asio::awaitable<HttpResponse> CoursewareShelf::remove(HttpRequest request) {
  const std::string id = request.parameters[1];
  HttpResponse problem;
  const RecordingPtr recording = replay_.find_shown(request.parameters[0], problem);
  Courseware file;
  if (recording) {
    const auto files = co_await files_of(recording);
    if (!files) co_return disk_problem(recording->info.id, files.error());
    const auto found = std::ranges::find(*files, id, &Courseware::id);
    if (found != files->end()) file = *found;
  }
  const json::object told{{"file", recording::to_json(file)}};
  auto leave = co_await leave_.ask(request, told);
  if (!leave) co_return std::move(leave.error());
  if (!recording) co_return problem;
  if (file.id.empty()) co_return http_problem(404, "the recording has no such file");
  const std::function<void(Files&)> take_out = [id](Files& files) {
    std::erase_if(files, [&id](const Courseware& each) { return each.id == id; });
  };
  const auto after = co_await change(recording, take_out);
  if (!after) co_return disk_problem(recording->info.id, after.error());
  const auto clean = [path = recording->folder + "/" + courseware_file_name(id)]() -> Result<void> {
    std::error_code error;
    std::filesystem::remove(path, error);
    return {};
  };
  (void)co_await disk_.run(clean);
  co_return json_text(courseware_list(*after, limits_));
}

asio::awaitable<Result<CoursewareShelf::Files>> CoursewareShelf::change(
    RecordingPtr recording, std::function<void(Files&)> with) {
  const auto work = [folder = recording->folder, changing = changing_,
                     with = std::move(with)]() -> Result<Files> {
    const std::lock_guard lock(*changing);
    auto files = load_courseware(folder);
    if (!files) return files;
    with(*files);
    const Result<void> written =
        write_state_file(folder + "/courseware.json", recording::write_courseware(*files));
    if (!written) return tl::unexpected(written.error());
    return files;
  };
  auto files = co_await disk_.run(work);
  if (files) {
    recording->courseware = static_cast<int>(files->size());
    changed_(recording->info.id);
  }
  co_return files;
}

}  // namespace longmen
