// What is encoded ahead: each channel's card, what its plan shows, and whatever else may be wanted.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>

#include "core/base/sha256.h"
#include "net/state_file.h"
#include "supervisor/supervisor.h"

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;

constexpr auto kLookForFilesEvery = 3s;  // that control writes before it tells of them
constexpr auto kLeftAlone = 10min;       // a file that was given: whoever tells of it is about to

bool is_older_than(const std::filesystem::path& file, std::chrono::seconds age) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file, error);
  return !error && std::filesystem::file_time_type::clock::now() - written > age;
}

// Worth memory in relay and gateway for the sake of an order that names it.
bool is_small(const std::string& file) {
  constexpr uintmax_t kSmall = 4 << 20;
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(file, error);
  return !error && bytes <= kSmall;
}

void remove_files(const std::string& folder, const std::set<std::string>& wanted,
                  const std::function<bool(const std::filesystem::path&)>& may_go) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.is_regular_file() || wanted.contains(entry.path()) || !may_go(entry.path()))
      continue;
    std::filesystem::remove(entry.path(), error);
    spdlog::debug("an old slate is removed: {}", entry.path().string());
  }
}

}  // namespace

// Named by what decides how it looks and is encoded.
std::string Supervisor::slate_path(const Channel& channel, const SlateSource& source) const {
  return slate_path(sha256_hex(channels_to_json({programme_part(channel)})), source);
}

std::string Supervisor::slate_path(const std::string& programme, const SlateSource& source) const {
  const std::string name =
      source.is_plain_card() ? programme : sha256_hex(programme + json::serialize(to_json(source)));
  return options_.config.data_dir + "/slates/" + name.substr(0, 32) + ".slate";
}

std::string Supervisor::given_path(const SlateSource& source) const {
  return options_.config.data_dir + "/" + kGivenSlates + "/" + source.sha256;
}

// All cards come first: with them every channel has a picture.
std::vector<Supervisor::SlateJob> Supervisor::missing_slates(bool& changed) {
  std::vector<SlateJob> cards, shown, others;
  slate_files_wait_ = false;
  for (Channel& channel : channels_) {
    const std::string programme = sha256_hex(channels_to_json({programme_part(channel)}));
    const auto find = [&](const SlateSource& source, std::vector<SlateJob>& jobs) -> std::string {
      std::string file = slate_path(programme, source);
      if (std::filesystem::exists(file)) return file;
      const auto is_of = [&](const SlateJob& job) { return job.file == file; };
      bool known = false;
      for (const auto* all : {&cards, &shown, &others})
        known = known || std::any_of(all->begin(), all->end(), is_of);
      if (!source.is_card() && !std::filesystem::exists(given_path(source))) {
        slate_files_wait_ = true;
      } else if (!known) {
        jobs.push_back({file, channel.id, source});
      }
      return "";
    };
    const auto put = [&](std::string& place, const std::string& file) {
      changed = changed || place != file;
      place = file;
    };
    put(channel.slate_file, find({}, cards));
    for (const SlateOccasion occasion : kSlateOccasions) {
      const SlateSource& source = channel.slates.on[occasion];
      put(channel.slate_files[occasion], source.is_plain_card() ? "" : find(source, shown));
    }
    std::vector<std::string> at_hand;
    for (const SlateSource& source : channel.slates.others) {
      const std::string file = find(source, others);
      if (!file.empty() && is_small(file)) at_hand.push_back(file);
    }
    changed = changed || at_hand != channel.slate_others;
    channel.slate_others = std::move(at_hand);
  }
  for (auto* more : {&shown, &others})
    cards.insert(cards.end(), more->begin(), more->end());
  return cards;
}

// One at a time: it is an encoder at full speed beside those that are on air.
void Supervisor::make_slates() {
  if (stopping_) return;
  bool changed = false;
  slate_jobs_ = missing_slates(changed);
  std::vector<std::string> files;
  for (const SlateJob& job : slate_jobs_)
    files.push_back(job.file);
  slates_.want(files);
  if (changed) configure_all();
  Supervised& maker = want(kSlateMaker, kSlateMaker, "", false);
  if (maker.child) return;  // it comes back here when it ends
  publish_state();
  if (const auto file = slates_.next(now())) {
    return start_slate_maker(*std::find_if(slate_jobs_.begin(), slate_jobs_.end(),
                                           [&](const SlateJob& job) { return job.file == *file; }));
  }
  remove_old_slates();
  if (slate_files_wait_) return look_at_slates_in(kLookForFilesEvery);
  if (const auto next = slates_.next_timeout()) look_at_slates_in(*next - now());
}

void Supervisor::look_at_slates_in(std::chrono::nanoseconds time) {
  slate_timer_.expires_after(std::max<std::chrono::nanoseconds>(time, 0ns));
  slate_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) make_slates();
  });
}

void Supervisor::start_slate_maker(const SlateJob& job) {
  const auto channel = std::find_if(channels_.begin(), channels_.end(),
                                    [&](const Channel& each) { return each.id == job.channel; });
  Supervised& maker = want(kSlateMaker, kSlateMaker, "", false);
  const std::string folder = options_.config.data_dir + "/slates/";
  maker.channel = job.channel;
  maker.arguments = {kSlateMaker, "--channel-json", folder + "wanted.json"};
  if (!job.source.is_plain_card()) {
    maker.arguments.insert(maker.arguments.end(), {"--source-json", folder + "wanted_source.json"});
    if (!job.source.is_card())
      maker.arguments.insert(maker.arguments.end(), {"--given", given_path(job.source)});
  }
  maker.arguments.insert(maker.arguments.end(), {"--out", job.file});
  auto written = write_state_file(folder + "wanted.json", channels_to_json({*channel}));
  if (written && !job.source.is_plain_card())
    written = write_state_file(folder + "wanted_source.json", json::serialize(to_json(job.source)));
  if (!written) {
    maker.last_end = written.error().message;
    return slate_maker_ended(maker, false);
  }
  start(maker);
}

void Supervisor::slate_maker_ended(Supervised& maker, bool well) {
  maker.state = ProcessState::kStopped;
  if (stopping_) return check_stopped();
  const std::string file = maker.arguments.back();
  const auto job = std::find_if(slate_jobs_.begin(), slate_jobs_.end(),
                                [&](const SlateJob& each) { return each.file == file; });
  if (job != slate_jobs_.end() && !(well && std::filesystem::exists(file))) {
    const auto retry =
        job->source.is_card() ? SlateQueue::kRetry : std::chrono::seconds(SlateQueue::kRetryGiven);
    spdlog::error("no slate: {}; again in {} s channel={} sha256={}", maker.last_end, retry / 1s,
                  maker.channel, job->source.sha256);
    slates_.failed(file, now(), retry);
  }
  boost::asio::post(io_, [this] {
    make_slates();
    check_pictures();
  });
}

// What no channel is named by any more; whoever plays one has it in memory. Not while one is made.
void Supervisor::remove_old_slates() const {
  std::set<std::string> wanted, given;
  for (const Channel& channel : channels_) {
    const std::string programme = sha256_hex(channels_to_json({programme_part(channel)}));
    wanted.insert(slate_path(programme, {}));
    for (const SlateSource& source : sources_of(channel.slates)) {
      wanted.insert(slate_path(programme, source));
      given.insert(given_path(source));
    }
  }
  const std::string folder = options_.config.data_dir + "/slates";
  remove_files(folder, wanted, [](const std::filesystem::path& file) {
    const std::string name = file.filename();
    return name.ends_with(".slate") || name.ends_with(".slate.new");
  });
  remove_files(options_.config.data_dir + "/" + kGivenSlates, given,
               [](const auto& file) { return is_older_than(file, kLeftAlone); });
}

// Of those that were given and are not encoded yet; all others are.
json::array Supervisor::slate_states() const {
  json::array states;
  for (const SlateJob& job : slate_jobs_) {
    if (job.source.is_card()) continue;
    states.push_back(json::object{{"channel", job.channel},
                                  {"sha256", job.source.sha256},
                                  {"failed", slates_.has_failed(job.file)}});
  }
  return states;
}

}  // namespace longmen
