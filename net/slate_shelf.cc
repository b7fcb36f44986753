#include "net/slate_shelf.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <filesystem>
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

// Cards first: with them every channel has a picture. Then what is shown, then what may be.
void SlateShelf::want(const std::vector<Channel>& channels) {
  std::vector<std::string> cards, others;
  for (const Channel& channel : channels)
    cards.push_back(channel.slate_file);
  for (const Channel& channel : channels)
    others.insert(others.end(), channel.slate_files.values.begin(),
                  channel.slate_files.values.end());
  for (const Channel& channel : channels)
    others.insert(others.end(), channel.slate_others.begin(), channel.slate_others.end());
  std::set<std::string> wanted(cards.begin(), cards.end());
  wanted.insert(others.begin(), others.end());
  std::erase_if(places_, [&](const auto& place) { return !wanted.contains(place.first); });
  for (const std::string& file : cards)
    read(file, true);
  for (const std::string& file : others)
    read(file, false);
}

void SlateShelf::read(const std::string& file, bool card) {
  if (file.empty()) return;
  const auto [place, made] = places_.try_emplace(file);
  if (!made) return;
  if (!card) {
    uintmax_t all = 0;
    for (const auto& [name, other] : places_)
      all += other.bytes;
    std::error_code error;
    const uintmax_t bytes = std::filesystem::file_size(file, error);
    if (!error && all + bytes > kMaxBytes) {
      place->second.read = true;
      spdlog::error("slate {}: not read, all slates together have more than {} MB in memory", file,
                    kMaxBytes >> 20);
      return;
    }
    place->second.bytes = error ? 0 : bytes;
  }
  boost::asio::post(thread_, [this, file, alive = std::weak_ptr(alive_)] {
    auto slate = load_slate(file, sound_);
    boost::asio::post(io_, [this, file, alive, slate = std::move(slate)]() mutable {
      if (alive.lock()) put(file, std::move(slate));
    });
  });
}

void SlateShelf::put(const std::string& file, Result<std::shared_ptr<const Slate>> slate) {
  const auto place = places_.find(file);
  if (place == places_.end() || place->second.read)
    return;  // wanted no more; again, and read twice
  place->second.read = true;
  if (!slate) {
    spdlog::error("{}", slate.error().message);
    return changed_();  // something else stands in
  }
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
