#include "core/srtp/vaes_gcm_key.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "core/base/invariant.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace longmen {

#ifdef __x86_64__

#define LONGMEN_VAES __attribute__((target("avx2,aes,pclmul,vaes,vpclmulqdq")))
#define LONGMEN_VAES_MEMBER LONGMEN_VAES __attribute__((always_inline))
#define LONGMEN_VAES_INLINE LONGMEN_VAES_MEMBER static inline

namespace {

constexpr size_t kBlock = 16;
constexpr size_t kVector = 32;
constexpr size_t kChunk = 128;  // bytes that are worked on at a time: eight blocks, four vectors
constexpr size_t kRounds = 10;
constexpr size_t kPowers = kChunk / kBlock + 2;  // a chunk, the block behind it, and whole vectors

constexpr size_t blocks_of(size_t bytes) {
  return (bytes + kBlock - 1) / kBlock;
}

// ---- memory

LONGMEN_VAES_INLINE __m128i load_block(const uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
LONGMEN_VAES_INLINE __m256i load_vector(const uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
LONGMEN_VAES_INLINE void store_block(__m128i block, uint8_t* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
}
LONGMEN_VAES_INLINE void store_vector(__m256i vector, uint8_t* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), vector);
}

template <typename Number>
LONGMEN_VAES_INLINE uint64_t load_number(const uint8_t* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

// A block of less than 16 bytes, at least 1; the others are zero.
LONGMEN_VAES_INLINE __m128i load_part(const uint8_t* from, size_t bytes) {
  uint64_t low = 0, high = 0;
  if (bytes > 8) {
    low = load_number<uint64_t>(from);
    high = load_number<uint64_t>(from + bytes - 8) >> (8 * (16 - bytes));
  } else if (bytes >= 4) {
    low = load_number<uint32_t>(from) | load_number<uint32_t>(from + bytes - 4)
                                            << (8 * (bytes - 4));
  } else {
    low = from[0] | uint64_t{from[bytes / 2]} << (8 * (bytes / 2)) |
          uint64_t{from[bytes - 1]} << (8 * (bytes - 1));
  }
  return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
}

LONGMEN_VAES_INLINE void store_part(__m128i block, uint8_t* to, size_t bytes) {
  alignas(kBlock) uint8_t whole[kBlock];
  store_block(block, whole);
  for (size_t i = 0; i < bytes; ++i)
    to[i] = whole[i];
}

LONGMEN_VAES_INLINE __m128i part_mask(size_t bytes) {
  alignas(kVector) static constexpr uint8_t kOnesThenZeros[kVector] = {
      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  return load_block(kOnesThenZeros + kBlock - bytes);
}

// ---- AES

template <int round_constant>
LONGMEN_VAES_INLINE __m128i next_round_key(__m128i key) {
  const __m128i word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, round_constant), 0xFF);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, word);
}

LONGMEN_VAES_INLINE void expand_key(const uint8_t* key, uint8_t* round_keys) {
  __m128i at = load_block(key);
  store_block(at, round_keys);
  store_block(at = next_round_key<0x01>(at), round_keys + 1 * kBlock);
  store_block(at = next_round_key<0x02>(at), round_keys + 2 * kBlock);
  store_block(at = next_round_key<0x04>(at), round_keys + 3 * kBlock);
  store_block(at = next_round_key<0x08>(at), round_keys + 4 * kBlock);
  store_block(at = next_round_key<0x10>(at), round_keys + 5 * kBlock);
  store_block(at = next_round_key<0x20>(at), round_keys + 6 * kBlock);
  store_block(at = next_round_key<0x40>(at), round_keys + 7 * kBlock);
  store_block(at = next_round_key<0x80>(at), round_keys + 8 * kBlock);
  store_block(at = next_round_key<0x1B>(at), round_keys + 9 * kBlock);
  store_block(next_round_key<0x36>(at), round_keys + 10 * kBlock);
}

LONGMEN_VAES_INLINE __m128i round_key(const uint8_t* round_keys, size_t round) {
  return load_block(round_keys + round * kBlock);
}

LONGMEN_VAES_INLINE __m128i encrypt_block(const uint8_t* round_keys, __m128i block) {
  block = _mm_xor_si128(block, round_key(round_keys, 0));
#pragma GCC unroll 9
  for (size_t round = 1; round < kRounds; ++round)
    block = _mm_aesenc_si128(block, round_key(round_keys, round));
  return _mm_aesenclast_si128(block, round_key(round_keys, kRounds));
}

struct Chunk {
  __m256i vectors[4];
};

// Blocks are numbers from their last byte on, for counters as for the hash.
LONGMEN_VAES_INLINE __m128i reversed(__m128i block) {
  return _mm_shuffle_epi8(block,
                          _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
LONGMEN_VAES_INLINE __m256i reversed(__m256i blocks) {
  return _mm256_shuffle_epi8(blocks, _mm256_broadcastsi128_si256(_mm_set_epi8(
                                         0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
}

LONGMEN_VAES_INLINE __m128i plus(__m128i counter, int blocks) {
  return _mm_add_epi32(counter, _mm_set_epi32(0, 0, 0, blocks));
}

// ---- GHASH. A power of the hash key is kept times x, so that products need no shift.

struct Product {
  __m256i low, middle, high;  // of 64 x 64 bits each, both lanes to be added
};

LONGMEN_VAES_INLINE void add_product(Product& sum, __m256i a, __m256i b) {
  sum.low = _mm256_xor_si256(sum.low, _mm256_clmulepi64_epi128(a, b, 0x00));
  sum.middle = _mm256_xor_si256(sum.middle, _mm256_clmulepi64_epi128(a, b, 0x01));
  sum.middle = _mm256_xor_si256(sum.middle, _mm256_clmulepi64_epi128(a, b, 0x10));
  sum.high = _mm256_xor_si256(sum.high, _mm256_clmulepi64_epi128(a, b, 0x11));
}

LONGMEN_VAES_INLINE __m128i lanes_added(__m256i vector) {
  return _mm_xor_si128(_mm256_castsi256_si128(vector), _mm256_extracti128_si256(vector, 1));
}

LONGMEN_VAES_INLINE __m128i reduced(const Product& product) {
  const __m128i polynomial = _mm_set_epi64x(static_cast<int64_t>(0xC200000000000000), 1);
  const __m128i low = lanes_added(product.low);
  __m128i middle = lanes_added(product.middle);
  __m128i high = lanes_added(product.high);
  middle = _mm_xor_si128(middle, _mm_xor_si128(_mm_shuffle_epi32(low, 0x4E),
                                               _mm_clmulepi64_si128(polynomial, low, 0x01)));
  high = _mm_xor_si128(high, _mm_xor_si128(_mm_shuffle_epi32(middle, 0x4E),
                                           _mm_clmulepi64_si128(polynomial, middle, 0x01)));
  return high;
}

LONGMEN_VAES_INLINE __m128i times(__m128i a, __m128i b) {
  Product product{};
  add_product(product, _mm256_zextsi128_si256(a), _mm256_zextsi128_si256(b));
  return reduced(product);
}

LONGMEN_VAES_INLINE __m128i times_x(__m128i a) {
  const __m128i carries = _mm_srai_epi32(_mm_shuffle_epi32(a, 0xD3), 31);
  const __m128i wrapped = _mm_set_epi32(static_cast<int32_t>(0xC2000000), 1, 0, 1);
  return _mm_xor_si128(_mm_add_epi64(a, a), _mm_and_si128(carries, wrapped));
}

// The powers that so many blocks are multiplied by, one after the other.
LONGMEN_VAES_INLINE const uint8_t* powers_of(const uint8_t* powers, size_t blocks) {
  return powers + (kPowers - blocks) * kBlock;
}

// Goes on from a hash with a number of blocks that is known before the first: each is multiplied by
// the power that is left for it, and the sum reduced once.
class HashEnd {
 public:
  LONGMEN_VAES_MEMBER HashEnd(const uint8_t* powers, __m128i hash, size_t blocks)
      : power_(powers_of(powers, blocks)), pending_(_mm256_zextsi128_si256(hash)) {}
  LONGMEN_VAES_MEMBER void add(__m256i two_blocks) {
    add_product(sum_, _mm256_xor_si256(two_blocks, pending_), load_vector(power_));
    pending_ = _mm256_setzero_si256();
    power_ += kVector;
  }
  LONGMEN_VAES_MEMBER void add(__m128i block) {
    add_product(sum_, _mm256_xor_si256(_mm256_zextsi128_si256(block), pending_),
                _mm256_zextsi128_si256(load_block(power_)));
    pending_ = _mm256_setzero_si256();
    power_ += kBlock;
  }
  LONGMEN_VAES_MEMBER __m128i hash() const { return reduced(sum_); }

 private:
  const uint8_t* power_;
  __m256i pending_;
  Product sum_{};
};

// ---- GCM

struct Expanded {
  const uint8_t* round_keys;
  const uint8_t* powers;
};

// The key stream of eight blocks, of which the first has the counter `first` (reversed). Between
// the rounds, which wait for each other, `hashed` goes into the hash, when there is such a chunk.
template <bool hashing>
LONGMEN_VAES_INLINE Chunk key_stream(const Expanded& key, __m128i first, const Chunk& hashed,
                                     __m128i& hash) {
  const uint8_t* const powers = powers_of(key.powers, kChunk / kBlock);
  const __m256i two = _mm256_set_epi32(0, 0, 0, 2, 0, 0, 0, 2);
  __m256i counter = _mm256_add_epi32(_mm256_broadcastsi128_si256(first),
                                     _mm256_set_epi32(0, 0, 0, 1, 0, 0, 0, 0));
  __m256i round = _mm256_broadcastsi128_si256(round_key(key.round_keys, 0));
  Chunk chunk;
#pragma GCC unroll 4
  for (__m256i& vector : chunk.vectors) {
    vector = _mm256_xor_si256(reversed(counter), round);
    counter = _mm256_add_epi32(counter, two);
  }
  Product sum{};
#pragma GCC unroll 9
  for (size_t i = 1; i < kRounds; ++i) {
    round = _mm256_broadcastsi128_si256(round_key(key.round_keys, i));
#pragma GCC unroll 4
    for (__m256i& vector : chunk.vectors)
      vector = _mm256_aesenc_epi128(vector, round);
    if (!hashing || i % 2 == 0 || i / 2 >= 4) continue;
    __m256i blocks = hashed.vectors[i / 2];
    if (i == 1) blocks = _mm256_xor_si256(blocks, _mm256_zextsi128_si256(hash));
    add_product(sum, blocks, load_vector(powers + i / 2 * kVector));
  }
  round = _mm256_broadcastsi128_si256(round_key(key.round_keys, kRounds));
#pragma GCC unroll 4
  for (__m256i& vector : chunk.vectors)
    vector = _mm256_aesenclast_epi128(vector, round);
  if (hashing) hash = reduced(sum);
  return chunk;
}

LONGMEN_VAES_INLINE __m128i hash_additional(const uint8_t* powers, ByteSpan additional) {
  __m128i hash = _mm_setzero_si128();
  const uint8_t* at = additional.data();
  size_t left = additional.size();
  while (left > 0) {
    const size_t bytes = std::min(left, kChunk);
    HashEnd end(powers, hash, blocks_of(bytes));
    const uint8_t* const behind = at + bytes;
    for (; behind - at >= static_cast<ptrdiff_t>(kBlock); at += kBlock)
      end.add(reversed(load_block(at)));
    if (at < behind) end.add(reversed(load_part(at, static_cast<size_t>(behind - at))));
    at = behind;
    left -= bytes;
    hash = end.hash();
  }
  return hash;
}

// From `in` to `out`; returns the tag. The cipher text is what is hashed: of sealing, what comes
// out.
template <bool sealing>
LONGMEN_VAES __m128i crypt(const Expanded& key, const GcmIv& iv, ByteSpan additional, ByteSpan in,
                           uint8_t* out) {
  const __m128i first = _mm_insert_epi32(load_part(iv.data(), iv.size()), 0x01000000, 3);
  const __m128i mask = encrypt_block(key.round_keys, first);
  __m128i counter = plus(reversed(first), 1);
  __m128i hash = hash_additional(key.powers, additional);

  const uint8_t* at = in.data();
  size_t left = in.size();
  Chunk hashed{};
  Chunk stream = key_stream<false>(key, counter, hashed, hash);
  while (left >= kChunk) {
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; ++i) {
      const __m256i from = load_vector(at + i * kVector);
      const __m256i to = _mm256_xor_si256(stream.vectors[i], from);
      store_vector(to, out + i * kVector);
      hashed.vectors[i] = reversed(sealing ? to : from);
    }
    counter = plus(counter, kChunk / kBlock);
    stream = key_stream<true>(key, counter, hashed, hash);
    left -= kChunk;
    at += kChunk;
    out += kChunk;
  }

  // What is left, and a block that says how much there was.
  alignas(kVector) uint8_t left_stream[kChunk];
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i)
    store_vector(stream.vectors[i], left_stream + i * kVector);
  const uint8_t* own = left_stream;
  HashEnd end(key.powers, hash, blocks_of(left) + 1);
  for (; left >= kVector; left -= kVector, at += kVector, out += kVector, own += kVector) {
    const __m256i from = load_vector(at);
    const __m256i to = _mm256_xor_si256(load_vector(own), from);
    store_vector(to, out);
    end.add(reversed(sealing ? to : from));
  }
  if (left >= kBlock) {
    const __m128i from = load_block(at);
    const __m128i to = _mm_xor_si128(load_block(own), from);
    store_block(to, out);
    end.add(reversed(sealing ? to : from));
    left -= kBlock;
    at += kBlock;
    out += kBlock;
    own += kBlock;
  }
  if (left > 0) {
    const __m128i from = load_part(at, left);
    const __m128i to = _mm_and_si128(_mm_xor_si128(load_block(own), from), part_mask(left));
    store_part(to, out, left);
    end.add(reversed(sealing ? to : from));
  }
  end.add(_mm_set_epi64x(static_cast<int64_t>(additional.size() * 8),
                         static_cast<int64_t>(in.size() * 8)));
  return _mm_xor_si128(reversed(end.hash()), mask);
}

LONGMEN_VAES void expand(const uint8_t* key, uint8_t* round_keys, uint8_t* powers) {
  expand_key(key, round_keys);
  const __m128i first = times_x(reversed(encrypt_block(round_keys, _mm_setzero_si128())));
  __m128i power = first;
  for (size_t at = kPowers * kBlock; at > 0; at -= kBlock) {
    store_block(power, powers + at - kBlock);
    power = times(power, first);
  }
}

LONGMEN_VAES void seal_with(const Expanded& key, const GcmIv& iv, ByteSpan additional,
                            ByteSpan plain, uint8_t* out) {
  store_block(crypt<true>(key, iv, additional, plain, out), out + plain.size());
}

LONGMEN_VAES bool open_with(const Expanded& key, const GcmIv& iv, ByteSpan additional,
                            ByteSpan cipher, const uint8_t* tag, uint8_t* out) {
  uint8_t right[kBlock];
  store_block(crypt<false>(key, iv, additional, cipher, out), right);
  return CRYPTO_memcmp(right, tag, kBlock) == 0;
}

}  // namespace

bool VaesGcmKey::available() {
  static const bool found = [] {
    constexpr unsigned kVaes = 1 << 9, kVpclmulqdq = 1 << 10;  // CPUID 7.0, ECX
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
           __builtin_cpu_supports("pclmul") && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) &&
           (ecx & kVaes) != 0 && (ecx & kVpclmulqdq) != 0;
  }();
  return found;
}

VaesGcmKey::VaesGcmKey(std::span<const uint8_t, kSrtpKeyBytes> key) {
  static_assert(VaesGcmKey::kPowers == longmen::kPowers && kRoundKeys == kRounds + 1);
  invariant(available(), "the processor has VAES");
  expand(key.data(), round_keys_.data(), powers_.data());
}

void VaesGcmKey::seal(const GcmIv& iv, ByteSpan additional, ByteSpan plain, uint8_t* out) const {
  seal_with({round_keys_.data(), powers_.data()}, iv, additional, plain, out);
}

bool VaesGcmKey::open(const GcmIv& iv, ByteSpan additional, ByteSpan sealed, uint8_t* out) const {
  const size_t cipher_bytes = sealed.size() - kGcmTagBytes;
  return open_with({round_keys_.data(), powers_.data()}, iv, additional, sealed.first(cipher_bytes),
                   sealed.data() + cipher_bytes, out);
}

#else

bool VaesGcmKey::available() {
  return false;
}

VaesGcmKey::VaesGcmKey(std::span<const uint8_t, kSrtpKeyBytes>) {
  invariant(false, "an x86 processor with VAES");
}

void VaesGcmKey::seal(const GcmIv&, ByteSpan, ByteSpan, uint8_t*) const {}
bool VaesGcmKey::open(const GcmIv&, ByteSpan, ByteSpan, uint8_t*) const {
  return false;
}

#endif

VaesGcmKey::~VaesGcmKey() {
  OPENSSL_cleanse(round_keys_.data(), round_keys_.size());
  OPENSSL_cleanse(powers_.data(), powers_.size());
}

}  // namespace longmen
