// SPDX-License-Identifier: Apache-2.0
//
// docs/formats.md shows an example of each format and a table of the kinds of events: between <!-- NAME --> and
// <!-- end --> it has what is really written. After a change that is meant:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R FormatsPage
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "exporters/format/formats.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using nlohmann::ordered_json;
using test::SampleAlert;

const std::string kPage = PICKET_SOURCE_DIR "/docs/formats.md";

std::string read_page() {
  std::ifstream file(kPage, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// With what belongs between the marks of that name.
std::string filled(const std::string& page, const std::string& name, const std::string& content) {
  const std::string mark = "<!-- " + name + " -->\n";
  const std::size_t begin = page.find(mark), end = page.find("<!-- end -->", begin);
  if (begin == page.npos || end == page.npos) return "no place for " + name;
  return page.substr(0, begin + mark.size()) + content + page.substr(end);
}

template <class Subject>
ordered_json shown(const char* format, SampleAlert& sample, const Subject& subject) {
  TextBuffer line;
  find_format(format)->make(sample.host)->append(line, subject, sample.scratch);
  return ordered_json::parse(line.view());
}

std::string example(const char* format) {
  SampleAlert sample;
  return "```json\n" + shown(format, sample, sample.alert()).dump(1) + "\n```\n";
}

std::string joined(const ordered_json& list) {
  std::string text;
  for (const auto& element : list) text += (text.empty() ? "" : ", ") + element.get<std::string>();
  return text;
}

std::string table_of_kinds() {
  std::string table =
      "| kind | OCSF class | activity | `event.category` | `event.type` | `event.action` "
      "|\n|---|---|---|---|---|---|\n";
  SampleAlert sample;
  for (const auto& record : test::one_of_every_kind()) {
    const Event event = record->event(sample.process, &sample.names);
    if (event.kind() == Kind::result || event.kind() == Kind::other_name) continue;  // joined to another, never shown
    const ordered_json ocsf = shown("ocsf", sample, event), ecs = shown("ecs", sample, event)["event"];
    table += "| " + std::string(kind_name(event.kind())) + " | " + ocsf["class_name"].get<std::string>() + " " +
             std::to_string(ocsf["class_uid"].get<int>()) + " | " + ocsf["activity_name"].get<std::string>() + " (" +
             std::to_string(ocsf["activity_id"].get<int>()) + ") | " + joined(ecs["category"]) + " | " +
             joined(ecs["type"]) + " | " + ecs["action"].get<std::string>() + " |\n";
  }
  return table;
}

TEST(FormatsPage, SaysWhatIsWritten) {
  const std::string page = read_page();
  std::string expected = page;
  for (const char* format : {"falco", "ocsf", "ecs"}) expected = filled(expected, format, example(format));
  expected = filled(expected, "kinds", table_of_kinds());
  if (std::getenv("PICKET_WRITE_GOLDEN") != nullptr) {
    std::ofstream(kPage, std::ios::binary) << expected;
  } else {
    EXPECT_EQ(page, expected);
  }
}

TEST(FormatsPage, NamesEveryFormat) {
  const std::string page = read_page();
  for (const Format& format : all_formats()) {
    EXPECT_NE(page.find("| `" + std::string(format.name) + "`"), std::string::npos) << format.name;
  }
}

}  // namespace
}  // namespace picket
