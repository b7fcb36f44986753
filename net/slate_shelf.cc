#include "net/slate_shelf.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <set>

#include "net/slate_file.h"

namespace longmen {

SlateShelf::SlateShelf(boost::asio::io_context& io, RenditionId sound,
                       std::function<void()> changed)
    : io_(io), sound_(sound), changed_(std::move(changed)) {}

SlateShelf::~SlateShelf() {
  thread_.stop();
  thread_.join();
}

void SlateShelf::want(const std::vector<Channel>& channels) {
  std::set<std::string> wanted;
  for (const Channel& channel : channels) {
    wanted.insert(channel.slate_file);
    wanted.insert(channel.slate_files.values.begin(), channel.slate_files.values.end());
    wanted.insert(channel.slate_others.begin(), channel.slate_others.end());
  }
  wanted.erase("");
  std::erase_if(places_, [&](const auto& place) { return !wanted.contains(place.first); });
  for (const std::string& file : wanted) {
    if (!places_.try_emplace(file).second) continue;
    boost::asio::post(thread_, [this, file, alive = std::weak_ptr(alive_)] {
      auto slate = load_slate(file, sound_);
      boost::asio::post(io_, [this, file, alive, slate = std::move(slate)]() mutable {
        if (alive.lock()) put(file, std::move(slate));
      });
    });
  }
}

void SlateShelf::put(const std::string& file, Result<std::shared_ptr<const Slate>> slate) {
  const auto place = places_.find(file);
  if (place == places_.end() || place->second.read)
    return;  // wanted no more; again, and read twice
  place->second.read = true;
  if (!slate) return spdlog::error("{}", slate.error().message);
  spdlog::info("slate loaded generation={} seconds={}", (*slate)->announcement().generation.value,
               (*slate)->loop() / std::chrono::seconds(1));
  place->second.slate = std::move(*slate);
  changed_();
}

std::shared_ptr<const Slate> SlateShelf::find(const std::string& file) const {
  const auto place = places_.find(file);
  return place == places_.end() ? nullptr : place->second.slate;
}

std::shared_ptr<const Slate> SlateShelf::card_of(const Channel& channel) const {
  return find(channel.slate_file);
}

SlateSet SlateShelf::slates_of(const Channel& channel) const {
  SlateSet slates;
  for (const SlateOccasion occasion : kSlateOccasions) {
    const auto place = places_.find(channel.slate_files[occasion]);
    if (place != places_.end() && !place->second.read) continue;  // in a moment
    if (place != places_.end()) slates[occasion] = place->second.slate;
    if (!slates[occasion]) slates[occasion] = card_of(channel);
  }
  return slates;
}

}  // namespace longmen
