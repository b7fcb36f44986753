// The way of the inputs' previews to the relay, and the relay's word which of them it wants.
// Nothing is kept: a preview begins when it is wanted, and a relay that has just come has said
// nothing yet. A unit that finds the link full is left out, and its rendition up to the next
// keyframe. Threads: the outputs may be called from any; all else belongs to the io_context's
// thread. Must outlive what calls the outputs, and the io_context must not run after this is gone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string_view>

#include "core/node/channel_input.h"
#include "net/link.h"
#include "streamer/programme_encoder.h"

namespace longmen {

class PreviewOutlet {
 public:
  explicit PreviewOutlet(boost::asio::io_context& io) : io_(io) {}

  // For the preview of that input; what an earlier one still has under way is left out.
  ProgrammeEncoder::Outputs begin(ChannelInput input);
  // Until it says otherwise a new link wants none.
  void attach(std::shared_ptr<Link> link);
  // Body of kPreviewsWanted; false: it is not understood, and nothing changes.
  bool take_wanted(std::string_view json);
  const OfInputs<bool>& wanted() const { return wanted_; }

 private:
  // False: the link is full; tried again with the next keyframe.
  bool announce(ChannelInput input);
  struct Unit {
    Generation generation;
    RenditionId rendition;
    bool keyframe = false;
  };
  void unit(ChannelInput input, const Unit& unit, ByteSpan message);

  boost::asio::io_context& io_;
  std::shared_ptr<Link> link_;
  OfInputs<bool> wanted_{};
  OfInputs<uint64_t> runs_{};  // of begin()
  OfInputs<GenerationAnnouncement> announcements_{};
  OfInputs<Generation> announced_{};  // to this link
  OfInputs<bool> waiting_for_keyframe_{};
};

}  // namespace longmen
