// The client's side of HTTP/2 for tests, by nghttp2: bytes in, bytes out. It opens windows only as
// far as it is told to.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longmen::test {

class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    int status = 0;
    std::vector<int> informational;
    std::map<std::string, std::string> fields;
    std::string body;
    bool closed = false;
    uint32_t error = 0;  // why it was closed
  };

  // With `greedy`, windows are opened as data comes.
  explicit Http2Client(bool greedy = true, uint32_t window_bytes = 65535) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, greedy ? 0 : 1);
    nghttp2_option_set_no_http_messaging(option, 1);  // it may say what is wrong
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_bytes};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  }
  ~Http2Client() { nghttp2_session_del(session_); }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  int32_t get(std::string_view path, const Fields& more = {}) {
    return ask("GET", path, more, nullptr);
  }
  int32_t post(std::string_view path, std::string body, const Fields& more = {}) {
    nghttp2_data_provider provider{};
    uploads_.push_back(std::make_unique<Upload>(Upload{std::move(body), 0}));
    provider.source.ptr = uploads_.back().get();
    provider.read_callback = read_upload;
    return ask("POST", path, more, &provider);
  }
  int32_t ask(std::string_view method, std::string_view path, const Fields& more,
              const nghttp2_data_provider* body) {
    Fields all{{":method", std::string(method)}, {":scheme", "http"}, {":authority", "a.example"}};
    if (!path.empty()) all.emplace_back(":path", path);
    all.insert(all.end(), more.begin(), more.end());
    std::vector<nghttp2_nv> list;
    for (auto& [name, value] : all) {
      list.push_back({reinterpret_cast<uint8_t*>(name.data()),
                      reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(),
                      NGHTTP2_NV_FLAG_NONE});
    }
    return nghttp2_submit_request(session_, nullptr, list.data(), list.size(), body, nullptr);
  }
  void reset(int32_t stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
  }
  // Takes note that so much was read, which opens the windows again.
  void consume(int32_t stream, size_t bytes) { nghttp2_session_consume(session_, stream, bytes); }

  std::string output() {
    std::string all;
    const uint8_t* data = nullptr;
    for (ssize_t count = 0; (count = nghttp2_session_mem_send(session_, &data)) > 0;)
      all.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
    return all;
  }
  void receive(std::string_view bytes) {
    const auto read = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    EXPECT_GE(read, 0) << nghttp2_strerror(static_cast<int>(read));
  }

  const Answer& answer(int32_t stream) { return answers_[stream]; }
  // Each GOAWAY: its last stream and its error.
  const std::vector<std::pair<int32_t, uint32_t>>& goaways() const { return goaways_; }

 private:
  struct Upload {
    std::string bytes;
    size_t position;
  };

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                       size_t name_bytes, const uint8_t* value, size_t value_bytes, uint8_t,
                       void* user) {
    Answer& answer = static_cast<Http2Client*>(user)->answers_[frame->hd.stream_id];
    std::string key(reinterpret_cast<const char*>(name), name_bytes);
    std::string text(reinterpret_cast<const char*>(value), value_bytes);
    if (key != ":status") {
      answer.fields[key] = text;
    } else if (text.starts_with('1')) {
      answer.informational.push_back(std::stoi(text));
    } else {
      answer.status = std::stoi(text);
    }
    return 0;
  }
  static int on_data(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t bytes,
                     void* user) {
    static_cast<Http2Client*>(user)->answers_[stream].body.append(
        reinterpret_cast<const char*>(data), bytes);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      static_cast<Http2Client*>(user)->goaways_.emplace_back(frame->goaway.last_stream_id,
                                                             frame->goaway.error_code);
    }
    return 0;
  }
  static int on_close(nghttp2_session*, int32_t stream, uint32_t error, void* user) {
    Answer& answer = static_cast<Http2Client*>(user)->answers_[stream];
    answer.closed = true;
    answer.error = error;
    return 0;
  }
  static ssize_t read_upload(nghttp2_session*, int32_t, uint8_t* into, size_t bytes,
                             uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& upload = *static_cast<Upload*>(source->ptr);
    const size_t count = std::min(bytes, upload.bytes.size() - upload.position);
    std::memcpy(into, upload.bytes.data() + upload.position, count);
    upload.position += count;
    if (upload.position == upload.bytes.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Answer> answers_;
  std::vector<std::pair<int32_t, uint32_t>> goaways_;
  std::vector<std::unique_ptr<Upload>> uploads_;
};

}  // namespace longmen::test
