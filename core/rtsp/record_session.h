// What one connection of a sender says by RTSP, up to its media: OPTIONS, ANNOUNCE, SETUP, RECORD,
// TEARDOWN. Decides in which order they may come, reads the stream key and how media is to come,
// and writes the answers. The key stands in the path, /live/STREAM_KEY, as it does with RTMP, or is
// the password beside a path that names the channel, /CHANNEL (Basic: keys are kept as hashes, and
// Digest would need them in clear). It knows neither keys, sockets nor packets: what it cannot
// decide it asks. Bounds: those of MessageReader, two tracks. One thread. Order: handle(), then, if
// there is a question, one of its answers, then take_output(). Source: RFC 2326 §10, §11, §12.39;
// RFC 7617.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/rtsp/announcement.h"
#include "core/rtsp/message_reader.h"

namespace longmen::rtsp {

class RecordSession {
 public:
  enum class Stage { kOpen, kAnnounced, kRecording, kClosed };

  // May who has this key send? `channel` is what it is said to be of, or empty.
  struct PublishAsked {
    std::string key;
    std::string channel;
    std::string encoder;
    bool takes_over = true;
  };
  // Packets of the track are to come by UDP, from these ports.
  struct UdpAsked {
    size_t track = 0;
    uint16_t rtp_port = 0;
    uint16_t rtcp_port = 0;
  };
  // May media come now?
  struct RecordAsked {};
  using Question = std::variant<PublishAsked, UdpAsked, RecordAsked>;

  // `id` names the session in answers: unguessable, letters and digits.
  explicit RecordSession(std::string id) : id_(std::move(id)) {}

  std::optional<Question> handle(const Request& request);
  // --- Answers to a question.
  void accept();                          // to all but UdpAsked
  void accept_udp(uint16_t server_port);  // RTCP goes to the next one
  void refuse(int status, std::string_view words);

  // A request that was refused without asking anybody; a question for the password is none.
  struct Refusal {
    int status = 400;
    std::string words;
  };
  std::optional<Refusal> take_refusal() { return std::exchange(refusal_, std::nullopt); }
  std::string take_output() { return std::exchange(output_, {}); }
  Stage stage() const { return stage_; }
  const std::vector<AnnouncedTrack>& tracks() const { return tracks_; }
  // Whether the key came as a password: a wrong one is then asked for again.
  bool by_password() const { return by_password_; }

  // Whose packets come on that channel of the connection.
  struct Place {
    size_t track = 0;
    bool rtcp = false;
  };
  std::optional<Place> place_of(uint8_t channel) const;

 private:
  struct Transport {
    bool tcp = false;
    int first = 0;  // channels of the connection, or ports
    int second = 0;
  };
  std::optional<Question> on_announce(const Request& request);
  std::optional<Question> on_set_up(const Request& request);
  std::optional<Question> on_record();
  static std::optional<Transport> read_transport(std::string_view field);
  std::optional<size_t> find_track(std::string_view uri) const;
  void answer(int status, std::string_view words, std::string_view more = {});

  std::string id_;
  Stage stage_ = Stage::kOpen;
  std::string cseq_;
  std::string output_;
  std::string uri_;                                 // of ANNOUNCE
  std::vector<AnnouncedTrack> tracks_, announced_;  // what was accepted, what is asked about
  std::array<std::optional<Transport>, 2> transports_;
  size_t asked_track_ = 0;
  Transport asked_transport_;
  bool by_password_ = false;
  std::optional<Refusal> refusal_;
};

}  // namespace longmen::rtsp
