#include "core/srt/stream_id.h"

#include <gtest/gtest.h>

namespace longmen::srt {
namespace {

StreamIdProblem problem(std::string_view text) {
  const auto id = read_stream_id(text);
  EXPECT_FALSE(id) << text;
  return id ? StreamIdProblem{} : id.error();
}

TEST(StreamId, IsAKeyAlone) {
  const auto id = read_stream_id("a-key_0.~");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->key, "a-key_0.~");
  EXPECT_EQ(id->channel, "");
  EXPECT_TRUE(id->takes_over);
  EXPECT_FALSE(read_stream_id("key?x=y&take_over=no")->takes_over);
  EXPECT_EQ(read_stream_id("key?take_over=no")->key, "key");
}

TEST(StreamId, OrNamesAndValues) {
  const auto id = read_stream_id("#!::r=main,m=publish,s=the-key,u=anna,take_over=no");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->key, "the-key");
  EXPECT_EQ(id->channel, "main");
  EXPECT_FALSE(id->takes_over);
  EXPECT_EQ(read_stream_id("#!::s=k=1,t=stream")->key, "k=1");
}

TEST(StreamId, ThatIsNoneIsToldApart) {
  EXPECT_EQ(problem(""), StreamIdProblem::kNoKey);
  EXPECT_EQ(problem("?take_over=no"), StreamIdProblem::kNoKey);
  EXPECT_EQ(problem("#!::r=main,m=publish"), StreamIdProblem::kNoKey);
  EXPECT_EQ(problem("#!::r=main,m=request,s=key"), StreamIdProblem::kNotPublishing);
  EXPECT_EQ(problem("#!::m=bidirectional,s=key"), StreamIdProblem::kNotPublishing);
  EXPECT_EQ(problem("#!::s=key,t=file"), StreamIdProblem::kNotAStream);
  EXPECT_EQ(problem("#!::r"), StreamIdProblem::kNotUnderstood);
  EXPECT_EQ(problem("#!:{s=key}"), StreamIdProblem::kNotUnderstood);
  EXPECT_EQ(problem("#!"), StreamIdProblem::kNotUnderstood);
  EXPECT_EQ(problem(std::string(513, 'k')), StreamIdProblem::kNotUnderstood);
}

}  // namespace
}  // namespace longmen::srt
