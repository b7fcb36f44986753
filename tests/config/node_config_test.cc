#include "config/node_config.h"

#include "config/oidc_config_reader.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace longmen {
namespace {

using namespace std::chrono_literals;

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

TEST(NodeConfig, ABucketOfRecordingsTravelsToTheRoles) {
  const auto config = parse_node_config(
      "[recording.s3]\nendpoint = \"https://s3.example.org/\"\nbucket = \"talks\"\n"
      "prefix = \"a/b/\"\npath_style = false\ncache_gb = 3\nkeep_local_hours = 0\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->recording.s3.endpoint, "https://s3.example.org");
  EXPECT_TRUE(config->recording.s3.is_on());
  const auto arrived = node_config_from_json(node_config_to_json(*config));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->recording.s3, config->recording.s3);
}

TEST(NodeConfig, OtherNodesOfRecordingsTravelToTheRoles) {
  const auto config = parse_node_config(
      "[recording]\npeer_cache_gb = 7\n[[recording.peer]]\nurl = \"https://centre:8443/\"\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  const auto arrived = node_config_from_json(node_config_to_json(*config));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->recording, config->recording);
  EXPECT_EQ(arrived->recording.peer_cache_gb, 7);
  EXPECT_EQ(arrived->recording.peers.front().url, "https://centre:8443");
}

TEST(NodeConfig, ABucketThatCannotBeOneIsAMistake) {
  const auto of = [](const std::string& line) {
    return mistakes("[recording.s3]\nendpoint = \"http://h\"\nbucket = \"abc\"\n" + line);
  };
  EXPECT_EQ(of("region = \"eu-1\""), "");
  EXPECT_NE(of("prefix = \"a/../b/\"").find("node.toml:4: recording.s3.prefix"), std::string::npos);
  EXPECT_NE(of("prefix = \"a\"").find("recording.s3.prefix"), std::string::npos);
  EXPECT_NE(of("part_mb = 4").find("recording.s3.part_mb"), std::string::npos);
  EXPECT_NE(of("secret = \"x\"").find("no such key"), std::string::npos);
  EXPECT_NE(mistakes("[recording.s3]\nendpoint = \"ftp://h\"\nbucket = \"abc\"").find("endpoint"),
            std::string::npos);
  EXPECT_NE(mistakes("[recording.s3]\nendpoint = \"http://h/path\"").find("bucket"),
            std::string::npos);
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

TEST(NodeConfig, WhatWouldFailLaterIsRefusedAtOnce) {
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"roles = []", "node.toml:1: roles = [...]: at least one role is allowed"},
      {"roles = [\"relay\", \"relay\"]",
       "node.toml:1: roles = [...]: each role once is allowed; relay stands twice"},
      {"[http]\naddress = \"localhost\"",
       "node.toml:2: http.address = 'localhost': an IPv4 or IPv6 address is allowed"},
      {"[http]\naddress = \"\"",
       "node.toml:2: http.address = '': an IPv4 or IPv6 address is allowed"},
      {"[rtmp]\naddress = \"10.0.0\"",
       "node.toml:2: rtmp.address = '10.0.0': an IPv4 or IPv6 address is allowed"},
      {"[relay]\naddress = \"::g\"",
       "node.toml:2: relay.address = '::g': an IPv4 or IPv6 address is allowed"},
      {"[relay]\npublic_address = \"tv.example\"",
       "node.toml:2: relay.public_address = 'tv.example': an IPv4 or IPv6 address is allowed"},
      {"[relay]\npublic_address = \"0.0.0.0\"",
       "node.toml:2: relay.public_address = '0.0.0.0': an address that viewers can send to is "
       "allowed"},
      {"[relay]\nmax_viewers_per_address = 0",
       "node.toml:2: relay.max_viewers_per_address = 0: a whole number from 1 to 1000000 is "
       "allowed"},
      {"[relay]\nmax_pending_handshakes = 100001",
       "node.toml:2: relay.max_pending_handshakes = 100001: a whole number from 1 to 100000 is "
       "allowed"},
      {"[relay]\nmax_pending_handshakes_per_address = \"all\"",
       "node.toml:2: relay.max_pending_handshakes_per_address = 'all': a whole number from 1 to "
       "100000 is allowed"},
      {"[relay]\npacing_ms = 51",
       "node.toml:2: relay.pacing_ms = 51: a whole number from 0 to 50 is allowed"},
      {"[accounts]\naudit_days = 179",
       "node.toml:2: accounts.audit_days = 179: a whole number from 180 to 36500 is allowed"},
      {"[accounts]\nsign_in_idle_minutes = 4",
       "node.toml:2: accounts.sign_in_idle_minutes = 4: a whole number from 5 to 10080 is "
       "allowed"},
      {"[hls]\npart_ms = 300", "node.toml:2: hls.part_ms = 300: 200, 250, 500 are allowed"},
      {"[schedule]\ntime_zone = \"../etc/passwd\"",
       "node.toml:2: schedule.time_zone = '../etc/passwd': a name of the IANA time zone database "
       "is allowed, such as Asia/Shanghai"},
      {"[schedule]\nreopen_minutes = 1441",
       "node.toml:2: schedule.reopen_minutes = 1441: a whole number from 0 to 1440 is allowed"},
      {"[relay]\nmax_busy_percent = 101",
       "node.toml:2: relay.max_busy_percent = 101: a whole number from 1 to 100 is allowed"},
      {"[http]\nport = 8443",
       "node.toml:1: http.https_port is missing: another port than http.port (8443) is allowed"},
      {"[rtmp]\nport = 8080",
       "node.toml:2: rtmp.port = 8080: another port than http.port (8080) is allowed"},
      {"[http]\nport = 1935",
       "node.toml:2: http.port = 1935: another port than rtmp.port (1935) is allowed"},
      {"[rtmp]\ntls_port = 8443",
       "node.toml:2: rtmp.tls_port = 8443: another port than http.https_port (8443) is allowed"},
      {"[rtsp]\nport = 8080",
       "node.toml:2: rtsp.port = 8080: another port than http.port (8080) is allowed"},
      {"[http]\nhttps_port = 8322",
       "node.toml:2: http.https_port = 8322: another port than rtsp.tls_port (8322) is allowed"},
      {"[rtsp]\naddress = \"127.0.0.1\"\ntls_port = 1936",
       "node.toml:3: rtsp.tls_port = 1936: another port than rtmp.tls_port (1936) is allowed"},
      {"[rtsp]\ntls_port = 8554",
       "node.toml:2: rtsp.tls_port = 8554: another port than rtsp.port (8554) is allowed"},
      {"[srt]\nport = 8188",
       "node.toml:2: srt.port = 8188: another port than whip.port (8188) is allowed"},
      {"[relay]\nfirst_port = 8880\nshards = 11",
       "node.toml:2: relay.first_port = 8880: another port than srt.port (8890) is allowed"},
      {"[rtmp]\nmax_connections_per_address = 0",
       "node.toml:2: rtmp.max_connections_per_address = 0: a whole number from 1 to 10000 is "
       "allowed"},
      {"[rtmp]\nport = 1936",
       "node.toml:1: rtmp.tls_port is missing: another port than rtmp.port (1936) is allowed"},
      {"[srt]\nlatency_ms = 19",
       "node.toml:2: srt.latency_ms = 19: a whole number from 20 to 8000 is allowed"},
      {"[srt]\npassphrase = \"short\"",
       "node.toml:2: srt.passphrase = (not shown): 10 to 79 bytes are allowed"},
      {"[[srt.key]]\nstream_key = \"the-secret-key\"",
       "node.toml:1: srt.key.passphrase is missing: 10 to 79 bytes are allowed"},
      {"[[pull]]\nchannel = \"main\"",
       "node.toml:1: pull.url is missing: one of url, files and item is allowed"},
      {"[[pull]]\nurl = \"rtsp://camera/hall\"",
       "node.toml:1: pull.channel is missing: the id of a channel is allowed"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"ftp://host/x\"",
       "node.toml:3: pull.url = 'ftp://host/x': srt://HOST:PORT, srt://ADDRESS:PORT?mode=listener, "
       "udp://ADDRESS:PORT, rtp://ADDRESS:PORT, rtsp://HOST/PATH or an http:// or https:// address "
       "of HLS is allowed"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"srt://0.0.0.0:9000?mode=listener\"",
       "node.toml:3: pull.url = (not shown): a passphrase or a stream_id is needed with it, else "
       "anybody may send"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"rtsp://anna:secret@camera\"\nprogram = 3",
       "node.toml:4: pull.program = 3: allowed with srt://, udp:// and rtp:// alone"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"udp://camera.example:5000\"",
       "node.toml:3: pull.url = 'udp://camera.example:5000': an address to receive at is allowed, "
       "as "
       "ADDRESS:PORT or SOURCE@GROUP:PORT"},
      {"[[pull]]\nchannel = \"main\"\nrole = \"spare\"\nfiles = [\"/a.mp4\"]",
       "node.toml:3: pull.role = 'spare': one of primary, backup is allowed"},
      {"[[channel]]\nid = \"a\"\nstream_keys = [\"a-secret-key\"]\n"
       "backup_stream_keys = [\"a-secret-key\"]",
       "node.toml:4: channel.backup_stream_keys = (not shown): a key is allowed for one input; one "
       "stands in stream_keys, too"},
      {"[[channel]]\nid = \"a\"\n[channel.failover]\nblack_ms = 50",
       "node.toml:4: channel.failover.black_ms = 50: 0, or 100 to 600000 is allowed"},
      {"[[channel]]\nid = \"a\"\n[channel.failover]\nsilent_else = \"live\"",
       "node.toml:4: channel.failover.silent_else = 'live': one of slate, stay is allowed"},
      {"[[channel]]\nid = \"a\"\n[channel.sound]\ntarget_lufs = -10",
       "node.toml:4: channel.sound.target_lufs = -10: 0, or -31 to -14 is allowed"},
      {"[[channel]]\nid = \"a\"\n[channel.sound]\ntarget_lufs = \"china\"",
       "node.toml:4: channel.sound.target_lufs = 'china': a number from -31 to 0 is allowed"},
      {"[[channel]]\nid = \"a\"\n[channel.sound]\nprimary_mapping = \"both\"",
       "node.toml:4: channel.sound.primary_mapping = 'both': one of stereo, left, right, mono, "
       "swap, languages is allowed"},
      {"[[channel]]\nid = \"a\"\n[channel.sound]\nprimary_mapping = \"languages\"",
       "node.toml:3: channel.sound.languages: an input that is mapped so has two, the left one "
       "first"},
      {"[[channel]]\nid = \"a\"\n[channel.sound]\nleft_language = \"zh\"\n"
       "left_language_name = \"a\"\nright_language = \"c\"\nright_language_name = \"b\"",
       "node.toml:3: channel.sound.languages: tag = \"c\": a language tag of BCP 47 is allowed, "
       "such as zh, ug or bo"},
      {"[[pull]]\nchannel = \"main\"\nfiles = [\"a.mp4\"]",
       "node.toml:3: pull.files = [...]: absolute paths are allowed"},
      {"[[pull]]\nchannel = \"main\"\nfiles = [\"/a\"]\n[[pull]]\nchannel = \"main\"\nfiles = "
       "[\"/b\"]",
       "node.toml:5: pull.channel = 'main': one primary pull of a channel is allowed"},
      {"[[pull]]\nchannel = \"main\"\n[[pull.item]]\nat = \"2026-12-01T19:30:00Z\"",
       "node.toml:3: pull.item.file is missing: an absolute path is allowed"},
      {"[[pull]]\nchannel = \"main\"\n[[pull.item]]\nfile = \"/a\"\nat = \"2026-12-01T19:30:00\"",
       "node.toml:5: pull.item.at = '2026-12-01T19:30:00': a time with its zone is allowed, as "
       "2026-12-01T19:30:00+08:00"},
      {"[[pull]]\nchannel = \"main\"\n[[pull.item]]\nfile = \"/a\"\nat = 2026-12-01T19:30:00Z",
       "node.toml:5: pull.item.at = 2026-12-01T19:30:00Z: a string in quotes is allowed\n"
       "node.toml:5: pull.item.at = 2026-12-01T19:30:00Z: a time with its zone is allowed, as "
       "2026-12-01T19:30:00+08:00"},
      {"[[pull]]\nchannel = \"main\"\n[[pull.item]]\nfile = \"/a\"\nat = \"2026-12-01T19:30Z\"\n"
       "[[pull.item]]\nfile = \"/b\"\n[[pull.item]]\nfile = \"/c\"\n"
       "at = \"2026-12-01 20:00 +08:00\"",
       "node.toml:10: pull.item.at = '2026-12-01 20:00 +08:00': a later time than that of /a is "
       "allowed"},
      {"[[pull]]\nchannel = \"main\"\n[[pull.item]]\nfile = \"/a\"\nfrom_ms = 500\nto_ms = 500",
       "node.toml:6: pull.item.to_ms = 500: more than from_ms is allowed"},
      {"[[pull]]\nchannel = \"main\"\nfiles = [\"/a\"]\n[[pull.item]]\nfile = \"/b\"",
       "node.toml:4: pull.item = [...]: either files or items are allowed"},
      {"[[pull]]\nchannel = \"main\"\nrepeat = \"forever\"\n[[pull.item]]\nfile = \"/a\"\n"
       "at = \"2026-12-01T19:30:00+08:00\"",
       "node.toml:3: pull.repeat = 'forever': once is allowed where an item has an at"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"udp://10.0.0.1:5000\"\n[[pull]]\nchannel = \"main\"\n"
       "role = \"backup\"\nurl = \"rtp://10.0.0.1:5000\"",
       "node.toml:7: pull.url = 'rtp://10.0.0.1:5000': another port or address is allowed: at this "
       "one main's primary pull receives already (udp://10.0.0.1:5000)"},
      {"[[pull]]\nchannel = \"main\"\nurl = \"udp://10.0.0.1:5000\"\n[[pull]]\nchannel = \"b\"\n"
       "url = \"srt://0.0.0.0:5000?mode=listener\"\nstream_id = \"camera\"",
       "node.toml:6: pull.url = (not shown): another port or address is allowed: at this one "
       "main's "
       "primary pull receives already (udp://10.0.0.1:5000)"},
      {"[[channel]]\nid = \"a\"\nstream_keys = [\"a-secret-key\"]\n"
       "[[channel]]\nid = \"b\"\nstream_keys = [\"another-one\", \"a-secret-key\"]",
       "node.toml:6: channel.stream_keys = (not shown): keys of no other channel are allowed; one "
       "is channel a's"},
  };
  for (const auto& [toml, words] : table)
    EXPECT_EQ(mistakes(toml), words) << toml;
  for (const char* good :
       {"[[pull]]\nchannel = \"a\"\nurl = \"udp://239.1.1.1:5000\"\nprogram = 1\n"
        "[[pull]]\nchannel = \"b\"\nurl = \"udp://239.1.1.1:5000\"\nprogram = 2",
        "[[pull]]\nchannel = \"a\"\nurl = \"udp://10.0.0.1:5000\"\n"
        "[[pull]]\nchannel = \"b\"\nurl = \"udp://10.0.0.2:5000\"",
        "[http]\nport = 0\nhttps_port = 0", "[relay]\npublic_address = \"\"",
        "[http]\naddress = \"127.0.0.1\"\nport = 1935\n[rtmp]\naddress = "
        "\"127.0.0.2\"",
        "[http]\naddress = \"::1\"", "[srt]\nport = 8080",
        "[relay]\nfirst_port = 8880\nshards = 10",
        "[rtsp]\nport = 0\ntls_port = 0\n[rtmp]\nport = 0", "[rtsp]\nport = -1\ntls_port = -1",
        "roles = [\"relay\", \"gateway\"]\n[http]\nhttps_port = 8322"})
    EXPECT_EQ(mistakes(good), "") << good;
}

TEST(NodeConfig, ADatabaseIsCheckedAndAPasswordNeverShown) {
  EXPECT_EQ(mistakes("[control]\ndatabase = \"mysql://host/x\""),
            "node.toml:2: control.database = 'mysql://host/x': "
            "postgresql://[USER[:PASSWORD]@][HOST[:PORT][,...]]/DATABASE[?host=FOLDER...] is "
            "allowed, or \"\" for SQLite");
  EXPECT_EQ(
      mistakes("[control]\ndatabase = \"postgresql://host:70000/x\""),
      "node.toml:2: control.database = 'postgresql://host:70000/x': a PORT from 1 to 65535 is "
      "allowed");
  for (const char* bad : {
           "database = \"postgresql://u:secret@h:99999/x\"",
           "database = \"postgresql://u:se@secret@h/x\"",
           "database = \"postgresql://u:1/secret@h\"",
           "database = \"postgresql://h/x?password=secret\"",
           "database = \"postgresql://h/x?passw%6frd=secret\"",
           "database = \"postgresql://u:secret%zz@h/x\"",
           "database = \"host=h password=secret\"",
           "databse = \"postgresql://u:secret@h/x\"",
       }) {
    const std::string words = mistakes(std::string("[control]\n") + bad);
    EXPECT_NE(words.find("(not shown)"), std::string::npos) << bad << "\n" << words;
    EXPECT_EQ(words.find("secret"), std::string::npos) << words;
  }
  const auto config = parse_node_config(
      "[control]\ndatabase = \"postgresql://u:p@h/x?sslmode=verify-full\"", "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(database_of(*config), "postgresql://u:p@h/x?sslmode=verify-full");
  EXPECT_EQ(node_config_to_json(*config).find("postgresql"), std::string::npos)
      << "roles other than control have no use for it";
  EXPECT_EQ(database_of(NodeConfig{}), "/var/lib/longmen/longmen.db");
}

TEST(NodeConfig, FilesThatAreNamedMustBeThereWhenItIsLoaded) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string file = folder / ("longmen-config-test-" + std::to_string(::getpid()));
  const std::string text =
      "[http]\ncertificate_file = \"" + file + "\"\nkey_file = \"" + file + ".key\"\n";
  std::ofstream(file) << text;
  auto config = load_node_config(file);
  std::filesystem::remove(file);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, file + ":3: http.key_file = '" + file +
                                        ".key': a file that can be read is allowed (No such file "
                                        "or directory)");
  EXPECT_EQ(mistakes(text), "");
}

TEST(NodeConfig, AChannelHasABackupAndRulesForIt) {
  const auto config = parse_node_config(
      "[[channel]]\nid = \"a\"\nstream_keys = [\"a-secret-key\"]\n"
      "backup_stream_keys = [\"another-key\"]\n[channel.failover]\nblack_ms = 1500\n"
      "black_else = \"stay\"\nsilent_ms = 0\nreturn_after_ms = -1\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  const ChannelSeed& seed = config->channels[0];
  EXPECT_EQ(seed.backup_stream_keys, std::vector<std::string>{"another-key"});
  const FailoverRules& rules = seed.channel.failover;
  EXPECT_EQ(rules.of(Condition::kBlack), (ConditionRule{std::chrono::milliseconds(1500), false}));
  EXPECT_EQ(rules.of(Condition::kSilent).after.count(), 0);
  EXPECT_EQ(rules.of(Condition::kNoData), FailoverRules().of(Condition::kNoData));
  EXPECT_FALSE(rules.return_after) << "by hand";
}

TEST(NodeConfig, AChannelHasALoudnessAndMappingsOfItsInputs) {
  const auto config = parse_node_config(
      "[[channel]]\nid = \"a\"\n[channel.sound]\ntarget_lufs = -24\nbackup_mapping = \"left\"\n"
      "[[channel]]\nid = \"b\"\n[channel.sound]\ntarget_lufs = -22.5\n"
      "[[channel]]\nid = \"c\"\n[channel.sound]\ntarget_lufs = 0\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  const SoundRules& rules = config->channels[0].channel.sound;
  EXPECT_EQ(rules.target_lufs, -24);
  EXPECT_EQ(rules.mapping[ChannelInput::kPrimary], SoundMapping::kStereo);
  EXPECT_EQ(rules.mapping[ChannelInput::kBackup], SoundMapping::kLeft);
  EXPECT_EQ(config->channels[1].channel.sound.target_lufs, -22.5);
  EXPECT_EQ(config->channels[2].channel.sound, SoundRules());
  Channel owned = config->channels[0].channel;
  owned.sound.target_lufs.reset();
  const auto words = ignored_of_seed(config->channels[0], owned, "node.toml");
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0].substr(0, 49), "node.toml:3: channel.sound = {\"target_lufs\":-24,\"");
}

TEST(NodeConfig, AChannelHasALanguageOnEachSide) {
  const auto config = parse_node_config(
      "[[channel]]\nid = \"a\"\n[channel.sound]\nprimary_mapping = \"languages\"\n"
      "left_language = \"zh\"\nleft_language_name = \"普通话\"\n"
      "right_language = \"ug\"\nright_language_name = \"ئۇيغۇرچە\"\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(languages_on_air(config->channels[0].channel.sound),
            (std::vector<SoundLanguage>{{"zh", "普通话"}, {"ug", "ئۇيغۇرچە"}}));
}

TEST(NodeConfig, WhatTheDatabaseHasOtherwiseIsNamedWithItsLine) {
  auto config = parse_node_config(
      "[[channel]]\nid = \"a\"\nframes_per_second = 50\nstream_keys = [\"a-secret-key\"]\n"
      "[[channel.video]]\nname = \"x\"\nwidth = 640\nheight = 360\nbitrate_kbps = 500\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  Channel owned = config->channels[0].channel;
  EXPECT_TRUE(ignored_of_seed(config->channels[0], owned, "node.toml").empty());
  owned.frames_per_second = 30;
  owned.video = default_ladder();
  const auto words = ignored_of_seed(config->channels[0], owned, "node.toml");
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(
      words[0],
      "node.toml:3: channel.frames_per_second = 50: channel a is the database's, which has 30");
  EXPECT_EQ(words[1].substr(0, 58), "node.toml:5: channel.video = x 640x360 500 kbit/s: channel");
}

TEST(NodeConfig, AProviderOfSignInsIsChecked) {
  const std::string good =
      "[oidc]\nissuer = \"https://id.example/realms/tv\"\nclient_id = \"longmen\"\n";
  const auto config = parse_node_config(good +
                                            "label = \"统一登录\"\nmake_accounts = true\n"
                                            "role_claim = \"groups\"\n[oidc.roles]\n"
                                            "administrator = [\"admins\"]\n",
                                        "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->oidc.label, "统一登录");
  EXPECT_EQ(config->oidc.roles.administrator, std::vector<std::string>{"admins"});
  const auto travelled = node_config_from_json(boost::json::serialize(
      boost::json::object{{"oidc", oidc_to_json(config->oidc)}}));  // to control alone
  ASSERT_TRUE(travelled);
  EXPECT_EQ(travelled->oidc, config->oidc);
  for (const char* url : {"http://id.example", "https://", "https://user@id.example",
                          "https://id.example?x=1", "https://id.example/#x", "id.example",
                          "http://localhost.example", "http://127.0.0.1.example"}) {
    EXPECT_NE(mistakes(fmt::format("[oidc]\nissuer = \"{}\"\nclient_id = \"x\"\n", url))
                  .find("oidc.issuer = "),
              std::string::npos)
        << url;
  }
  EXPECT_EQ(mistakes("[oidc]\nissuer = \"http://127.0.0.1:4000\"\nclient_id = \"x\"\n"), "");
  EXPECT_NE(mistakes("[oidc]\nissuer = \"https://id.example\"\n").find("oidc.client_id"),
            std::string::npos);
  EXPECT_NE(mistakes(good + "make_accounts = true\n").find("default_role"), std::string::npos);
  EXPECT_NE(mistakes(good + "role_claim = \"groups\"\n").find("come together"), std::string::npos);
  EXPECT_NE(mistakes(good + "scopes = [\"profile\"]\n").find("oidc.scopes"), std::string::npos);
  EXPECT_NE(mistakes(good + "make_accounts = 1\n").find("true or false"), std::string::npos);
  EXPECT_NE(mistakes(good + "default_role = \"king\"\n").find("one of"), std::string::npos);
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

TEST(NodeConfig, TextBeyondAsciiIsTakenInQuotesAndRefusedOutsideWithItsLine) {
  auto config = parse_node_config(
      "\xEF\xBB\xBF# 频道 ~\n[[channel]]\nid = \"a\"\nname = \"书记龙门阵 ~41 \\u9891 "
      "\xf0\x9f\x8e\xa5\"\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->channels[0].channel.name, "书记龙门阵 ~41 频 \xf0\x9f\x8e\xa5");
  const std::vector<std::pair<std::string_view, std::string_view>> table{
      {"[[channel]]\nid = \"频道\"", "node.toml:1: channel.id = \"频道\""},
      {"\"频 道\" = '~'", "node.toml:1: 频 道 = '~': no such key"},
      {"log_level = '频 ~41'", "node.toml:1: log_level = '频 ~41': one of "},
      {"a = 1\n频 = 1", "node.toml:2: "},
      {"\nlog_level = “info”", "node.toml:2: "},
      {"a = 1\nb = \"\\U0000007E41\"", "node.toml:2: '~' is allowed as itself"},
      {"a = 1\nb = \"\xff\"", "node.toml:2: not UTF-8"},
  };
  for (const auto& [toml, words] : table)
    EXPECT_EQ(mistakes(toml).substr(0, words.size()), words) << mistakes(toml);
}

TEST(NodeConfig, TravelsToTheRoles) {
  auto config = parse_node_config(
      "data_dir = \"/x\"\nroles = [\"relay\"]\n[http]\nport = 1\n[rtmp]\nport = "
      "-1\nmax_connections_per_address = 7\n[relay]\nshards = 3\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  auto arrived = node_config_from_json(node_config_to_json(*config));
  ASSERT_TRUE(arrived) << arrived.error().message;
  EXPECT_EQ(*arrived, *config);
}

TEST(NodeConfig, WhatIngestAloneMayKnowGoesToIngestAlone) {
  auto config = parse_node_config(
      "[srt]\nport = 9000\npassphrase = \"of-the-node\"\n[[srt.key]]\nstream_key = \"a-sender\"\n"
      "passphrase = \"of-the-key\"\n[[pull]]\nchannel = \"main\"\nurl = "
      "\"rtsp://anna:secret@camera/hall\"\ntransport = \"udp\"\n[[pull]]\nchannel = \"films\"\n"
      "[[pull.item]]\nfile = \"/a.mp4\"\nat = \"2026-12-01T19:30:00+08:00\"\nfrom_ms = 1500\n"
      "[[pull.item]]\nfile = \"/b.mp4\"\nto_ms = 90000\n",
      "node.toml");
  ASSERT_TRUE(config) << config.error().message;
  const std::vector<PlaylistItem> items{
      {"/a.mp4", CueTime(std::chrono::milliseconds(1'796'124'600'000)), 1500ms, std::nullopt},
      {"/b.mp4", std::nullopt, 0ms, 90s}};
  EXPECT_EQ(config->pulls[1].items, items);
  EXPECT_EQ(config->pulls[1].repeat, "once");
  const std::string all = node_config_to_json(*config);
  for (const char* secret : {"of-the", "secret", "anna"})
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  EXPECT_EQ(node_config_from_json(all)->srt.port, 9000);
  const std::string own = node_config_to_json_for_ingest(*config);
  EXPECT_EQ(own.find("a-sender"), std::string::npos) << "of keys there are hashes";
  const auto arrived = node_config_from_json(own);
  ASSERT_TRUE(arrived);
  EXPECT_EQ(*arrived, *config);
}

}  // namespace
}  // namespace longmen
