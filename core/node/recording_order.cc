#include "core/node/recording_order.h"

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

json::object report_to_json(const RecordingReport& report) {
  return {{"id", report.id},
          {"channel", report.channel},
          {"session", report.session},
          {"title", report.title},
          {"series", report.series},
          {"start_ms", report.start_ms},
          {"end_ms", report.end_ms},
          {"bytes", report.bytes},
          {"hole_ms", report.hole_ms},
          {"state", report.state},
          {"cuts", recording::ranges_to_json(report.cuts)},
          {"source", report.source},
          {"segment_ms", report.segment_ms},
          {"courseware", report.courseware},
          {"sound_bytes", report.sound_bytes}};
}

RecordingReport report_from_json(const JsonFields& fields) {
  RecordingReport report;
  fields.read("id", report.id);
  fields.read("channel", report.channel);
  fields.read("session", report.session);
  fields.read("title", report.title);
  fields.read("series", report.series);
  fields.read("start_ms", report.start_ms);
  fields.read("end_ms", report.end_ms);
  fields.read("bytes", report.bytes);
  fields.read("hole_ms", report.hole_ms);
  fields.read("state", report.state);
  report.cuts = recording::ranges_from_json(fields, "cuts");
  fields.read("source", report.source);
  fields.read("segment_ms", report.segment_ms);
  fields.read("courseware", report.courseware);
  fields.read("sound_bytes", report.sound_bytes);
  return report;
}

json::object bucket_to_json(const BucketReport& bucket) {
  return {{"state", bucket.state},
          {"words", bucket.words},
          {"waiting_bytes", bucket.waiting_bytes},
          {"waiting_seconds", bucket.waiting_seconds}};
}

}  // namespace

std::string to_json(const RecordingSyncRequest& request) {
  json::array recordings;
  for (const RecordingReport& report : request.recordings)
    recordings.push_back(report_to_json(report));
  const RecorderReport& recorder = request.recorder;
  return json::serialize(
      json::object{{"node", request.node},
                   {"known", request.known},
                   {"recorder", json::object{{"state", recorder.state},
                                             {"words", recorder.words},
                                             {"free_bytes", recorder.free_bytes},
                                             {"seconds_left", recorder.seconds_left},
                                             {"bucket", bucket_to_json(recorder.bucket)}}},
                   {"recordings", recordings}});
}

Result<RecordingSyncRequest> recording_sync_request_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  RecordingSyncRequest request;
  fields->read("node", request.node);
  fields->read("known", request.known);
  fields->inside("recorder", [&](const JsonFields& item) {
    item.read("state", request.recorder.state);
    item.read("words", request.recorder.words);
    item.read("free_bytes", request.recorder.free_bytes);
    item.read("seconds_left", request.recorder.seconds_left);
    item.inside("bucket", [&](const JsonFields& of) {
      BucketReport& bucket = request.recorder.bucket;
      of.read("state", bucket.state);
      of.read("words", bucket.words);
      of.read("waiting_bytes", bucket.waiting_bytes);
      of.read("waiting_seconds", bucket.waiting_seconds);
    });
  });
  fields->each("recordings", [&](const JsonFields& item) {
    request.recordings.push_back(report_from_json(item));
  });
  if (request.recordings.size() > kMaxReportsAtOnce) return fail("too many recordings at once");
  for (const RecordingReport& report : request.recordings)
    if (!recording::is_recording_id(report.id) || report.cuts.size() > recording::kMaxCuts)
      return fail("an id is no recording's, or it was cut too often");
  return request;
}

std::string to_json(const RecordingSyncResponse& response) {
  json::array orders;
  for (const RecordingOrder& order : response.orders) {
    orders.push_back(json::object{{"id", order.id},
                                  {"keep", order.keep},
                                  {"remove", order.remove},
                                  {"withdrawn", recording::ranges_to_json(order.withdrawn)},
                                  {"given_back", recording::ranges_to_json(order.given_back)},
                                  {"chapters", recording::chapters_to_json(order.chapters)},
                                  {"shown", recording::range_to_json(order.shown)},
                                  {"keep_days", order.keep_days}});
  }
  return json::serialize(json::object{{"newest", response.newest}, {"orders", orders}});
}

Result<RecordingSyncResponse> recording_sync_response_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  RecordingSyncResponse response;
  fields->read("newest", response.newest);
  fields->each("orders", [&](const JsonFields& item) {
    RecordingOrder& order = response.orders.emplace_back();
    item.read("id", order.id);
    item.read("keep", order.keep);
    item.read("remove", order.remove);
    order.withdrawn = recording::ranges_from_json(item, "withdrawn");
    order.given_back = recording::ranges_from_json(item, "given_back");
    order.chapters = recording::chapters_from_json(item, "chapters");
    order.shown = recording::range_from_json(item, "shown");
    item.read("keep_days", order.keep_days);
  });
  return response;
}

}  // namespace longmen
