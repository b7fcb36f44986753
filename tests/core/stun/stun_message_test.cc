#include "core/stun/stun_message.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "core/stun/stun_writer.h"
#include "tests/core/stun/rfc5769_vectors.h"

namespace longmen::stun {
namespace {

const TransactionId kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(StunMessageTest, Rfc5769SampleRequest) {
  const auto message = read_message(kRfc5769Request);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_binding(Class::kRequest));
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffu);
  EXPECT_EQ(message->ice_controlled, 0x932ff9b151263b36u);
  EXPECT_FALSE(message->ice_controlling);
  EXPECT_TRUE(message->has_fingerprint);
  EXPECT_EQ(message->unknown_count, 0u);
  EXPECT_TRUE(message->integrity_fits(as_bytes(kRfc5769Password)));
  EXPECT_FALSE(message->integrity_fits(as_bytes("VOkJxbRl1RmTxUk/WvJxBu")));
  EXPECT_FALSE(message->integrity_fits({}));
}

TEST(StunMessageTest, Rfc5769SampleIpv4Response) {
  const auto message = read_message(kRfc5769ResponseV4);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_binding(Class::kSuccess));
  EXPECT_EQ(to_string(*message->xor_mapped_address), "192.0.2.1:32853");
  EXPECT_TRUE(message->integrity_fits(as_bytes(kRfc5769Password)));
}

TEST(StunMessageTest, Rfc5769SampleIpv6Response) {
  const auto message = read_message(kRfc5769ResponseV6);
  ASSERT_TRUE(message);
  EXPECT_EQ(to_string(*message->xor_mapped_address),
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_TRUE(message->integrity_fits(as_bytes(kRfc5769Password)));
}

TEST(StunMessageTest, Rfc5769LongTermRequest) {
  const auto message = read_message(kRfc5769LongTermRequest);
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->has_fingerprint);
  std::array<uint8_t, 16> key{};
  const std::string_view secret = "マトリックス:example.org:TheMatrIX";
  ASSERT_EQ(EVP_Digest(secret.data(), secret.size(), key.data(), nullptr, EVP_md5(), nullptr), 1);
  EXPECT_TRUE(message->integrity_fits(key));
}

TEST(StunMessageTest, EveryFlippedBitIsNoticed) {
  for (size_t bit = 0; bit < kRfc5769Request.size() * 8; ++bit) {
    Bytes broken = kRfc5769Request;
    broken[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto message = read_message(broken);
    EXPECT_FALSE(message && message->has_fingerprint) << "bit " << bit;
    EXPECT_FALSE(message && message->integrity_fits(as_bytes(kRfc5769Password)) &&
                 message->has_fingerprint)
        << "bit " << bit;
  }
}

TEST(StunMessageTest, EveryTruncationIsRefused) {
  for (size_t size = 0; size < kRfc5769Request.size(); ++size) {
    EXPECT_FALSE(read_message(ByteSpan(kRfc5769Request).first(size))) << size;
    EXPECT_TRUE(local_ufrag_of(ByteSpan(kRfc5769Request).first(size)).empty()) << size;
  }
}

TEST(StunMessageTest, TrailingBytesAreMalformed) {
  Bytes longer = kRfc5769Request;
  longer.push_back(0);
  EXPECT_EQ(read_message(longer).error(), DropReason::kMalformed);
}

TEST(StunMessageTest, TooLargeIsRefusedBeforeAnythingElse) {
  EXPECT_EQ(read_message(Bytes(kMaxMessageBytes + 1)).error(), DropReason::kTooLarge);
}

TEST(StunMessageTest, MoreAttributesThanTheBoundAreRefused) {
  for (size_t count : {kMaxAttributes, kMaxAttributes + 1}) {
    Writer writer(Class::kRequest, kBindingMethod, kTransaction);
    for (size_t index = 0; index < count; ++index)
      writer.software("x");
    const Bytes bytes = writer.take();
    EXPECT_EQ(read_message(bytes).has_value(), count == kMaxAttributes);
  }
}

TEST(StunMessageTest, AttributesBehindIntegrityAreIgnored) {
  Writer writer(Class::kRequest, kBindingMethod, kTransaction);
  writer.username("a:b");
  writer.message_integrity(as_bytes("key"));
  writer.use_candidate();
  writer.fingerprint();
  const Bytes bytes = writer.take();
  const auto message = read_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->integrity_fits(as_bytes("key")));
  EXPECT_FALSE(message->use_candidate);
}

TEST(StunMessageTest, FingerprintMustBeTheLast) {
  Writer writer(Class::kRequest, kBindingMethod, kTransaction);
  writer.fingerprint();
  writer.use_candidate();
  const Bytes bytes = writer.take();
  EXPECT_FALSE(read_message(bytes));
}

TEST(StunMessageTest, UnknownComprehensionRequiredAttributesAreListed) {
  Writer writer(Class::kRequest, kBindingMethod, kTransaction);
  Bytes bytes = writer.take();
  ByteWriter raw(bytes);
  raw.u16(0x0033);  // required, unknown
  raw.u16(0);
  raw.u16(0xC057);  // optional, unknown (network cost of Chromium)
  raw.u16(4);
  raw.u32(1);
  raw.patch_u16(2, 12);
  const auto message = read_message(bytes);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->unknown_count, 1u);
  EXPECT_EQ(message->unknown[0], 0x0033);
}

TEST(StunMessageTest, LocalUfragOnlyFromBindingRequests) {
  EXPECT_EQ(local_ufrag_of(kRfc5769Request), "evtj");
  EXPECT_EQ(local_ufrag_of(kRfc5769ResponseV4), "");
  EXPECT_EQ(local_ufrag_of(kRfc5769LongTermRequest), "");  // no colon
  Writer writer(Class::kIndication, kBindingMethod, kTransaction);
  writer.username("a:b");
  EXPECT_EQ(local_ufrag_of(writer.take()), "");
}

TEST(StunWriterTest, WhatIsWrittenIsRead) {
  Writer writer(Class::kRequest, kBindingMethod, kTransaction);
  writer.username("local:remote");
  writer.priority(7);
  writer.use_candidate();
  writer.ice_controlling(0x0102030405060708);
  writer.message_integrity(as_bytes("secret"));
  writer.fingerprint();
  const Bytes bytes = writer.take();
  const auto message = read_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->transaction, kTransaction);
  EXPECT_EQ(message->username, "local:remote");
  EXPECT_EQ(message->priority, 7u);
  EXPECT_TRUE(message->use_candidate);
  EXPECT_EQ(message->ice_controlling, 0x0102030405060708u);
  EXPECT_TRUE(message->has_fingerprint);
  EXPECT_TRUE(message->integrity_fits(as_bytes("secret")));
}

TEST(StunWriterTest, ErrorResponseWithUnknownAttributes) {
  Writer writer(Class::kError, kBindingMethod, kTransaction);
  writer.error_code(420, "Unknown Attribute");
  const std::array<uint16_t, 3> types{0x33, 0x34, 0x35};
  writer.unknown_attributes(types);
  const Bytes bytes = writer.take();
  const auto message = read_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_binding(Class::kError));
  EXPECT_EQ(message->error_code, 420);
  EXPECT_EQ(message->error_reason, "Unknown Attribute");
}

// RFC 5769 §2.2 without SOFTWARE: the address's bytes are those of the RFC.
TEST(StunWriterTest, XorMappedAddressAsInRfc5769) {
  TransactionId transaction;
  std::copy_n(kRfc5769ResponseV4.begin() + 8, 12, transaction.begin());
  for (const Bytes* sample : {&kRfc5769ResponseV4, &kRfc5769ResponseV6}) {
    Writer writer(Class::kSuccess, kBindingMethod, transaction);
    writer.xor_mapped_address(*read_message(*sample)->xor_mapped_address);
    const Bytes bytes = writer.take();
    const size_t attribute_bytes = bytes.size() - kHeaderBytes;
    EXPECT_TRUE(std::equal(bytes.begin() + kHeaderBytes, bytes.end(), sample->begin() + 36));
    EXPECT_EQ(attribute_bytes, sample == &kRfc5769ResponseV4 ? 12u : 24u);
  }
}

}  // namespace
}  // namespace longmen::stun
