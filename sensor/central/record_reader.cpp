// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/record_reader.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "rules/event/outcome.h"

namespace picket::central {
namespace {

// ---- the kind's own fields ----

// The rows of types.def.
enum class Wire : std::uint8_t { u16, u32, u64, s32, key, text, address, comm };

struct WireRow {
  std::string_view name;
  Wire type;
  std::size_t offset;
};

#define FIELD(type, name, doc) {#name, Wire::type, offsetof(Record, name)},
#define BEGIN(kind)           \
  namespace of_##kind {       \
    using Record = pk_##kind; \
    constexpr WireRow kRows[] = {
#define END(kind) \
  }               \
  ;               \
  }
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD

struct KindRows {
  std::string_view name;
  std::size_t size = 0;  // of the record without its texts; 0: there is no such kind
  std::span<const WireRow> rows = {};
};
constexpr auto kKinds = [] {
  std::array<KindRows, kKindEnd> kinds{};
#define KIND(number, name, group, doc) kinds[number] = {#name, sizeof(pk_##name), of_##name::kRows};
#include "bpf/shared/kinds.def"
#undef KIND
  return kinds;
}();

// What sensors say of themselves is no event that rules look at.
constexpr KindSet kRead = kDone | KindSet{Kind::container};

template <class Number>
bool put_number(json::value& value, char* to) {
  Number number{};
  if (!read_number(value, number)) return false;
  std::memcpy(to, &number, sizeof number);
  return true;
}

bool put_key(json::value& value, char* to) {
  pk_key key = 0;
  if (!read_entity_id(value, key)) return false;
  std::memcpy(to, &key, sizeof key);
  return true;
}

bool put_address(json::value& value, char* to) {
  std::string_view text;
  char copy[INET6_ADDRSTRLEN] = {};
  if (!read_text(value, text) || text.size() >= sizeof copy) return false;
  text.copy(copy, sizeof copy - 1);
  return inet_pton(text.find(':') == text.npos ? AF_INET : AF_INET6, copy, to) == 1;
}

bool put_comm(std::string_view text, char* to) {
  if (text.size() >= sizeof(pk_comm)) return false;
  std::memset(to, 0, sizeof(pk_comm));
  text.copy(to, text.size());
  return true;
}

// ---- the other members ----

using Said = RecordReader::Said;

}  // namespace

// The table may look into the reader.
struct EventRows {
  template <auto member>
  static bool header(json::value& value, Said& said) {
    return read_number(value, said.reader.header_.*member);
  }
  template <auto member>
  static bool optional(json::value& value, Said& said) {
    return read_number(value, (said.*member).emplace());
  }
  template <auto member>
  static void text(std::string_view text, Said& said) {
    said.reader.*member = text;
  }

  static bool flags(json::value& value, Said& said) {
    std::uint32_t flags = 0;
    if (!read_flags(value, kFlags, flags)) return false;
    said.reader.header_.flags = static_cast<pk_u16>(flags);
    return true;
  }

  static bool policy(json::value& value, Said& said) {
    said.has_policy = true;
    return read_number(value, said.reader.header_.policy);
  }

  static MessageNames& names(Said& said) {
    RecordReader& reader = said.reader;
    if (!reader.has_names_) reader.names_.begin();
    reader.has_names_ = true;
    return reader.names_;
  }
  static bool user(json::value& value, Said& said) {
    std::uint32_t uid = 0;
    return read_user(value, said.scratch, names(said), uid);
  }
  static bool group(json::value& value, Said& said) {
    std::uint32_t gid = 0;
    return read_group(value, said.scratch, names(said), gid);
  }

  static constexpr Row<Said> kRows[] = {
      {"tid", optional<&Said::tid>},
      {"uid", header<&pk_header::uid>},
      {"gid", header<&pk_header::gid>},
      {"user", user},
      {"group", group},
      {"cpu", header<&pk_header::cpu>},
      {"sequence", header<&pk_header::sequence>},
      {"boottime", optional<&Said::boottime>},
      {"syscall", header<&pk_header::syscall>},
      {"cgroup", optional<&Said::cgroup>},
      {"flags", flags},
      {"generation", policy},
      {"conjunct", header<&pk_header::conjunct>},
      {"refused_errno", optional<&Said::refused_errno>},
      {.name = "decision", .text = [](std::string_view text, Said& said) { said.decision = text; }},
      {"result", optional<&Said::result>},
      {"errno", optional<&Said::error_number>},
      {.name = "reached_by", .text = text<&RecordReader::reached_by_>},
      {.name = "remote_name", .text = text<&RecordReader::remote_name_>},
      {.name = "local_name", .text = text<&RecordReader::local_name_>},
      {"file_hashes", [](json::value& value, Said& said) { return read_hashes(value, said.reader.file_hash_); }},
  };
};

std::optional<Problem> RecordReader::read(json::value& value, Scratch& scratch) {
  json::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return Problem::wrong_member;
  if (const auto problem = begin(object)) return problem;
  Said said{.scratch = scratch, .reader = *this};
  if (!read_all(object, said)) return Problem::wrong_member;
  if (!said.boottime || !said.tid || said.decision.empty()) return Problem::missing_member;
  return take(said) ? std::nullopt : std::optional(Problem::wrong_member);
}

// The kind is the first member, as it is written; the others are read by it.
std::optional<Problem> RecordReader::begin(json::object& object) {
  std::string_view name;
  if (object.find_field_unordered("kind").get_string().get(name) != simdjson::SUCCESS) return Problem::missing_member;
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [name](const KindRows& kind) { return kind.size != 0 && kind.name == name; });
  if (known == kKinds.end()) return Problem::unknown_kind;
  kind_ = static_cast<Kind>(known - kKinds.begin());
  if (!kRead.contains(kind_)) return Problem::not_an_event;
  if (object.reset().error() != simdjson::SUCCESS) return Problem::wrong_member;

  header_ = {};
  header_.kind = static_cast<pk_u16>(kind_);
  header_.syscall = -1;
  words_.assign((known->size + 7) / 8, 0);
  text_count_ = 0;
  result_.reset();
  remote_name_ = local_name_ = reached_by_ = {};
  file_hash_ = {};
  has_names_ = false;
  return std::nullopt;
}

bool RecordReader::read_all(json::object& object, Said& said) {
  const std::string_view fields = kKinds[static_cast<std::size_t>(kind_)].name;
  std::size_t next = 0;
  for (auto each : object) {
    json::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return false;
    if (compare(field.key(), fields) == KeyIs::Name) {
      if (!read_fields(field.value(), said.scratch)) return false;
      continue;
    }
    KeyIs is = KeyIs::Another;
    const auto* const row = find_row(EventRows::kRows, field.key(), next, is);
    if (row != nullptr && !read_member(*row, is, field.value(), said)) return false;
  }
  return true;
}

bool RecordReader::read_fields(json::value& value, Scratch& scratch) {
  json::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  const auto rows = kKinds[static_cast<std::size_t>(kind_)].rows;
  std::size_t next = 0;
  for (auto each : object) {
    json::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return false;
    KeyIs is = KeyIs::Another;
    const WireRow* const row = find_row(rows, field.key(), next, is);
    if (row == nullptr) continue;
    if (!read_field(static_cast<std::size_t>(row - rows.data()), is, field.value(), scratch)) return false;
  }
  return true;
}

bool RecordReader::read_field(std::size_t number, KeyIs is, json::value& value, Scratch& scratch) {
  const WireRow& row = kKinds[static_cast<std::size_t>(kind_)].rows[number];
  char* const to = at(row.offset);
  std::string_view text;
  switch (row.type) {
    case Wire::u16:
      return put_number<pk_u16>(value, to);
    case Wire::u32:
      return put_number<pk_u32>(value, to);
    case Wire::u64:
      return put_number<pk_u64>(value, to);
    case Wire::s32:
      return put_number<pk_s32>(value, to);
    case Wire::key:
      return put_key(value, to);
    case Wire::address:
      return put_address(value, to);
    case Wire::text:
    case Wire::comm:
      break;
  }
  if (!read_text(value, text)) return false;
  if (is == KeyIs::Exact) {
    const auto bytes = decode_base64(text, scratch);
    if (!bytes) return false;
    text = *bytes;
  }
  // The name of a task is cut at 15 bytes; each that is no UTF-8 is three in the text beside the exact one.
  if (row.type == Wire::comm) return put_comm(text, to) || is == KeyIs::Name;
  set_text(row.offset, text);
  return true;
}

// The bytes follow the fixed part once all is read. The last of the same member counts.
void RecordReader::set_text(std::size_t offset, std::string_view bytes) {
  const auto end = texts_.begin() + static_cast<std::ptrdiff_t>(text_count_);
  const auto there = std::find_if(texts_.begin(), end, [offset](const Text& text) { return text.offset == offset; });
  if (there == end) ++text_count_;
  *there = {offset, bytes};
}

// What the members say together. The words of decisions are those of decision_of() in exporters/format/native.cpp.
bool RecordReader::take(const Said& said) {
  header_.time = *said.boottime;
  header_.tid = *said.tid;
  has_cgroup_ = said.cgroup.has_value();
  header_.cgroup = said.cgroup.value_or(0);
  result_ = said.result;

  const std::int64_t error = (said.result ? said.refused_errno : said.error_number).value_or(0);
  if (error < 0 || error > -std::int64_t{INT32_MIN}) return false;
  header_.error = static_cast<pk_s32>(-error);

  if (said.decision == "failed" || (said.decision == "denied" && !said.has_policy)) return true;
  for (unsigned decision = 0; !decision_name(decision).empty(); ++decision) {
    if (decision_name(decision) != said.decision) continue;
    header_.decision = static_cast<pk_u16>(decision);
    return true;
  }
  return false;
}

void RecordReader::append_texts() {
  const std::size_t fixed = kKinds[static_cast<std::size_t>(kind_)].size;
  std::size_t size = fixed;
  for (std::size_t i = 0; i < text_count_; ++i) size += texts_[i].bytes.size();
  words_.resize((size + 7) / 8);
  std::size_t end = fixed;
  for (std::size_t i = 0; i < text_count_; ++i) {
    const auto& [offset, bytes] = texts_[i];
    const pk_text text{static_cast<pk_u32>(end), static_cast<pk_u32>(bytes.size())};
    std::memcpy(at(offset), &text, sizeof text);
    bytes.copy(at(end), bytes.size());
    end += bytes.size();
  }
  header_.size = static_cast<pk_u32>(size);
}

void RecordReader::finish(const Process& process, Names& names, Event& event) {
  append_texts();
  header_.process = process.key;
  if (!has_cgroup_) header_.cgroup = process.cgroup;
  std::memcpy(at(0), &header_, sizeof header_);
  event.header = reinterpret_cast<const pk_header*>(words_.data());
  event.result = result_;
  event.host_name = remote_name_;
  event.local_name = local_name_;
  event.reached_by = reached_by_;
  event.file_hash = file_hash_.is_known() ? &file_hash_ : nullptr;
  event.names = &names;
  if (!has_names_) return;
  names_.go_on(names);
  event.names = &names_;
}

}  // namespace picket::central
