#include "core/whep/layer_selection.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

std::string chosen(std::string_view text) {
  const auto selection = read_layer_selection(text);
  return selection ? selection->rendition : "error: " + selection.error().message;
}

TEST(LayerSelection, ALayerIsNamedAsEitherDraftDoes) {
  EXPECT_EQ(chosen(R"({"mediaId":"0","encodingId":"480p"})"), "480p");
  EXPECT_EQ(chosen(R"({"mediaId":"0","rid":"480p"})"), "480p");
  EXPECT_EQ(chosen(R"({"encodingId":"480p","rid":"480p"})"), "480p");
  EXPECT_EQ(chosen(R"({"encodingId":"","rid":"480p"})"), "480p");
  EXPECT_EQ(chosen(R"({"encodingId":"\u4e2d"})"), "中");
  // As players send what a "layers" event gave them.
  EXPECT_EQ(chosen(R"({"mediaId":1,"encodingId":"720p","simulcastIdx":0,"spatialLayerId":0,
                       "temporalLayerId":0,"maxSpatialLayerId":3,"bitrate":1,"width":1280})"),
            "720p");
}

TEST(LayerSelection, WithoutALayerItIsTheServersChoice) {
  for (const std::string_view text :
       {"", " \r\n", "{}", R"({"mediaId":"0"})", R"({"encodingId":""})", R"({"encodingId":null})"})
    EXPECT_EQ(chosen(text), "") << text;
}

TEST(LayerSelection, ALanguageAloneLeavesThePicturesAsTheyAre) {
  const auto alone = read_layer_selection(R"({"audio":"ug"})");
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->language, "ug");
  EXPECT_TRUE(alone->keeps_video);
  const auto both = read_layer_selection(R"({"encodingId":"480p","audio":"ug"})");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->rendition + *both->language, "480pug");
  EXPECT_FALSE(both->keeps_video);
  EXPECT_FALSE(read_layer_selection(R"({"mediaId":"0","audio":"ug"})")->keeps_video);
  EXPECT_FALSE(read_layer_selection("{}")->keeps_video);
  EXPECT_FALSE(read_layer_selection(R"({"encodingId":"480p","audio":null})")->language);
  EXPECT_EQ(read_layer_selection(R"({"mediaId":"0","audio":""})")->language, "") << "the first";
  EXPECT_FALSE(read_layer_selection(R"({"audio":7})"));
}

TEST(LayerSelection, WhatCannotBeIsSaid) {
  for (const std::string_view text :
       {"[]", "\"480p\"", "nonsense", "{", R"({"encodingId":1})", R"({"rid":[]})",
        R"({"encodingId":"480p","rid":"720p"})", R"({"spatialLayerId":1})",
        R"({"temporalLayerId":"0"})", R"({"temporalLayerId":0.5})", R"({"spatialLayerId":1e99})",
        R"({"maxHeight":480})", R"({"a":[[[[[]]]]]})"})
    EXPECT_FALSE(read_layer_selection(text)) << text;
  const std::string long_name = R"({"encodingId":")" + std::string(65, 'a') + "\"}";
  EXPECT_FALSE(read_layer_selection(long_name));
  EXPECT_FALSE(read_layer_selection("{}" + std::string(kMaxLayerSelectionBytes, ' ')));
}

}  // namespace
}  // namespace longmen
