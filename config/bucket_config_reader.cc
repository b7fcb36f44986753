#include "config/bucket_config_reader.h"

#include <algorithm>

namespace longmen {
namespace {

bool is_plain(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

// What needs no escaping in addresses; of folders that have names.
bool is_prefix(std::string_view text) {
  return text.size() <= 200 && text.ends_with('/') && !text.starts_with('/') &&
         text.find("//") == std::string_view::npos && is_plain(text, "-_./") &&
         text.find("..") == std::string_view::npos;
}

}  // namespace

bool is_endpoint(std::string_view text) {
  if (text.starts_with("https://"))
    text.remove_prefix(8);
  else if (text.starts_with("http://"))
    text.remove_prefix(7);
  else
    return false;
  return !text.empty() && text.size() <= 255 && is_plain(text, ".-:[]");
}

void read_bucket(TomlTable table, BucketConfig& bucket) {
  table.read("endpoint", bucket.endpoint);
  while (bucket.endpoint.ends_with('/'))
    bucket.endpoint.pop_back();
  if (bucket.is_on() && !is_endpoint(bucket.endpoint))
    table.mistake("endpoint", "https://HOST or http://HOST:PORT is allowed, without a path");
  table.read("region", bucket.region);
  if (bucket.region.empty() || bucket.region.size() > 64 || !is_plain(bucket.region, "-"))
    table.mistake("region", "letters, digits and - are allowed");
  table.read("bucket", bucket.bucket);
  const bool named = bucket.bucket.size() >= 3 && bucket.bucket.size() <= 63;
  if (bucket.is_on() && (!named || !is_plain(bucket.bucket, "-.")))
    table.mistake("bucket", "3 to 63 letters, digits, - and . are allowed");
  table.read("prefix", bucket.prefix);
  if (!bucket.prefix.empty() && !is_prefix(bucket.prefix))
    table.mistake("prefix", "letters, digits, -, _, . and /, and a / at the end, are allowed");
  table.read("path_style", bucket.path_style);
  table.read("part_mb", bucket.part_mb, 5, 1024);
  table.read("keep_local_hours", bucket.keep_local_hours, 0, 100'000);
  table.read("spool_gb", bucket.spool_gb, 0, 10'000'000);
  table.read("cache_gb", bucket.cache_gb, 1, 1000);
  table.read_path("cache_directory", bucket.cache_directory);
  table.finish();
}

boost::json::object bucket_to_json(const BucketConfig& bucket) {
  return {{"endpoint", bucket.endpoint},
          {"region", bucket.region},
          {"bucket", bucket.bucket},
          {"prefix", bucket.prefix},
          {"credentials_file", bucket.credentials_file},
          {"ca_file", bucket.ca_file},
          {"path_style", bucket.path_style},
          {"part_mb", bucket.part_mb},
          {"keep_local_hours", bucket.keep_local_hours},
          {"spool_gb", bucket.spool_gb},
          {"cache_gb", bucket.cache_gb},
          {"cache_directory", bucket.cache_directory}};
}

void bucket_from_json(const JsonFields& fields, BucketConfig& bucket) {
  fields.read("endpoint", bucket.endpoint);
  fields.read("region", bucket.region);
  fields.read("bucket", bucket.bucket);
  fields.read("prefix", bucket.prefix);
  fields.read("credentials_file", bucket.credentials_file);
  fields.read("ca_file", bucket.ca_file);
  fields.read("path_style", bucket.path_style);
  fields.read("part_mb", bucket.part_mb);
  fields.read("keep_local_hours", bucket.keep_local_hours);
  fields.read("spool_gb", bucket.spool_gb);
  fields.read("cache_gb", bucket.cache_gb);
  fields.read("cache_directory", bucket.cache_directory);
}

}  // namespace longmen
