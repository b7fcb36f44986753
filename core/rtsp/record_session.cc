#include "core/rtsp/record_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/base64.h"
#include "core/base/shown_text.h"
#include "core/http/target.h"

namespace longmen::rtsp {
namespace {

constexpr std::string_view kMethods =
    "OPTIONS, ANNOUNCE, SETUP, RECORD, GET_PARAMETER, SET_PARAMETER, TEARDOWN";
constexpr std::string_view kKeyPath = "/live/";
constexpr size_t kMaxEncoderBytes = 200;
constexpr int kTimeoutS = 60;  // that a client may believe in; its media is missed much sooner

// Where the path of "rtsp://host:port/path" begins.
std::string_view path_of(std::string_view uri) {
  const size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return uri;
  const size_t slash = uri.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : uri.substr(slash);
}

// The password of "Basic base64(user:password)".
std::optional<std::string> password_of(std::string_view authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!equal_ignoring_case(authorization.substr(0, kBasic.size()), kBasic)) return std::nullopt;
  const auto decoded = from_base64(trim_spaces(authorization.substr(kBasic.size())));
  if (!decoded) return std::nullopt;
  const std::string_view both = as_text(*decoded);
  const size_t colon = both.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::string(both.substr(colon + 1));
}

// "5000-5001", or "5000" of which the next one is the second.
bool read_pair(std::string_view text, int most, int& first, int& second) {
  const size_t dash = text.find('-');
  const auto number = [&](std::string_view digits, int& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && out >= 0 && out <= most;
  };
  if (!number(text.substr(0, dash), first)) return false;
  if (dash == std::string_view::npos) {
    second = first + 1;
    return second <= most;
  }
  return number(text.substr(dash + 1), second) && second != first;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 10 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<RecordSession::Question> RecordSession::handle(const Request& request) {
  cseq_ = request.fields.value("CSeq");
  if (!is_number(cseq_)) {
    cseq_.clear();
    answer(400, "CSeq is missing");
    return std::nullopt;
  }
  const std::string_view session = request.fields.value("Session");
  if (!session.empty() && session.substr(0, session.find(';')) != id_) {
    answer(454, "Session Not Found");
    return std::nullopt;
  }
  const std::string& method = request.method;
  if (method == "ANNOUNCE") return on_announce(request);
  if (method == "SETUP") return on_set_up(request);
  if (method == "RECORD") return on_record();
  if (method == "OPTIONS") {
    answer(200, "OK", fmt::format("Public: {}\r\n", kMethods));
  } else if (method == "GET_PARAMETER" || method == "SET_PARAMETER") {
    answer(200, "OK");  // a sign of life
  } else if (method == "TEARDOWN") {
    answer(200, "OK");
    stage_ = Stage::kClosed;
  } else if (method == "DESCRIBE" || method == "PLAY") {
    answer(405, "feeds are taken here; watch by WebRTC or HLS",
           fmt::format("Allow: {}\r\n", kMethods));
  } else {
    answer(501, "Not Implemented");
  }
  return std::nullopt;
}

std::optional<RecordSession::Question> RecordSession::on_announce(const Request& request) {
  const auto refused = [this](int status, std::string_view words, std::string_view more = {}) {
    answer(status, words, more);
    return std::nullopt;
  };
  if (stage_ != Stage::kOpen) return refused(455, "there is an announcement already");
  const auto target = parse_http_target(path_of(request.uri));
  if (!target) return refused(400, "the address is malformed");
  if (!is_media_type(request.fields.value("Content-Type"), "application/sdp"))
    return refused(415, "the announcement is not application/sdp");

  PublishAsked asked;
  asked.encoder = shown_text(request.fields.value("User-Agent"), kMaxEncoderBytes);
  asked.takes_over = target->query_value("take_over") != "no";
  by_password_ = !target->path.starts_with(kKeyPath);
  if (by_password_) {
    auto password = password_of(request.fields.value("Authorization"));
    if (!password || password->empty()) {
      return refused(401, "a stream key is needed: in the path, /live/STREAM_KEY, or as password",
                     "WWW-Authenticate: Basic realm=\"publish\"\r\n");
    }
    asked.key = std::move(*password);
    asked.channel = target->path.substr(1);
    while (asked.channel.ends_with('/'))
      asked.channel.pop_back();
  } else {
    asked.key = target->path.substr(kKeyPath.size());
    while (asked.key.ends_with('/'))
      asked.key.pop_back();
  }
  if (asked.key.empty()) return refused(403, "stream key missing; publish to /live/STREAM_KEY");
  auto tracks = read_announcement(request.body);
  if (!tracks) return refused(415, tracks.error().message);
  announced_ = std::move(*tracks);
  uri_ = request.uri;
  return asked;
}

std::optional<RecordSession::Transport> RecordSession::read_transport(std::string_view field) {
  Transport transport;
  const size_t end = field.find(';');
  const std::string_view profile = field.substr(0, end);
  transport.tcp = equal_ignoring_case(profile, "RTP/AVP/TCP");
  if (!transport.tcp && !equal_ignoring_case(profile, "RTP/AVP") &&
      !equal_ignoring_case(profile, "RTP/AVP/UDP"))
    return std::nullopt;
  bool has_pair = false;
  while (field.find(';') != std::string_view::npos) {
    field.remove_prefix(field.find(';') + 1);
    const std::string_view one = trim_spaces(field.substr(0, field.find(';')));
    if (equal_ignoring_case(one, "multicast")) return std::nullopt;
    const size_t equals = std::min(one.find('='), one.size());
    const std::string_view name = one.substr(0, equals);
    const std::string_view value = one.substr(std::min(equals + 1, one.size()));
    if (transport.tcp && equal_ignoring_case(name, "interleaved"))
      has_pair = read_pair(value, 255, transport.first, transport.second);
    if (!transport.tcp && equal_ignoring_case(name, "client_port"))
      has_pair = read_pair(value, 65535, transport.first, transport.second);
  }
  if (!has_pair) return std::nullopt;
  return transport;
}

std::optional<RecordSession::Question> RecordSession::on_set_up(const Request& request) {
  const auto refused = [this](int status, std::string_view words) {
    answer(status, words);
    return std::nullopt;
  };
  if (stage_ != Stage::kAnnounced) return refused(455, "SETUP comes between ANNOUNCE and RECORD");
  const auto track = find_track(request.uri);
  if (!track) return refused(404, "no such track was announced");
  if (transports_[*track]) return refused(455, "the track is set up already");
  // What is offered stands in the order of what is liked best.
  std::optional<Transport> transport;
  for (const std::string_view offered : request.fields.list("Transport"))
    if (!transport) transport = read_transport(offered);
  if (!transport)
    return refused(461, "send RTP/AVP/TCP with interleaved channels, or RTP/AVP by UDP");
  asked_track_ = *track;
  asked_transport_ = *transport;
  if (!transport->tcp) {
    return UdpAsked{*track, static_cast<uint16_t>(transport->first),
                    static_cast<uint16_t>(transport->second)};
  }
  for (const int channel : {transport->first, transport->second})
    if (place_of(static_cast<uint8_t>(channel))) return refused(461, "that channel is taken");
  transports_[*track] = transport;
  answer(200, "OK",
         fmt::format("Transport: RTP/AVP/TCP;unicast;interleaved={}-{};mode=record\r\n",
                     transport->first, transport->second));
  return std::nullopt;
}

std::optional<RecordSession::Question> RecordSession::on_record() {
  const bool all_set_up = !tracks_.empty() && std::ranges::all_of(tracks_, [&](const auto& track) {
    return transports_[static_cast<size_t>(&track - tracks_.data())].has_value();
  });
  if (stage_ == Stage::kAnnounced && all_set_up) return RecordAsked{};
  answer(455, "RECORD comes behind ANNOUNCE and a SETUP of every track");
  return std::nullopt;
}

void RecordSession::accept() {
  if (stage_ == Stage::kOpen) {
    stage_ = Stage::kAnnounced;
    tracks_ = std::move(announced_);
  } else if (stage_ == Stage::kAnnounced) {
    stage_ = Stage::kRecording;
  }
  answer(200, "OK");
}

void RecordSession::accept_udp(uint16_t server_port) {
  transports_[asked_track_] = asked_transport_;
  answer(
      200, "OK",
      fmt::format("Transport: RTP/AVP;unicast;client_port={}-{};server_port={}-{};mode=record\r\n",
                  asked_transport_.first, asked_transport_.second, server_port, server_port + 1));
}

void RecordSession::refuse(int status, std::string_view words) {
  answer(status, words,
         status == 401 ? "WWW-Authenticate: Basic realm=\"publish\"\r\n" : std::string_view());
  refusal_.reset();  // who refuses knows
}

// "rtsp://host/live/KEY/streamid=0"; a control attribute may be the whole URI.
std::optional<size_t> RecordSession::find_track(std::string_view uri) const {
  for (size_t index = 0; index < tracks_.size(); ++index) {
    const std::string& control = tracks_[index].control;
    if (uri == control || (!control.empty() && uri.ends_with("/" + control))) return index;
  }
  return tracks_.size() == 1 && uri == uri_ ? std::optional<size_t>(0) : std::nullopt;
}

std::optional<RecordSession::Place> RecordSession::place_of(uint8_t channel) const {
  for (size_t track = 0; track < transports_.size(); ++track) {
    const auto& transport = transports_[track];
    if (!transport || !transport->tcp) continue;
    if (channel == transport->first) return Place{track, false};
    if (channel == transport->second) return Place{track, true};
  }
  return std::nullopt;
}

// Words of ours stand where the standard's reason stands: that is what senders show.
void RecordSession::answer(int status, std::string_view words, std::string_view more) {
  if (status >= 400 && status != 401) refusal_ = Refusal{status, std::string(words)};
  output_ += fmt::format("RTSP/1.0 {} {}\r\n", status, words);
  if (!cseq_.empty()) output_ += fmt::format("CSeq: {}\r\n", cseq_);
  if (stage_ != Stage::kOpen) output_ += fmt::format("Session: {};timeout={}\r\n", id_, kTimeoutS);
  output_ += more;
  output_ += "\r\n";
}

}  // namespace longmen::rtsp
