#include "core/whep/layer_selection.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxDepth = 4;

// "": not there, or null.
Result<std::string> read_name(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || value->is_null()) return std::string();
  if (!value->is_string()) return fail(fmt::format("\"{}\" is to be a string", member));
  const std::string_view name(value->as_string());
  if (name.size() > kMaxLayerNameBytes) return fail(fmt::format("\"{}\" is too long", member));
  return std::string(name);
}

// Renditions are single streams: of their one layer there is only number 0.
bool is_the_only_layer(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  if (!value || value->is_null()) return true;
  boost::system::error_code error;
  return value->is_number() && value->to_number<int>(error) == 0 && !error;
}

bool is_given(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value && !value->is_null();
}

}  // namespace

Result<LayerSelection> read_layer_selection(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return LayerSelection{};
  if (text.size() > kMaxLayerSelectionBytes) return fail("the selection is too long");
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  const json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return fail("a selection is a JSON object");
  const json::object& object = value.get_object();
  for (const std::string_view member : {"spatialLayerId", "temporalLayerId"}) {
    if (!is_the_only_layer(object, member))
      return fail(fmt::format("\"{}\" is to be 0: a rendition has one layer", member));
  }
  for (const std::string_view member : {"maxWidth", "maxHeight"}) {
    if (is_given(object, member))
      return fail(
          fmt::format("\"{}\" is not supported: name a rendition as \"encodingId\"", member));
  }
  auto encoding = read_name(object, "encodingId");
  if (!encoding) return tl::unexpected(encoding.error());
  auto rid = read_name(object, "rid");
  if (!rid) return tl::unexpected(rid.error());
  if (!encoding->empty() && !rid->empty() && *encoding != *rid)
    return fail("\"encodingId\" and \"rid\" name different layers");
  auto language = read_name(object, "audio");
  if (!language) return tl::unexpected(language.error());
  LayerSelection selection;
  selection.rendition = encoding->empty() ? std::move(*rid) : std::move(*encoding);
  if (is_given(object, "audio")) selection.language = std::move(*language);
  selection.keeps_video =
      selection.language && selection.rendition.empty() && !is_given(object, "mediaId");
  return selection;
}

}  // namespace longmen
