// SPDX-License-Identifier: Apache-2.0
//
// Seldom needed, so that it may build a document of it.
#include "exporters/kafka/shorten.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

// How long a text may be: tried one after the other. The last one is longer than ids, dates and digests.
constexpr std::size_t kMostText[] = {16384, 4096, 1024, 256, 128};
constexpr std::size_t kTextsOfAList = 4;  // so many of the longest texts may a list be long

constexpr std::string_view kExact = "_base64";

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

// True when it was cut.
bool cut_text(std::string& text, std::size_t most) {
  if (text.size() <= most) return false;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  const std::string note = " [" + std::to_string(text.size() - end) + " bytes cut]";
  text.resize(end);
  text += note;
  return true;
}

bool cut(Json& value, std::size_t most);

bool cut_list(Json& list, std::size_t most) {
  bool changed = false;
  std::size_t bytes = 0, kept = 0;
  for (; kept < list.size(); ++kept) {
    changed = cut(list[kept], most) || changed;
    bytes += dump(list[kept]).size();
    if (bytes > kTextsOfAList * most) break;
  }
  if (kept == list.size()) return changed;
  const std::size_t left_out = list.size() - kept;
  const bool texts = list[kept].is_string();
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(kept), list.end());
  if (texts) list.push_back("[" + std::to_string(left_out) + " more]");
  return true;
}

bool cut_object(Json& object, std::size_t most) {
  std::set<std::string> changed;
  for (auto& [name, member] : object.items()) {
    if (!name.ends_with(kExact) && cut(member, most)) changed.insert(name);
  }
  std::vector<std::string> exact;
  for (const auto& [name, member] : object.items()) {
    if (!name.ends_with(kExact)) continue;
    const std::string of = name.substr(0, name.size() - kExact.size());
    if (changed.count(of) != 0 || dump(member).size() > most) exact.push_back(name);
  }
  for (const std::string& name : exact) object.erase(name);
  return !changed.empty() || !exact.empty();
}

// True when anything in it was cut.
bool cut(Json& value, std::size_t most) {
  if (value.is_string()) return cut_text(value.get_ref<std::string&>(), most);
  if (value.is_array()) return cut_list(value, most);
  return value.is_object() && cut_object(value, most);
}

}  // namespace

std::optional<std::string> shorten_json(std::string_view text, std::size_t most) {
  const bool line = text.ends_with('\n');
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_object()) return std::nullopt;
  for (const std::size_t longest : kMostText) {
    Json shorter = whole;
    cut(shorter, longest);
    std::string made = dump(shorter);
    if (line) made += '\n';
    if (made.size() <= most) return made;
  }
  return std::nullopt;
}

}  // namespace picket
