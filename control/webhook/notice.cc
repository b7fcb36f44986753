#include "control/webhook/notice.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "core/base/sha256.h"

namespace longmen {
namespace {

constexpr size_t kIdDigits = 24;

}  // namespace

bool is_notice_kind(std::string_view kind) {
  return std::find(kNoticeKinds.begin(), kNoticeKinds.end(), kind) != kNoticeKinds.end();
}

std::string notice_id(std::string_view what) {
  return "evt_" + sha256_hex(what).substr(0, kIdDigits);
}

std::string notice_to_json(const Notice& notice) {
  boost::json::object json = notice.more;
  json["id"] = notice.id;
  json["kind"] = notice.kind;
  json["channel"] =
      notice.channel.empty() ? boost::json::value(nullptr) : boost::json::value(notice.channel);
  json["node"] = notice.node;
  json["at_ms"] = notice.at_ms;
  json["who"] = notice.who;
  json["detail"] = notice.detail;
  return boost::json::serialize(json);
}

}  // namespace longmen
