// SPDX-License-Identifier: Apache-2.0
//
// What holds for every format: one line of JSON, whatever bytes are in it, of every kind of event and of all that the
// sensor says of itself; the same text for the same record; nothing of an event left out.
#include "exporters/format/formats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "exporters/format/uid.h"
#include "tests/support/hostile.h"
#include "tests/support/sample.h"

namespace picket {

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

namespace {

using nlohmann::json;
using test::SampleAlert;

class EveryFormat : public testing::TestWithParam<Format> {
 protected:
  template <class Subject>
  std::string line_of(const Subject& subject) {
    TextBuffer out;
    out.append("before");
    GetParam().make(sample_.host)->append(out, subject, sample_.scratch);
    const std::string text(out.view());
    EXPECT_TRUE(text.starts_with("before"));
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
    return text.substr(std::string_view("before").size());
  }

  template <class Subject>
  json parsed(const Subject& subject) {
    const std::string line = line_of(subject);
    json document = json::parse(line, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << line;
    return document;
  }

  SampleAlert sample_;
};

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::ValuesIn(all_formats().begin(), all_formats().end()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(EveryFormat, EveryKindIsJson) {
  for (const auto& record : test::one_of_every_kind()) {
    const Event event = record->event(sample_.process, &sample_.names);
    EXPECT_TRUE(parsed(sample_.alert(*record)).is_object()) << kind_name(event.kind());
    EXPECT_TRUE(parsed(event).is_object()) << kind_name(event.kind());
  }
}

TEST_P(EveryFormat, HostileBytesAreJson) {
  for (const std::string_view bytes : test::kHostile) {
    test::make_hostile(sample_, bytes);
    for (const auto& record : test::one_of_every_kind(bytes)) {
      Event event = record->event(sample_.process, &sample_.names);
      event.container = &sample_.container;
      event.host_name = event.local_name = event.reached_by = bytes;
      EXPECT_TRUE(parsed(event).is_object()) << kind_name(event.kind());
      Alert alert = sample_.alert();
      alert.event = &event;
      EXPECT_TRUE(parsed(alert).is_object()) << kind_name(event.kind());
    }
    const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
    parsed(Undelivered{bytes, 2, causes, 60, 63, 0});
    parsed(Throttled{bytes, bytes, 2, 60, 63, 0});
    const RefusedMeanwhile rules[] = {{.rule = bytes, .denied = 5}};
    const Meanwhile meanwhile{.since = 1, .until = 2, .refused = 12, .recorded = 10, .rules = rules};
    parsed(EnforcementChange{.from = "enforce",
                             .to = "off",
                             .cause = "command",
                             .until = 7,
                             .pid = 812,
                             .process = bytes,
                             .key = "k",
                             .meanwhile = &meanwhile});
  }
}

// A name in output_fields may be a call with quotation marks in it.
TEST_P(EveryFormat, FieldsWithAnyName) {
  sample_.process.cmdline = "cat \xff";
  for (const char* field : {"proc.args", "proc.pid", "fd.sport"}) {
    sample_.output.push_back({R"(join(", \xff", )" + std::string(field) + ")", find_field(field), -1});
  }
  EXPECT_TRUE(parsed(sample_.alert()).is_object());
}

TEST_P(EveryFormat, TheSameRecordIsTheSameLine) {
  sample_.container_known = true;
  const std::string first = line_of(sample_.alert());
  EXPECT_EQ(line_of(sample_.alert()), first);
}

// Every field of every kind has its value somewhere: as it is, or as part of a text. Numbers that nobody else has.
TEST_P(EveryFormat, NoFieldIsLeftOut) {
  for (const auto& record : test::one_of_every_kind()) {
    const Event event = record->event(sample_.process, &sample_.names);
    const std::string line = line_of(event);
    for (const Field& field : wire_fields()) {
      if (!field.kinds.contains(event.kind()) || field.name.starts_with("header.")) continue;
      const std::string_view name = field.name.substr(field.name.find('.') + 1);
      if (name == "message" || name == "reserved") continue;  // DNS: as base64
      EXPECT_NE(line.find("\"" + std::string(GetParam().name == "falco" ? field.name : name) + "\":"),
                std::string::npos)
          << field.name << '\n'
          << line;
    }
  }
}

TEST(Formats, ByName) {
  std::set<std::string_view> names;
  for (const Format& format : all_formats()) {
    EXPECT_EQ(find_format(format.name), &format);
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
  }
  EXPECT_EQ(all_formats().front().name, "native");
  EXPECT_EQ(find_format("cef"), nullptr);
}

TEST(Formats, UidsTellRecordsApart) {
  SampleAlert sample;
  const auto text = [](const Uid& uid) {
    char digits[kUidSize];
    put_uid(digits, uid);
    return std::string(digits, sizeof digits);
  };
  const std::string_view boot = sample.host.boot_id;
  std::set<std::string> uids;
  for (int i = 0; i < 4; ++i) {
    const Event event = sample.open.event(sample.process);
    EXPECT_TRUE(uids.insert(text(event_uid(boot, event))).second);
    EXPECT_TRUE(uids.insert(text(event_uid(boot, event, "a"))).second);
    EXPECT_TRUE(uids.insert(text(event_uid(boot, event, "b"))).second);
    EXPECT_TRUE(uids.insert(text(event_uid("1" + std::string(boot), event))).second) << "another boot";
    EXPECT_EQ(event_uid(boot, event), event_uid(boot, event));
    if (i == 0) ++sample.open->header.sequence;
    if (i == 1) ++sample.open->header.cpu;
    if (i == 2) ++sample.open->header.time;
  }
  for (const pk_key key : {pk_key{1}, pk_key{2}, ~pk_key{0}, pk_key{1} << 62, pk_key{1} << 63}) {
    EXPECT_TRUE(uids.insert(text(process_uid(boot, key))).second);
  }
  for (const std::string& uid : uids) {
    EXPECT_EQ(uid[14], '8') << uid << ": version";
    EXPECT_NE(std::string_view("89ab").find(uid[19]), std::string_view::npos) << uid << ": variant";
  }
}

}  // namespace
}  // namespace picket
