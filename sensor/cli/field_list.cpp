// SPDX-License-Identifier: Apache-2.0
//
// One walk over the catalogue for each form of it.
#include "sensor/cli/field_list.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "exporters/format/json.h"
#include "rules/event/catalogue.h"
#include "rules/event/outcome.h"
#include "rules/event/unavailable.h"

namespace picket::cli {
namespace {

constexpr std::string_view kFormats[] = {"text", "json", "markdown"};

// What may stand in brackets behind the name. In the order of Argument.
constexpr std::string_view kBrackets[] = {"", "[N]", "[N]", "[X]", "[X]"};
static_assert(std::size(kBrackets) == static_cast<std::size_t>(Argument::RequiredName) + 1);

bool needs_argument(const Field& field) {
  return field.argument == Argument::Required || field.argument == Argument::RequiredName;
}

// proc.name, proc.aname([N]), container.mount.dest[X]
std::string spelling(const Field& field) {
  const std::string brackets(kBrackets[static_cast<std::size_t>(field.argument)]);
  const std::string shown = brackets.empty() || needs_argument(field) ? brackets : "(" + brackets + ")";
  return std::string(field.name) + shown;
}

// "evt" of evt.type.
std::string_view class_of(const Field& field) { return field.name.substr(0, field.name.find('.')); }

std::vector<std::string_view> names_of(KindSet kinds) {
  std::vector<std::string_view> names;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (kinds.contains(static_cast<Kind>(kind))) names.push_back(kind_name(static_cast<Kind>(kind)));
  }
  return names;
}

std::string listed(KindSet kinds) {
  std::string text;
  for (const std::string_view name : names_of(kinds)) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// "open, dup"; "all but exit, dns" where that is shorter.
std::string events_of(const Field& field) {
  if (field.kinds == KindSet::all()) return "all, the sensor's own too";
  const KindSet lacking = kDone & ~field.kinds;
  if (lacking.empty()) return "all";
  return lacking.size() < field.kinds.size() ? "all but " + listed(lacking) : listed(field.kinds);
}

// The fields of `all` by class, in the order in which classes appear.
std::vector<const Field*> by_class(std::span<const Field> all) {
  std::vector<std::string_view> classes;
  for (const Field& field : all) {
    if (std::find(classes.begin(), classes.end(), class_of(field)) == classes.end()) classes.push_back(class_of(field));
  }
  std::vector<const Field*> fields;
  for (const std::string_view name : classes) {
    for (const Field& field : all) {
      if (class_of(field) == name) fields.push_back(&field);
    }
  }
  return fields;
}

std::string text_list() {
  std::size_t width = 0;
  for (const Field& field : all_fields()) width = std::max(width, spelling(field).size());
  std::string text;
  for (const Field* field : by_class(all_fields())) {
    const std::string name = spelling(*field);
    text += name + std::string(width + 2 - name.size(), ' ') + std::string(field->doc) + "\n";
  }
  return text;
}

std::string json_list() {
  TextBuffer text;
  JsonWriter json(text);
  json.open('{').name("fields").open('[');
  for (const Field* row : by_class(all_fields())) {
    const Field& field = *row;
    json.open('{').member("name", field.name).member("type", type_name(field.type));
    json.member("argument", kBrackets[static_cast<std::size_t>(field.argument)]);
    json.name("argument_required").truth(needs_argument(field));
    json.name("several_values").truth(field.get_each != nullptr);
    json.name("waits_for_outcome").truth(field.asks_outcome);
    json.name("waits_for_hash").truth(field.hashes.any());
    json.name("events").open('[');
    for (const std::string_view kind : names_of(field.kinds)) json.text(kind);
    json.close(']').member("description", field.doc).close('}');
  }
  json.close(']').name("unavailable").open('[');
  for (const Unavailable& field : unavailable_fields()) {
    json.open('{').member("name", field.name).member("reason", field.why).member("instead", field.instead).close('}');
  }
  json.close(']').close('}').end_line().finish();
  return std::string(text.view());
}

// ---- Markdown ----

// A bar would end the cell, < begin a tag.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '|') escaped += '\\';
    byte == '<' ? escaped += "&lt;" : escaped += byte;
  }
  return escaped;
}

constexpr std::string_view kPageTop = R"(# Fields

<!-- Made by `picket fields --format markdown` and compared with it by a test. Do not edit. -->

What conditions compare and outputs print. A field has a value for the events that are named beside it, as far as it is
known there; elsewhere it is missing, and every check of it is false. `[N]` is a number, `[X]` any text; in round
brackets they may be left out. The names are Falco's where Falco has the field; what differs is said.
)";

constexpr std::string_view kWireTop = R"(
## Events as the kernel sent them

Every member of every event's record, by `kind.name`; `header` is what all have.
)";

constexpr std::string_view kUnavailableTop = R"(
## Falco's fields that cannot be known here

A rule that uses one is refused, with the reason. `.*` stands for all names that begin so.

| name | why | instead |
|---|---|---|
)";

// A table for each class.
std::string derived_tables() {
  std::string text;
  std::string_view current;
  for (const Field* row : by_class(all_fields().first(all_fields().size() - wire_fields().size()))) {
    const Field& field = *row;
    if (class_of(field) != current) {
      current = class_of(field);
      text += "\n## " + std::string(current) + "\n\n| name | type | events | what it is |\n|---|---|---|---|\n";
    }
    text += "| `" + spelling(field) + "` | " + std::string(type_name(field.type)) + " | " + events_of(field) + " | " +
            cell(field.doc) + " |\n";
  }
  return text;
}

std::string wire_tables() {
  std::string text;
  std::string_view current;
  for (const Field& field : wire_fields()) {
    if (class_of(field) != current) {
      current = class_of(field);
      text += "\n### " + std::string(current) + "\n\n| name | type | what it is |\n|---|---|---|\n";
    }
    text += "| `" + spelling(field) + "` | " + std::string(type_name(field.type)) + " | " + cell(field.doc) + " |\n";
  }
  return text;
}

std::string page() {
  std::string text(kPageTop);
  text += derived_tables();
  text += kWireTop;
  text += wire_tables();
  text += kUnavailableTop;
  for (const Unavailable& field : unavailable_fields()) {
    text += "| `" + std::string(field.name) + "` | " + cell(field.why) + " | " + cell(field.instead) + " |\n";
  }
  return text;
}

}  // namespace

std::optional<FieldListFormat> field_list_format(std::string_view name) {
  const auto found = std::find(std::begin(kFormats), std::end(kFormats), name);
  if (found == std::end(kFormats)) return std::nullopt;
  return static_cast<FieldListFormat>(found - std::begin(kFormats));
}

std::string list_fields(FieldListFormat format) {
  switch (format) {
    case FieldListFormat::Text:
      return text_list();
    case FieldListFormat::Json:
      return json_list();
    case FieldListFormat::Markdown:
      return page();
  }
  std::abort();
}

}  // namespace picket::cli
