// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/event_reader.h"

#include <cstring>
#include <vector>

#include "sensor/central/container_reader.h"
#include "sensor/central/lineage_reader.h"
#include "sensor/central/text_cache.h"

namespace picket::central {
namespace {

constexpr std::size_t kLineages = 4096;
constexpr std::size_t kContainers = 512;
constexpr std::string_view kSchemas = "picket.alert.v";  // of any version
constexpr std::string_view kSchema = "picket.alert.v1";

}  // namespace

std::string_view problem_name(Problem problem) {
  static constexpr std::string_view kNames[] = {
#define PROBLEM(name, doc) #name,
#include "sensor/central/problems.def"
#undef PROBLEM
  };
  return kNames[static_cast<std::size_t>(problem)];
}

std::string_view describe(Problem problem) {
  static constexpr std::string_view kTexts[] = {
#define PROBLEM(name, doc) doc,
#include "sensor/central/problems.def"
#undef PROBLEM
  };
  return kTexts[static_cast<std::size_t>(problem)];
}

struct EventReader::State {
  // The members of a message.
  struct Message {
    Scratch& scratch;
    State& state;
    std::string_view schema = {};
    std::optional<std::uint64_t> time;
    bool has_host = false, has_event = false;
    LineageTexts lineage = {};
    std::string_view container = {};
    std::optional<Problem> problem = {};  // of the event
  };
  static const Row<Message> kRows[8];

  std::optional<Problem> read(std::string_view message);
  bool read_host(json::value& value);
  std::optional<Problem> join(const Message& message);
  const KnownLineage* lineage_of(const LineageTexts& texts, std::int64_t offset);
  const Container* container_of(std::string_view text, std::int64_t offset);

  std::vector<char> bytes_ = std::vector<char>(kPadding);  // the message, and what has to be readable behind it
  json::parser parser_, part_parser_;
  Scratch scratch_;
  RecordReader record_;
  std::string host_text_;  // as it stood in the message that told of the host
  Host host_;
  std::uint64_t origin_ = 0;
  TextCache<KnownLineage> lineages_{kLineages};
  TextCache<Container> containers_{kContainers};
  Event event_;
};

namespace {

// The text of an object or an array, which is read later or not at all.
bool take_text(json::value& value, std::string_view& text) {
  json::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  if (type == json::json_type::array) {
    json::array array;
    return value.get_array().get(array) == simdjson::SUCCESS && array.raw_json().get(text) == simdjson::SUCCESS;
  }
  json::object object;
  return value.get_object().get(object) == simdjson::SUCCESS && object.raw_json().get(text) == simdjson::SUCCESS;
}

// It becomes a part of ids, which are written as they are.
bool is_boot_id(std::string_view text) { return text.find_first_not_of("0123456789abcdefABCDEF-") == text.npos; }

// From the first of the three texts to the last: mostly they stand side by side.
std::string_view span_of(const LineageTexts& texts) {
  const std::string_view last = texts.ancestors.empty() ? texts.parent : texts.ancestors;
  if (last.data() < texts.process.data()) return texts.process;
  return {texts.process.data(), last.data() + last.size()};
}

}  // namespace

// In the order in which they are written. What stands between them is passed over.
const Row<EventReader::State::Message> EventReader::State::kRows[8] = {
    {.name = "schema", .text = [](std::string_view text, Message& message) { message.schema = text; }},
    {"time", [](json::value& value, Message& message) { return read_date(value, message.time.emplace()); }},
    {"host",
     [](json::value& value, Message& message) {
       message.has_host = true;
       return message.state.read_host(value);
     }},
    {"event",
     [](json::value& value, Message& message) {
       message.has_event = true;
       message.problem = message.state.record_.read(value, message.scratch);
       return !message.problem;
     }},
    {"process", [](json::value& value, Message& message) { return take_text(value, message.lineage.process); }},
    {"parent", [](json::value& value, Message& message) { return take_text(value, message.lineage.parent); }},
    {"ancestors", [](json::value& value, Message& message) { return take_text(value, message.lineage.ancestors); }},
    {"container", [](json::value& value, Message& message) { return take_text(value, message.container); }},
};

std::optional<Problem> EventReader::State::read(std::string_view text) {
  if (text.size() > kLargestMessage) return Problem::too_large;
  if (bytes_.size() < text.size() + kPadding) bytes_.resize(text.size() + kPadding);
  text.copy(bytes_.data(), text.size());
  std::memset(bytes_.data() + text.size(), 0, kPadding);
  scratch_.clear();

  json::document document;
  json::object object;
  const simdjson::padded_string_view padded(bytes_.data(), text.size(), bytes_.size());
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return Problem::not_json;
  }
  Message message{.scratch = scratch_, .state = *this, .time = {}};
  std::size_t next = 0;
  for (auto each : object) {
    json::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return Problem::not_json;
    KeyIs is = KeyIs::Another;
    const Row<Message>* const row = find_row(kRows, field.key(), next, is);
    if (row == nullptr) continue;
    if (!read_member(*row, is, field.value(), message)) return message.problem.value_or(Problem::wrong_member);
    if (row == kRows && message.schema != kSchema) {
      return message.schema.starts_with(kSchemas) ? Problem::other_version : Problem::not_an_event;
    }
  }
  const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (!at_end) return Problem::not_json;
  return join(message);
}

// As a rule it is the host of the message before.
bool EventReader::State::read_host(json::value& value) {
  struct Target {
    Scratch& scratch;
    Host host;
  };
  static constexpr Row<Target> kHost[] = {
      {.name = "name", .text = [](std::string_view text, Target& target) { target.host.name = text; }},
      {.name = "boot_id", .text = [](std::string_view text, Target& target) { target.host.boot_id = text; }},
  };
  json::object object;
  std::string_view text;
  if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS) {
    return false;
  }
  if (text == host_text_) return true;
  json::document document;
  json::value again;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kPadding);
  Target target{scratch_, {}};
  if (part_parser_.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_value().get(again) != simdjson::SUCCESS || !read_members(again, kHost, target) ||
      !is_boot_id(target.host.boot_id)) {
    return false;
  }
  host_ = std::move(target.host);
  host_text_ = text;
  origin_ = std::hash<std::string_view>{}(host_.boot_id) | 1;
  return true;
}

std::optional<Problem> EventReader::State::join(const Message& message) {
  if (message.schema.empty()) return Problem::not_an_event;
  if (!message.time || !message.has_host || !message.has_event || message.lineage.process.empty()) {
    return Problem::missing_member;
  }
  const auto offset = static_cast<std::int64_t>(*message.time - record_.boottime());
  const KnownLineage* const lineage = lineage_of(message.lineage, offset);
  if (lineage == nullptr) return Problem::wrong_member;
  event_ = {};
  event_.process = &lineage->process();
  event_.wall_clock_offset = offset;
  if (!message.container.empty()) {
    event_.container = container_of(message.container, offset);
    if (event_.container == nullptr) return Problem::wrong_member;
  }
  record_.finish(lineage->process(), const_cast<MessageNames&>(lineage->names), event_);
  event_.origin = origin_;
  return std::nullopt;
}

const KnownLineage* EventReader::State::lineage_of(const LineageTexts& texts, std::int64_t offset) {
  const std::string_view span = span_of(texts);
  if (const KnownLineage* known = lineages_.find(span, offset)) return known;
  KnownLineage& lineage = lineages_.take(span, offset);
  if (read_lineage(part_parser_, texts, offset, scratch_, lineage)) return &lineage;
  lineages_.forget(span);
  return nullptr;
}

const Container* EventReader::State::container_of(std::string_view text, std::int64_t offset) {
  if (const Container* known = containers_.find(text, offset)) return known;
  Container& container = containers_.take(text, offset);
  if (read_container(part_parser_, text, offset, scratch_, container)) return &container;
  containers_.forget(text);
  return nullptr;
}

EventReader::EventReader() : state_(std::make_unique<State>()) {}
EventReader::~EventReader() = default;

std::optional<Problem> EventReader::read(std::string_view message) { return state_->read(message); }
const Event& EventReader::event() const { return state_->event_; }
const Host& EventReader::host() const { return state_->host_; }

}  // namespace picket::central
