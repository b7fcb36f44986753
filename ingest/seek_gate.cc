#include "ingest/seek_gate.h"

namespace longmen {
namespace {

// A demuxer that pulls is told nothing by what is before it. But while it works, the type finder
// may still wait to say which stream it is (GStreamer 1.22): a flush lets that in, and the demuxer
// forgets what it knows of the file.
GstPadProbeReturn leave_out(GstPad*, GstPadProbeInfo*, gpointer) {
  return GST_PAD_PROBE_DROP;
}

void shut_if_it_pulls(const GValue* item, gpointer) {
  auto* element = static_cast<GstElement*>(g_value_get_object(item));
  GstElementFactory* factory = gst_element_get_factory(element);
  if (!factory || !gst_element_factory_list_is_type(factory, GST_ELEMENT_FACTORY_TYPE_DEMUXER))
    return;
  GstPad* pad = gst_element_get_static_pad(element, "sink");
  if (!pad) return;
  if (GST_PAD_MODE(pad) == GST_PAD_MODE_PULL)
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, &leave_out, nullptr, nullptr);
  gst_object_unref(pad);
}

void shut_demuxers(GstElement* sink) {
  auto* top = GST_OBJECT(gst_object_ref(sink));
  while (GstObject* parent = gst_object_get_parent(top)) {
    gst_object_unref(top);
    top = parent;
  }
  if (GST_IS_BIN(top)) {
    GstIterator* elements = gst_bin_iterate_recurse(GST_BIN(top));
    while (gst_iterator_foreach(elements, &shut_if_it_pulls, nullptr) == GST_ITERATOR_RESYNC)
      gst_iterator_resync(elements);
    gst_iterator_free(elements);
  }
  gst_object_unref(top);
}

}  // namespace

// A flush comes by when the seek has been taken: before it all is of the beginning, behind it of
// the place. It comes on the seek's thread, and waits for those that bring samples.
GstPadProbeReturn SeekGate::on_flush(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& lane = *static_cast<Lane*>(data);
  const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
  if (type == GST_EVENT_FLUSH_STOP) lane.open = true;
  if (type == GST_EVENT_FLUSH_START) lane.gate->end();
  return GST_PAD_PROBE_OK;
}

void SeekGate::watch(GstElement* sink, Lane& lane) {
  lane.gate = this;
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, &SeekGate::on_flush, &lane, nullptr);
  gst_object_unref(pad);
}

bool SeekGate::pass(GstElement* sink, const Lane& lane, const std::shared_ptr<void>& keep) {
  if (lane.open) return true;
  std::unique_lock lock(mutex_);
  if (!seeks_ && !released_) {
    seeks_ = true;
    struct Seek {
      SeekGate* gate;
      std::shared_ptr<void> keep;
    };
    gst_element_call_async(
        sink,
        [](GstElement* element, gpointer data) { static_cast<Seek*>(data)->gate->seek(element); },
        new Seek{this, keep}, [](gpointer data) { delete static_cast<Seek*>(data); });
  }
  changed_.wait(lock, [this] { return released_; });
  return false;
}

void SeekGate::end() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

// By the sink's pad: the sink itself may be in the midst of a change of state, which waits for the
// sample that is held here.
void SeekGate::seek(GstElement* sink) {
  using std::chrono::milliseconds, std::chrono::nanoseconds;
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gint64 length_ns = 0;
  const bool known = gst_pad_peer_query_duration(pad, GST_FORMAT_TIME, &length_ns);
  if (known && length_ns > 0 && nanoseconds(length_ns) <= place_) {
    missed_(std::chrono::duration_cast<milliseconds>(nanoseconds(length_ns)));
  } else {
    shut_demuxers(sink);
    const auto flags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT |
                                                 GST_SEEK_FLAG_SNAP_BEFORE);
    GstEvent* event =
        gst_event_new_seek(1.0, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET,
                           nanoseconds(place_).count(), GST_SEEK_TYPE_NONE, GST_CLOCK_TIME_NONE);
    if (!gst_pad_push_event(pad, event)) missed_(std::nullopt);
  }
  gst_object_unref(pad);
}

}  // namespace longmen
