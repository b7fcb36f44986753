#include "config/node_config.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace longmen {
namespace {

std::string mistakes(std::string_view toml) {
  auto config = parse_node_config(toml, "node.toml");
  return config ? "" : config.error().message;
}

TEST(NodeConfig, AnEmptyFileGivesTheDefaults) {
  auto config = parse_node_config("", "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, NodeConfig{});
}

TEST(NodeConfig, TheReferenceFileSaysTheDefaultsAndOneChannel) {
  const auto file = std::filesystem::path(LONGMEN_SOURCE_DIR) / "config/longmen.toml";
  auto config = load_node_config(file);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->channels.size(), 1u);
  EXPECT_EQ(config->channels[0].channel.id, "main");
  EXPECT_EQ(config->channels[0].channel.video, default_ladder());
  config->channels.clear();
  EXPECT_EQ(*config, NodeConfig{});
}

TEST(NodeConfig, AMistakeNamesFileLineKeyValueAndWhatIsAllowed) {
  EXPECT_EQ(mistakes("\n[http]\nport = 99999\n"),
            "node.toml:3: http.port = 99999: a whole number from 0 to 65535 is allowed");
  EXPECT_EQ(mistakes("log_format = \"xml\""),
            "node.toml:1: log_format = 'xml': one of text, json is allowed");
}

TEST(NodeConfig, AllMistakesAreTold) {
  const std::string all = mistakes("node_name = \"A B\"\n[rtmp]\nport = \"x\"\ncolour = 3\n");
  EXPECT_NE(all.find("node.toml:1: node_name = 'A B'"), std::string::npos) << all;
  EXPECT_NE(all.find("node.toml:3: rtmp.port = 'x'"), std::string::npos) << all;
  EXPECT_NE(all.find("node.toml:4: rtmp.colour = 3: no such key"), std::string::npos) << all;
}

TEST(NodeConfig, BrokenTomlNamesTheLine) {
  EXPECT_NE(mistakes("a = 1\nb = = 2\n").find("node.toml:2: "), std::string::npos);
}

// Found by fuzzing: an assertion of the TOML library ended the process.
TEST(NodeConfig, ADamagedFileIsRefusedWithWords) {
  const auto file = std::filesystem::path(LONGMEN_SOURCE_DIR) /
                    "tests/fuzz/corpus/config/bracket_after_bad_bytes.toml";
  auto config = load_node_config(file);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("bracket_after_bad_bytes.toml"), std::string::npos);
}

TEST(NodeConfig, AChannelIsChecked) {
  EXPECT_NE(mistakes("[[channel]]\nid = \"main\"\nframes_per_second = 24\n")
                .find("frames_per_second = 24: 25, 30, 50 or 60 is allowed"),
            std::string::npos);
  EXPECT_NE(mistakes("[[channel]]\nid = \"Main Hall\"\n").find("id = \"Main Hall\""),
            std::string::npos);
  EXPECT_NE(mistakes("[[channel]]\nid = \"a\"\n[[channel]]\nid = \"a\"\n").find("stands twice"),
            std::string::npos);
}

TEST(NodeConfig, StreamKeysAreNotShown) {
  const std::string words =
      mistakes("[[channel]]\nid = \"a\"\nstream_keys = [\"my secret key\"]\n");
  EXPECT_NE(words.find("stream_keys"), std::string::npos);
  EXPECT_EQ(words.find("my secret key"), std::string::npos);
}

TEST(NodeConfig, AMissingFileIsNamed) {
  auto config = load_node_config("/nonexistent/node.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, "/nonexistent/node.toml: No such file or directory");
}

TEST(NodeConfig, TravelsToTheRoles) {
  auto config = parse_node_config(
      "data_dir = \"/x\"\nroles = [\"relay\"]\n[http]\nport = 1\n[rtmp]\nport = "
      "-1\n[relay]\nshards = 3\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  auto arrived = node_config_from_json(node_config_to_json(*config));
  ASSERT_TRUE(arrived) << arrived.error().message;
  EXPECT_EQ(*arrived, *config);
}

}  // namespace
}  // namespace longmen
