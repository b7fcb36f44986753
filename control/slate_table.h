// What people gave to channels as slates: what each is, its small picture, and its bytes, which are
// kept by their hash, in pieces, so that the same file is there once and no statement is large.
// Every function throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/row_version.h"
#include "core/base/bytes.h"
#include "core/slate/slate_plan.h"

namespace longmen {

struct GivenSlate {
  std::string id, channel, name;
  bool clip = false;
  std::string media_type;
  int64_t bytes = 0;
  int width = 0, height = 0;
  int64_t duration_ms = 0;  // of a clip
  bool sound = false;
  std::string sha256;
  RowVersion row;

  SlateSource source() const { return {sha256, clip, ""}; }
};
boost::json::object slate_to_json(const GivenSlate& slate);

class SlateTable {
 public:
  static constexpr size_t kPieceBytes = 256 << 10;

  explicit SlateTable(soci::session& sql) : sql_(sql) {}
  std::optional<GivenSlate> by_id(const std::string& id);
  std::vector<GivenSlate> of_channel(const std::string& channel);  // by name
  std::map<std::string, std::vector<GivenSlate>> by_channel();
  void insert(const GivenSlate& slate, ByteSpan thumbnail);
  void update(const GivenSlate& slate);  // its name
  void remove(const std::string& id);
  std::optional<Bytes> thumbnail(const std::string& id);

  // --- The bytes.
  int pieces_of(const std::string& sha256);
  void put_piece(const std::string& sha256, int position, ByteSpan piece, int64_t now_ms);
  std::optional<Bytes> piece(const std::string& sha256, int position);
  // Those of nobody's slate that were written before.
  void forget_pieces(int64_t written_before_ms);

 private:
  std::vector<GivenSlate> select(const std::string& condition, std::string value);
  soci::session& sql_;
};

}  // namespace longmen
