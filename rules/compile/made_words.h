// SPDX-License-Identifier: Apache-2.0
//
// How the maps of made events are read: the words in them, and tables of their keys. Private to rules/compile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/number_names.h"
#include "rules/event/text.h"
#include "rules/language/durations.h"
#include "rules/policy/documents.h"

namespace picket {

// Falco's names of what has another name here.
struct Alias {
  std::string_view alias, key;
};
inline constexpr Alias kAliases[] = {
    {"evt.type", "call"},          {"fd.name", "path"},          {"fd.rip", "address"},
    {"fd.rport", "port"},          {"proc.name", "name"},        {"proc.exepath", "exepath"},
    {"proc.args", "args"},         {"proc.exe", "exe"},          {"proc.cwd", "cwd"},
    {"proc.pid", "pid"},           {"user.uid", "uid"},          {"user.name", "user"},
    {"user.loginuid", "loginuid"}, {"group.gid", "gid"},         {"container.id", "id"},
    {"container.name", "name"},    {"container.image", "image"}, {"container.privileged", "privileged"},
    {"k8s.pod.name", "pod"},       {"k8s.ns.name", "namespace"}, {"file.hash.sha256", "sha256"},
};

inline std::string_view key_of(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kAliases), std::end(kAliases), [name](const Alias& row) { return row.alias == name; });
  return found == std::end(kAliases) ? name : found->key;
}

// What the rows below read words with.
class Reader {
 public:
  explicit Reader(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics), before_(diagnostics.size()) {}

  bool failed() const { return diagnostics_.size() != before_; }

  void error(const policy::Text& text, std::string message, std::string hint = {}) {
    diagnostics_.push_back(
        policy::diagnose(Severity::Error, Finding::Shape, text, std::move(message), std::move(hint)));
  }
  void unknown(std::string_view what, const policy::Text& text, const std::vector<std::string_view>& names) {
    error(text, "unknown " + std::string(what) + " " + quote(text.value), suggestion(text.value, names));
  }

  // "" after an error.
  std::string_view word(const policy::Written& written) {
    if (written.kind == policy::Written::Kind::Word) return written.text.value;
    error(written.text, "expected a text");
    return {};
  }

  std::uint64_t number(const policy::Written& written, std::uint64_t most) {
    const std::string_view text = word(written);
    if (text.empty()) return 0;
    const auto number = number_of(text);
    if (number && *number <= most) return *number;
    error(written.text, "expected a number up to " + std::to_string(most) + ", or names of such, got " + quote(text));
    return 0;
  }
  std::uint32_t number(const policy::Written& written) {
    return static_cast<std::uint32_t>(number(written, UINT32_MAX));
  }

  bool truth(const policy::Written& written) {
    const std::string_view text = word(written);
    if (text != "true" && text != "false") error(written.text, "expected true or false");
    return text == "true";
  }

  FileHash hash(const policy::Written& written) {
    const auto sha256 = read_digits(word(written));
    if (sha256) return FileHash::known(*sha256);
    error(written.text, "expected a SHA-256: 64 hexadecimal digits, in lower case");
    return {};
  }

  std::uint64_t duration(const policy::Written& written) {
    const auto duration = parse_duration(word(written));
    if (!duration) error(written.text, "expected a duration", "write 500ms, 90s, 1m or 1h");
    return duration.value_or(0);
  }

  // The number of a name of errno(3).
  std::int64_t error_number(const policy::Written& written) {
    std::vector<std::string_view> names;
    for (int number = 1; number <= 133; ++number) {
      const char* name = strerrorname_np(number);
      if (name == nullptr) continue;
      if (written.text.value == name) return number;
      names.push_back(name);
    }
    unknown("errno", written.text, names);
    return 0;
  }

  // One word, or a list of them.
  template <class Use>
  void each(const policy::Written& written, Use use) {
    if (written.kind != policy::Written::Kind::List) return use(written);
    for (const policy::Written& item : written.items) use(item);
  }

  // Each of the words and a NUL byte.
  std::string strings(const policy::Written& written) {
    std::string all;
    each(written, [&](const policy::Written& item) { all.append(word(item)).push_back('\0'); });
    return all;
  }

 private:
  std::vector<Diagnostic>& diagnostics_;
  std::size_t before_;
};

template <class Subject>
struct Row {
  std::string_view name;
  void (*read)(Reader& reader, const policy::Written& value, Subject& subject);
};

// Reads a map by its rows.
template <class Subject>
void read_map(Reader& reader, const policy::Written& written, std::string_view what, std::span<const Row<Subject>> rows,
              Subject& subject) {
  if (written.kind != policy::Written::Kind::Map) return reader.error(written.text, "expected a map");
  for (const auto& [name, value] : written.members) {
    const std::string_view key = key_of(name.value);
    const auto row = std::find_if(rows.begin(), rows.end(), [key](const auto& one) { return one.name == key; });
    if (row != rows.end()) {
      row->read(reader, value, subject);
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& one : rows) names.push_back(one.name);
    reader.unknown("key of " + std::string(what), name, names);
  }
}

}  // namespace picket
