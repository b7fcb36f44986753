// The two places of a channel into which feeds come: the primary, and the backup that takes its
// place. Every stream key and every pull names one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/names.h"

namespace longmen {

enum class ChannelInput : uint8_t { kPrimary = 0, kBackup = 1 };

inline constexpr std::array kChannelInputs{ChannelInput::kPrimary, ChannelInput::kBackup};
inline constexpr std::array kChannelInputNames{Named{ChannelInput::kPrimary, "primary"},
                                               Named{ChannelInput::kBackup, "backup"}};

constexpr std::string_view name_of(ChannelInput input) {
  return name_in(kChannelInputNames, input);
}
constexpr std::optional<ChannelInput> channel_input_named(std::string_view name) {
  return value_in<ChannelInput>(kChannelInputNames, name);
}
constexpr ChannelInput other_of(ChannelInput input) {
  return input == ChannelInput::kPrimary ? ChannelInput::kBackup : ChannelInput::kPrimary;
}

// Something of each input.
template <class T>
struct OfInputs : std::array<T, 2> {
  T& operator[](ChannelInput input) {
    return std::array<T, 2>::operator[](static_cast<size_t>(input));
  }
  const T& operator[](ChannelInput input) const {
    return std::array<T, 2>::operator[](static_cast<size_t>(input));
  }
};

}  // namespace longmen
