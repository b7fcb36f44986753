#include "control/slate_table.h"

#include <soci/soci.h>

#include "core/base/base64url.h"

namespace longmen {
namespace json = boost::json;

json::object slate_to_json(const GivenSlate& slate) {
  return {{"id", slate.id},
          {"channel", slate.channel},
          {"name", slate.name},
          {"kind", slate.clip ? "clip" : "still"},
          {"media_type", slate.media_type},
          {"bytes", slate.bytes},
          {"width", slate.width},
          {"height", slate.height},
          {"duration_ms", slate.duration_ms},
          {"sound", slate.sound},
          {"sha256", slate.sha256},
          {"version", slate.row.version},
          {"changed_ms", slate.row.changed_ms},
          {"changed_by", slate.row.changed_by}};
}

std::vector<GivenSlate> SlateTable::select(const std::string& condition, std::string value) {
  std::vector<GivenSlate> found;
  GivenSlate row;
  int clip = 0, sound = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT id, channel_id, name, clip, media_type, bytes, width, height,"
                       " duration_ms, sound, sha256, version, changed_ms, changed_by FROM slates "
                    << condition,
       soci::use(value), soci::into(row.id), soci::into(row.channel), soci::into(row.name),
       soci::into(clip), soci::into(row.media_type), soci::into(row.bytes), soci::into(row.width),
       soci::into(row.height), soci::into(row.duration_ms), soci::into(sound),
       soci::into(row.sha256), soci::into(row.row.version), soci::into(row.row.changed_ms),
       soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch()) {
    row.clip = clip != 0;
    row.sound = sound != 0;
    found.push_back(row);
  }
  return found;
}

std::optional<GivenSlate> SlateTable::by_id(const std::string& id) {
  auto found = select("WHERE id = :v", id);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<GivenSlate> SlateTable::of_channel(const std::string& channel) {
  return select("WHERE channel_id = :v ORDER BY name, id", channel);
}

std::map<std::string, std::vector<GivenSlate>> SlateTable::by_channel() {
  std::map<std::string, std::vector<GivenSlate>> channels;
  for (GivenSlate& slate : select("WHERE id <> :v ORDER BY name, id", ""))
    channels[slate.channel].push_back(std::move(slate));
  return channels;
}

void SlateTable::insert(const GivenSlate& slate, ByteSpan thumbnail) {
  const int clip = slate.clip, sound = slate.sound;
  const std::string small = base64url(thumbnail);
  sql_ << "INSERT INTO slates (id, channel_id, name, clip, media_type, bytes, width, height,"
          " duration_ms, sound, sha256, thumbnail, version, changed_ms, changed_by) VALUES (:id,"
          " :channel, :name, :clip, :type, :bytes, :width, :height, :duration, :sound, :sha,"
          " :thumbnail, :version, :changed, :by)",
      soci::use(slate.id), soci::use(slate.channel), soci::use(slate.name), soci::use(clip),
      soci::use(slate.media_type), soci::use(slate.bytes), soci::use(slate.width),
      soci::use(slate.height), soci::use(slate.duration_ms), soci::use(sound),
      soci::use(slate.sha256), soci::use(small), soci::use(slate.row.version),
      soci::use(slate.row.changed_ms), soci::use(slate.row.changed_by);
}

void SlateTable::update(const GivenSlate& slate) {
  sql_ << "UPDATE slates SET name = :name, version = :version, changed_ms = :changed,"
          " changed_by = :by WHERE id = :id",
      soci::use(slate.name), soci::use(slate.row.version), soci::use(slate.row.changed_ms),
      soci::use(slate.row.changed_by), soci::use(slate.id);
}

void SlateTable::remove(const std::string& id) {
  sql_ << "DELETE FROM slates WHERE id = :id", soci::use(id);
}

std::optional<Bytes> SlateTable::thumbnail(const std::string& id) {
  std::string small;
  sql_ << "SELECT thumbnail FROM slates WHERE id = :id", soci::into(small), soci::use(id);
  if (!sql_.got_data()) return std::nullopt;
  return from_base64url(small);
}

int SlateTable::pieces_of(const std::string& sha256) {
  int count = 0;
  sql_ << "SELECT COUNT(*) FROM slate_pieces WHERE sha256 = :sha", soci::into(count),
      soci::use(sha256);
  return count;
}

void SlateTable::put_piece(const std::string& sha256, int position, ByteSpan piece,
                           int64_t now_ms) {
  const std::string text = base64url(piece);
  sql_ << "INSERT INTO slate_pieces (sha256, position, written_ms, piece) VALUES (:sha, :position,"
          " :now, :piece) ON CONFLICT (sha256, position) DO UPDATE SET written_ms = :again",
      soci::use(sha256), soci::use(position), soci::use(now_ms), soci::use(text), soci::use(now_ms);
}

std::optional<Bytes> SlateTable::piece(const std::string& sha256, int position) {
  std::string text;
  sql_ << "SELECT piece FROM slate_pieces WHERE sha256 = :sha AND position = :position",
      soci::into(text), soci::use(sha256), soci::use(position);
  if (!sql_.got_data()) return std::nullopt;
  return from_base64url(text);
}

void SlateTable::forget_pieces(int64_t written_before_ms) {
  sql_ << "DELETE FROM slate_pieces WHERE written_ms < :before AND sha256 NOT IN"
          " (SELECT sha256 FROM slates)",
      soci::use(written_before_ms);
}

}  // namespace longmen
