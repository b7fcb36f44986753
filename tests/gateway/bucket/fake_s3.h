// An S3 server in memory that is as bad as a test wants it to be: a thread a connection, a request
// a connection. It checks the digests that it is sent and no signatures; tests/e2e/bucket.test.mjs
// has a real one.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/sha256.h"
#include "gateway/bucket/s3_client.h"
#include "tests/net/loopback.h"

namespace longmen::test {

class FakeS3 {
 public:
  struct Request {
    std::string method, path, query, content;
    std::map<std::string, std::string> fields;  // names in lower case
  };
  struct Answer {
    int status = 200;
    std::string content;
    std::string fields;  // "Name: value\r\n"
    bool cut = false;    // in the middle of its content
    std::chrono::milliseconds late{0};
  };
  // Instead of what is right; nothing: that.
  using Fault = std::function<std::optional<Answer>(const Request&)>;

  FakeS3() : listening_(listen_on_loopback()), thread_([this] { run(); }) {}
  ~FakeS3() {
    stopping_ = true;
    ::shutdown(listening_.socket.get(), SHUT_RDWR);
    thread_.join();
    for (std::thread& each : connections_)
      each.join();
  }

  S3Place place() const {
    S3Place place;
    place.endpoint = "http://127.0.0.1:" + std::to_string(listening_.port);
    place.region = "us-east-1";
    place.bucket = "recordings";
    place.prefix = "test/";
    place.part_bytes = 64 << 10;
    return place;
  }
  void set_fault(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
  }
  std::map<std::string, std::string> objects() {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  void put(const std::string& key, const std::string& content) {
    const std::lock_guard lock(mutex_);
    objects_[key] = content;
  }
  void begin_upload(const std::string& key) {
    const std::lock_guard lock(mutex_);
    uploads_["u" + std::to_string(++upload_count_)].key = key;
  }
  size_t uploads() {
    const std::lock_guard lock(mutex_);
    return uploads_.size();
  }
  int count(const std::string& method) {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(std::ranges::count(seen_, method, &Request::method));
  }
  std::vector<Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  struct Upload {
    std::string key;
    std::map<int, std::string> parts;
  };

  void run() {
    while (!stopping_) {
      UniqueFd socket(::accept(listening_.socket.get(), nullptr, nullptr));
      if (!socket) continue;
      connections_.emplace_back(
          [this, shared = std::make_shared<UniqueFd>(std::move(socket))] { serve(*shared); });
    }
  }

  static bool read_more(const UniqueFd& socket, std::string& into) {
    char bytes[16 << 10];
    const ssize_t got = ::recv(socket.get(), bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    into.append(bytes, static_cast<size_t>(got));
    return true;
  }
  static void send_all(const UniqueFd& socket, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }

  void serve(const UniqueFd& socket) {
    timeval patience{kPatienceSeconds, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string text;
    size_t end = std::string::npos;
    while ((end = text.find("\r\n\r\n")) == std::string::npos)
      if (!read_more(socket, text)) return;
    Request request;
    const size_t line = text.find("\r\n");
    const size_t one = text.find(' '), two = text.find(' ', one + 1);
    request.method = text.substr(0, one);
    request.path = text.substr(one + 1, two - one - 1);
    if (const size_t mark = request.path.find('?'); mark != std::string::npos) {
      request.query = request.path.substr(mark + 1);
      request.path.resize(mark);
    }
    for (size_t at = line + 2; at < end;) {
      const size_t next = text.find("\r\n", at);
      const size_t colon = text.find(':', at);
      std::string name = text.substr(at, colon - at);
      std::ranges::transform(name, name.begin(), [](char c) { return std::tolower(c); });
      request.fields[name] = text.substr(colon + 2, next - colon - 2);
      at = next + 2;
    }
    if (request.fields.contains("expect")) send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    const size_t bytes = request.fields.contains("content-length")
                             ? std::stoul(request.fields["content-length"])
                             : 0;
    request.content = text.substr(end + 4);
    while (request.content.size() < bytes)
      if (!read_more(socket, request.content)) return;
    send(socket, request, answer(request));
  }

  void send(const UniqueFd& socket, const Request& request, const Answer& answer) {
    for (auto left = answer.late; left.count() > 0 && !stopping_;
         left -= std::chrono::milliseconds(20))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Some Words\r\n" +
                       answer.fields + "Connection: close\r\n";
    if (answer.fields.find("Content-Length") == std::string::npos)
      head += "Content-Length: " + std::to_string(answer.content.size()) + "\r\n";
    send_all(socket, head + "\r\n");
    if (request.method == "HEAD") return;
    std::string_view content = answer.content;
    send_all(socket, answer.cut ? content.substr(0, content.size() / 2) : content);
  }

  static std::string value_in(const std::string& query, const std::string& name) {
    const std::string begin = name + "=";
    size_t at = query.starts_with(begin) ? 0 : query.find("&" + begin);
    if (at == std::string::npos) return "";
    at = query.find('=', at) + 1;
    std::string value = query.substr(at, query.find('&', at) - at);
    for (size_t slash; (slash = value.find("%2F")) != std::string::npos;)
      value.replace(slash, 3, "/");
    return value;
  }

  Answer answer(const Request& request) {
    Fault fault;
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
      fault = fault_;
    }
    if (fault)
      if (auto wrong = fault(request)) return *wrong;
    const std::lock_guard lock(mutex_);
    const auto sha256 = request.fields.find("x-amz-content-sha256");
    if (sha256 == request.fields.end() || sha256->second != sha256_hex(request.content))
      return {400, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>", ""};
    if (!request.fields.contains("authorization"))
      return {403, "<Error><Code>AccessDenied</Code></Error>", ""};
    const std::string bucket = "/recordings/";
    if (request.path == bucket || request.path == "/recordings") return list(request);
    return object(request, request.path.substr(bucket.size()));
  }

  Answer list(const Request& request) {
    const std::string prefix = value_in(request.query, "prefix");
    std::string xml;
    if (request.query.starts_with("prefix") &&
        request.query.find("uploads=") != std::string::npos) {
      xml = "<ListMultipartUploadsResult>";
      for (const auto& [id, upload] : uploads_)
        if (upload.key.starts_with(prefix))
          xml += "<Upload><Key>" + upload.key + "</Key><UploadId>" + id + "</UploadId></Upload>";
      return {200, xml + "<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>", ""};
    }
    // Two a page.
    const bool by_folder = request.query.find("delimiter=") != std::string::npos;
    const std::string after = value_in(request.query, "continuation-token");
    std::string last;
    int listed = 0;
    xml =
        "<?xml version=\"1.0\"?><ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const auto& [key, content] : objects_) {
      if (!key.starts_with(prefix) || (!after.empty() && key <= after)) continue;
      if (listed == 2) {
        xml += "<NextContinuationToken>" + last + "</NextContinuationToken>";
        break;
      }
      const size_t slash = key.find('/', prefix.size());
      if (by_folder && slash != std::string::npos) {
        const std::string folder = key.substr(0, slash + 1);
        if (last.starts_with(folder) || after.starts_with(folder)) {
          last = key;
          continue;
        }
        xml += "<CommonPrefixes><Prefix>" + folder + "</Prefix></CommonPrefixes>";
      } else {
        xml += "<Contents><Key>" + key + "</Key><Size>" + std::to_string(content.size()) +
               "</Size><ETag>&quot;" + etag_of(content) + "&quot;</ETag></Contents>";
      }
      last = key;
      ++listed;
    }
    return {200, xml + "</ListBucketResult>", ""};
  }

  Answer object(const Request& request, const std::string& key) {
    const std::string upload = value_in(request.query, "uploadId");
    if (request.method == "POST" && request.query == "uploads=") {
      const std::string id = "u" + std::to_string(++upload_count_);
      uploads_[id].key = key;
      return {200,
              "<InitiateMultipartUploadResult><UploadId>" + id +
                  "</UploadId></InitiateMultipartUploadResult>",
              ""};
    }
    if (!upload.empty()) {
      const auto found = uploads_.find(upload);
      if (found == uploads_.end()) return {404, "<Error><Code>NoSuchUpload</Code></Error>", ""};
      if (request.method == "PUT") {
        found->second.parts[std::stoi(value_in(request.query, "partNumber"))] = request.content;
        return {200, "", "ETag: \"" + etag_of(request.content) + "\"\r\n"};
      }
      if (request.method == "POST") {
        std::string all;
        std::vector<std::string> etags;
        for (const auto& [number, part] : found->second.parts) {
          all += part;
          etags.push_back(etag_of(part));
        }
        objects_[key] = all;
        parted_[key] = s3_etag_of_parts(etags);
      }
      uploads_.erase(found);
      return {request.method == "DELETE" ? 204 : 200,
              request.method == "DELETE" ? "" : "<CompleteMultipartUploadResult/>", ""};
    }
    if (request.method == "PUT") {
      objects_[key] = request.content;
      parted_.erase(key);
      return {200, "", "ETag: \"" + etag_of(request.content) + "\"\r\n"};
    }
    if (request.method == "DELETE") {
      objects_.erase(key);
      return {204, "", ""};
    }
    const auto found = objects_.find(key);
    if (found == objects_.end()) return {404, "<Error><Code>NoSuchKey</Code></Error>", ""};
    const std::string& content = found->second;
    const std::string etag = parted_.contains(key) ? parted_[key] : etag_of(content);
    if (request.method == "HEAD")
      return {
          200, "",
          "ETag: \"" + etag + "\"\r\nContent-Length: " + std::to_string(content.size()) + "\r\n"};
    const auto range = request.fields.find("range");
    if (range == request.fields.end()) return {200, content, ""};
    const std::string text = range->second.substr(6);
    const size_t from = std::stoul(text);
    if (from >= content.size()) return {416, "<Error><Code>InvalidRange</Code></Error>", ""};
    const size_t to = std::min(std::stoul(text.substr(text.find('-') + 1)), content.size() - 1);
    return {206, content.substr(from, to - from + 1),
            "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(to) + "/" +
                std::to_string(content.size()) + "\r\n"};
  }

  static std::string etag_of(const std::string& content) { return s3_etag_of(as_bytes(content)); }

  Listening listening_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  Fault fault_;
  std::map<std::string, std::string> objects_, parted_;
  std::map<std::string, Upload> uploads_;
  int upload_count_ = 0;
  std::vector<Request> seen_;
  std::list<std::thread> connections_;
  std::thread thread_;
};

}  // namespace longmen::test
