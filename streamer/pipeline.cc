#include "streamer/pipeline.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "core/base/invariant.h"

namespace longmen {

Result<std::unique_ptr<Pipeline>> Pipeline::parse(const std::string& name,
                                                  const std::string& description, Threads threads) {
  GError* error = nullptr;
  GstElement* parsed =
      gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  const GErrorPtr owned(error);
  if (!parsed) {
    return fail(fmt::format("pipeline {}: {}", name, owned ? owned->message : "not understood"));
  }
  if (!GST_IS_PIPELINE(parsed)) {
    gst_object_unref(gst_object_ref_sink(parsed));
    return fail(fmt::format("pipeline {}: a single element", name));
  }
  gst_object_ref_sink(parsed);
  return std::unique_ptr<Pipeline>(new Pipeline(name, parsed, threads));
}

Pipeline::Pipeline(std::string name, GstElement* pipeline, Threads threads)
    : name_(std::move(name)), threads_(threads), pipeline_(pipeline) {
  gst_pipeline_use_clock(GST_PIPELINE(pipeline), nullptr);
  GstBus* bus = gst_pipeline_get_bus(GST_PIPELINE(pipeline));
  gst_bus_set_sync_handler(bus, &Pipeline::on_message, this, nullptr);
  gst_object_unref(bus);
}

Pipeline::~Pipeline() {
  stop();
  GstBus* bus = gst_pipeline_get_bus(GST_PIPELINE(pipeline_.get()));
  gst_bus_set_sync_handler(bus, nullptr, nullptr, nullptr);
  gst_object_unref(bus);
}

GstElement* Pipeline::element(const char* name) const {
  GstElement* found = gst_bin_get_by_name(GST_BIN(pipeline_.get()), name);
  invariant(found != nullptr, "a pipeline has the elements of its description");
  gst_object_unref(found);  // the pipeline keeps its own reference
  return found;
}

bool Pipeline::play() {
  return gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
}

void Pipeline::stop() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

std::string Pipeline::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

// A streaming thread says of itself that it begins.
void Pipeline::on_thread(GstMessage* message) const {
  GstStreamStatusType status{};
  gst_message_parse_stream_status(message, &status, nullptr);
  // On Linux this is of the calling thread alone.
  if (status == GST_STREAM_STATUS_TYPE_ENTER && threads_ != Threads::kPrompt)
    setpriority(PRIO_PROCESS, 0, threads_ == Threads::kYield ? kYieldNice : kLastNice);
}

GstBusSyncReply Pipeline::on_message(GstBus*, GstMessage* message, gpointer self) {
  auto& pipeline = *static_cast<Pipeline*>(self);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_STREAM_STATUS) pipeline.on_thread(message);
  GError* error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
    const GErrorPtr owned(error);
    const std::lock_guard lock(pipeline.mutex_);
    if (pipeline.error_.empty()) {
      pipeline.error_ = fmt::format("{}: {}", GST_MESSAGE_SRC_NAME(message), owned->message);
    }
    pipeline.failed_.store(true, std::memory_order_release);
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
    gst_message_parse_warning(message, &error, nullptr);
    const GErrorPtr owned(error);
    spdlog::debug("pipeline {}: {}: {}", pipeline.name_, GST_MESSAGE_SRC_NAME(message),
                  owned->message);
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

}  // namespace longmen
