// SPDX-License-Identifier: Apache-2.0
//
// `picket fields`, and docs/fields.md, which is its Markdown form. When the catalogue has changed:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R FieldList
#include "sensor/cli/field_list.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rules/event/catalogue.h"

namespace picket::cli {
namespace {

const char* const kPage = PICKET_SOURCE_DIR "/docs/fields.md";

TEST(FieldList, PageIsThatOfTheCatalogue) {
  const std::string made = list_fields(FieldListFormat::Markdown);
  if (std::getenv("PICKET_WRITE_GOLDEN")) std::ofstream(kPage) << made;
  std::stringstream page;
  page << std::ifstream(kPage).rdbuf();
  EXPECT_EQ(made, page.str()) << "if the change is meant: PICKET_WRITE_GOLDEN=1 ctest -R FieldList";
}

TEST(FieldList, JsonHasEveryField) {
  const auto json = nlohmann::json::parse(list_fields(FieldListFormat::Json));
  ASSERT_EQ(json["fields"].size(), all_fields().size());
  const auto& first = json["fields"][0];
  EXPECT_EQ(first["name"], "evt.type");
  EXPECT_EQ(first["type"], "text");
  EXPECT_EQ(first["several_values"], true);
  EXPECT_FALSE(json["unavailable"].empty());
}

TEST(FieldList, TextHasOneLineForEach) {
  const std::string text = list_fields(FieldListFormat::Text);
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), all_fields().size());
  EXPECT_NE(text.find("\nproc.aname([N])"), std::string::npos);
  EXPECT_NE(text.find("\ncontainer.mount.dest[X]"), std::string::npos);
}

TEST(FieldList, Formats) {
  EXPECT_EQ(field_list_format("markdown"), FieldListFormat::Markdown);
  EXPECT_FALSE(field_list_format("xml"));
}

}  // namespace
}  // namespace picket::cli
