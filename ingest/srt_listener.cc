#include "ingest/srt_listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "core/srt/stream_id.h"
#include "ingest/monotonic_now.h"

namespace longmen {
namespace {

constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::chrono::seconds kSayAgain{1};

SrtRejection rejection_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kTooManyWrongKeys:
    case RefusalReason::kTooManyConnections:
      return SrtRejection::kOverload;
    case RefusalReason::kAlreadyPublishing:
      return SrtRejection::kConflict;
    case RefusalReason::kWrongChannel:
      return SrtRejection::kNotFound;
    default:
      return SrtRejection::kUnauthorized;
  }
}

SrtRejection rejection_of(srt::StreamIdProblem problem) {
  switch (problem) {
    case srt::StreamIdProblem::kNoKey:
      return SrtRejection::kUnauthorized;
    case srt::StreamIdProblem::kNotPublishing:
      return SrtRejection::kBadMode;
    case srt::StreamIdProblem::kNotAStream:
      return SrtRejection::kNotSupportedMedia;
    case srt::StreamIdProblem::kNotUnderstood:
      break;
  }
  return SrtRejection::kBadRequest;
}

boost::asio::ip::address ip_of(const Address& address) {
  boost::system::error_code ignored;
  return boost::asio::ip::make_address(address.ip_string(), ignored);
}

}  // namespace

SrtListener::SrtListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
                         SrtDeadlines deadlines)
    : io_(io), feeds_(feeds), metrics_(metrics), deadlines_(deadlines), timer_(io) {}

SrtListener::~SrtListener() {
  *alive_ = false;
  engine_.reset();
}

void SrtListener::configure(const SrtConfig& config) {
  config_ = config;
}

void SrtListener::start(UniqueFd socket) {
  SrtEngine::Handlers handlers;
  handlers.asked = [this](SocketId id, const Address& from, const std::string& stream_id) {
    return asked(id, from, stream_id);
  };
  handlers.accepted = [this](SocketId id, const Address& from, const std::string& stream_id) {
    accepted(id, from, stream_id);
  };
  handlers.received = [this](SocketId id, ByteSpan bytes, Monotonic arrival, bool gap) {
    received(id, bytes, arrival, gap);
  };
  handlers.measured = [this](SocketId id, const PathHealth& health) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) found->second.publication->measured(health);
  };
  handlers.closed = [this](SocketId id, const std::string& why) { closed(id, why); };
  engine_ = std::make_unique<SrtEngine>(io_, std::move(handlers));
  engine_->listen(std::move(socket));
  watch();
}

void SrtListener::stop() {
  timer_.cancel();
  if (engine_) engine_->stop_listening();
}

Publisher SrtListener::publisher_of(SocketId id, const Address& from, bool takes_over) {
  Publisher publisher;
  publisher.protocol = "srt";
  publisher.sender = to_string(from);
  publisher.takes_over = takes_over;
  publisher.cut = [this, id, alive = alive_](CutReason) {
    if (*alive) end(id);
  };
  return publisher;
}

SrtVerdict SrtListener::asked(SocketId id, const Address& from, const std::string& stream_id) {
  if (connections_.size() + expected_.size() >= static_cast<size_t>(config_.max_connections) ||
      expected_.size() >= kMaxExpected) {
    metrics_.refused(RefusalReason::kTooManyConnections);
    if (!full_) spdlog::warn("srt senders refused: there are {} already", connections_.size());
    full_ = true;
    return {SrtRejection::kOverload, {}, {}};
  }
  full_ = false;
  const auto read = srt::read_stream_id(stream_id);
  if (!read && read.error() != srt::StreamIdProblem::kNoKey) {
    metrics_.refused(RefusalReason::kNotUnderstood);
    // Whoever asks on and on does not fill the log.
    const Monotonic present = monotonic_now();
    if (present >= say_again_) {
      spdlog::warn("srt sender {} refused: its stream id is not understood", to_string(from));
      say_again_ = present + kSayAgain;
    }
    return {rejection_of(read.error()), {}, {}};
  }
  const srt::StreamId wanted = read.value_or(srt::StreamId{});
  Publisher publisher = publisher_of(id, from, wanted.takes_over);
  const auto owner =
      feeds_.admit(wanted.key, ip_of(from), publisher, wanted.channel, monotonic_now());
  if (!owner) return {rejection_of(owner.error().reason), {}, {}};
  SrtVerdict verdict;
  verdict.latency = std::chrono::milliseconds(config_.latency_ms);
  verdict.passphrase = config_.passphrase;
  for (const SrtConfig::Key& key : config_.keys) {
    if (key.key_hash == owner->key_hash) verdict.passphrase = key.passphrase;
  }
  expected_.insert_or_assign(
      id, Expected{std::move(publisher), from, monotonic_now() + deadlines_.admitted});
  return verdict;
}

// Asked again: between the answer and the connection another sender may have come.
void SrtListener::accepted(SocketId id, const Address& from, const std::string& stream_id) {
  expected_.erase(id);
  const auto wanted = srt::read_stream_id(stream_id);
  if (!wanted) return engine_->close(id);
  auto publication = feeds_.publish(wanted->key, ip_of(from),
                                    publisher_of(id, from, wanted->takes_over), monotonic_now());
  if (!publication) return engine_->close(id);
  const std::string sender = fmt::format("srt sender {}", to_string(from));
  TsFeed stream(sender, (*publication)->channel(), metrics_);
  connections_.emplace(id, Connection{sender, std::move(*publication), std::move(stream),
                                      monotonic_now() + deadlines_.silence});
}

void SrtListener::received(SocketId id, ByteSpan bytes, Monotonic arrival, bool gap) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (gap) {
    metrics_.dropped(DropReason::kQueueFull);
    connection.stream.lose();
  }
  const auto place = [&connection] { return connection.publication.get(); };
  switch (connection.stream.push(bytes, arrival, place)) {
    case TsFeed::Taken::kMedia:
      connection.deadline = monotonic_now() + deadlines_.silence;
      return;
    case TsFeed::Taken::kUnsupported:
      return end(id);
    case TsFeed::Taken::kNoPlace:
    case TsFeed::Taken::kNothing:
      return;
  }
}

void SrtListener::closed(SocketId id, const std::string& why) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  spdlog::info("{}: {} channel={}", found->second.sender, why,
               found->second.publication->channel());
  connections_.erase(found);
}

void SrtListener::end(SocketId id) {
  if (engine_) engine_->close(id);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const Connection gone =
      std::move(found->second);  // its publication ends when nothing refers to it
  connections_.erase(found);
}

void SrtListener::watch() {
  timer_.expires_after(kLookEvery);
  timer_.async_wait([this, alive = alive_](boost::system::error_code error) {
    if (error || !*alive) return;
    check_deadlines();
    watch();
  });
}

void SrtListener::check_deadlines() {
  const Monotonic present = monotonic_now();
  std::erase_if(expected_, [&](const auto& item) {
    const Expected& expected = item.second;
    if (present < expected.until) return false;
    feeds_.wrong_passphrase(ip_of(expected.from), expected.publisher, present);
    return true;
  });
  std::vector<SocketId> silent;
  for (const auto& [id, connection] : connections_) {
    if (present >= connection.deadline) silent.push_back(id);
  }
  for (const SocketId id : silent) {
    const Connection& connection = connections_.at(id);
    spdlog::warn("{}: no audio or video for {} ms channel={}", connection.sender,
                 deadlines_.silence.count(), connection.publication->channel());
    metrics_.cut(CutReason::kSilent);
    end(id);
  }
}

}  // namespace longmen
