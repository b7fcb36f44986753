// tf_flags and tr_flags: ISO/IEC 14496-12 §8.8.7.1 and §8.8.8.1.
#pragma once

#include <cstdint>

namespace longmen::cmaf {

inline constexpr uint32_t kBaseDataOffset = 0x000001;  // tfhd
inline constexpr uint32_t kSampleDescription = 0x000002;
inline constexpr uint32_t kDefaultDuration = 0x000008;
inline constexpr uint32_t kDefaultSize = 0x000010;
inline constexpr uint32_t kDefaultFlags = 0x000020;
inline constexpr uint32_t kDefaultBaseIsMoof = 0x020000;
inline constexpr uint32_t kDataOffset = 0x000001;  // trun
inline constexpr uint32_t kFirstSampleFlags = 0x000004;
inline constexpr uint32_t kSampleDuration = 0x000100;
inline constexpr uint32_t kSampleSize = 0x000200;
inline constexpr uint32_t kSampleFlags = 0x000400;
inline constexpr uint32_t kCompositionOffset = 0x000800;

}  // namespace longmen::cmaf
