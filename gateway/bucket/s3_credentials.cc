#include "gateway/bucket/s3_credentials.h"

#include <cstdlib>

#include "net/state_file.h"

namespace longmen {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::string of_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

Result<S3Credentials> s3_credentials_in(std::string_view text) {
  S3Credentials found;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, equals));
    std::string* const of = name == "aws_access_key_id"       ? &found.key_id
                            : name == "aws_secret_access_key" ? &found.secret
                            : name == "aws_session_token"     ? &found.session_token
                                                              : nullptr;
    if (of && of->empty()) *of = trimmed(line.substr(equals + 1));
  }
  if (found.key_id.empty() || found.secret.empty())
    return fail("lines aws_access_key_id = … and aws_secret_access_key = … are expected");
  return found;
}

Result<S3Credentials> read_s3_credentials(const std::string& file) {
  if (!file.empty()) {
    const auto text = read_state_file(file);
    if (!text) return tl::unexpected(text.error());
    auto found = s3_credentials_in(*text);
    if (!found) return fail(file + ": " + found.error().message);
    return found;
  }
  S3Credentials found{of_environment("AWS_ACCESS_KEY_ID"), of_environment("AWS_SECRET_ACCESS_KEY"),
                      of_environment("AWS_SESSION_TOKEN")};
  if (found.key_id.empty() || found.secret.empty())
    return fail(
        "neither recording.s3.credentials_file nor AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
        "the environment have the keys to the bucket");
  return found;
}

}  // namespace longmen
