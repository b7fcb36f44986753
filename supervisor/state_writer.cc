#include "supervisor/state_writer.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>

#include "net/state_file.h"

namespace longmen {

void StateWriter::write(std::string text, std::function<void()> written) {
  waiting_ = std::move(text);
  if (written) to_tell_.push_back(std::move(written));
  if (!writing_) begin();
}

void StateWriter::begin() {
  writing_ = true;
  boost::asio::post(thread_, [this, text = std::move(*waiting_), told = std::move(to_tell_)] {
    if (auto done = write_state_file(path_, text); !done) spdlog::error("{}", done.error().message);
    boost::asio::post(io_, [this, told] {
      for (const auto& tell : told)
        tell();
      writing_ = false;
      if (waiting_) begin();
    });
  });
  waiting_.reset();
  to_tell_.clear();
}

}  // namespace longmen
