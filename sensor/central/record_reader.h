// SPDX-License-Identifier: Apache-2.0
//
// The member "event" of an alert as a record: the bytes that the hook had written, by the same rows of
// bpf/shared/fields that it was written as JSON by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/event/event.h"
#include "sensor/central/json_members.h"
#include "sensor/central/lineage_reader.h"

namespace picket::central {

enum class Problem : std::uint8_t {
#define PROBLEM(name, doc) name,
#include "sensor/central/problems.def"
#undef PROBLEM
};

inline constexpr std::size_t kProblems = 0
#define PROBLEM(name, doc) +1
#include "sensor/central/problems.def"
#undef PROBLEM
    ;

// Allocates only when a record is longer than all before. Not thread-safe.
class RecordReader {
 public:
  // Reads the member; nothing when all is well. Texts lie in the parser and in `scratch`.
  std::optional<Problem> read(json::value& value, Scratch& scratch);

  // The record, with what the other members say: who did it, in which cgroup when nothing is said of that. Good until
  // the next read(). Sets the event's header, result, names of the ends, reached_by and file_hash.
  void finish(const Process& process, Names& names, Event& event);

  std::uint64_t boottime() const { return header_.time; }

  // What is read apart from the kind's own fields; public for the table that says how.
  struct Said {
    Scratch& scratch;
    RecordReader& reader;
    std::optional<std::uint64_t> boottime = {}, cgroup = {};
    std::optional<std::int64_t> result = {}, refused_errno = {}, error_number = {};
    std::optional<std::uint32_t> tid = {};
    std::string_view decision = {};
    bool has_policy = false;
  };

 private:
  struct Text {
    std::size_t offset;  // of its pk_text
    std::string_view bytes;
  };

  std::optional<Problem> begin(json::object& object);
  bool read_all(json::object& object, Said& said);
  bool read_fields(json::value& value, Scratch& scratch);
  bool read_field(std::size_t row, KeyIs is, json::value& value, Scratch& scratch);
  void set_text(std::size_t offset, std::string_view bytes);
  bool take(const Said& said);
  void append_texts();
  char* at(std::size_t offset) { return reinterpret_cast<char*>(words_.data()) + offset; }

  friend struct EventRows;

  Kind kind_{};
  pk_header header_{};
  std::vector<std::uint64_t> words_;  // the record
  std::array<Text, 16> texts_{};
  std::size_t text_count_ = 0;
  bool has_cgroup_ = false;
  std::optional<std::int64_t> result_;
  std::string_view remote_name_, local_name_, reached_by_;
  FileHash file_hash_;
  MessageNames names_;  // of who acted, where that is another user than the process's
  bool has_names_ = false;
};

}  // namespace picket::central
