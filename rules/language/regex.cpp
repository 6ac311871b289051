// SPDX-License-Identifier: Apache-2.0
#include "rules/language/regex.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

namespace picket::language {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// Which second bytes may follow a first one: overlong forms, surrogates and numbers above U+10FFFF are no UTF-8.
struct Lead {
  std::uint8_t first, last;  // the first byte
  std::size_t size;
  std::uint8_t low, high;  // the second
};

constexpr Lead kLeads[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

// How many bytes the character at the front has; 0 when it is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (const Lead& lead : kLeads) {
    if (byte(0) < lead.first || byte(0) > lead.last) continue;
    if (text.size() < lead.size) return 0;
    if (lead.size > 1 && (byte(1) < lead.low || byte(1) > lead.high)) return 0;
    for (std::size_t i = 2; i < lead.size; ++i) {
      if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return lead.size;
  }
  return 0;
}

std::size_t valid_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = character_size(text.substr(at));
    if (size == 0) break;
    at += size;
  }
  return at;
}

std::string_view cleaned(std::string_view text, Scratch& scratch) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::size_t at = valid_size(text);
  if (at == text.size()) return text;
  char* const copy = scratch.room(text.size() * kReplacement.size());
  char* out = copy + text.copy(copy, at);
  while (at < text.size()) {
    const std::size_t valid = valid_size(text.substr(at));
    out += text.copy(out, valid, at);
    at += valid;
    if (at == text.size()) break;
    out += kReplacement.copy(out, kReplacement.size());
    ++at;
  }
  return {copy, static_cast<std::size_t>(out - copy)};
}

RE2::Options options() {
  RE2::Options posix(RE2::POSIX);
  posix.set_log_errors(false);
  return posix;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

}  // namespace

struct Regex::Compiled {
  Compiled(std::string_view pattern, const RE2::Options& options) : re2(piece(pattern), options) {}
  RE2 re2;
};

Regex::Regex(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

Result<std::shared_ptr<const Regex>> Regex::compile(std::string_view pattern) {
  auto compiled = std::make_unique<const Compiled>(pattern, options());
  if (!compiled->re2.ok()) return Error{compiled->re2.error(), ""};
  return std::shared_ptr<const Regex>(new Regex(std::move(compiled)));
}

const std::string& Regex::pattern() const { return compiled_->re2.pattern(); }

bool Regex::matches(std::string_view text, Scratch& scratch) const {
  return RE2::FullMatch(piece(cleaned(text, scratch)), compiled_->re2);
}

// RE2 tells which texts decide whether an expression can match, and evaluates that for any of them being there. A text
// is left out as long as none of the expression's ways gets by without those that stay.
std::vector<std::string> Regex::required(std::size_t least) const {
  const std::string& pattern = compiled_->re2.pattern();
  // What lower case does to letters beyond ASCII, and to those that an escape may stand for, is not worth knowing.
  if (!is_ascii(pattern) || pattern.find("\\x") != pattern.npos) return {};
  re2::FilteredRE2 filter(static_cast<int>(least));
  int number = 0;
  std::vector<std::string> texts;
  if (filter.Add(pattern, options(), &number) != RE2::NoError) return {};
  filter.Compile(&texts);
  // Long texts are rare ones, and are to stay: the shortest are tried first.
  std::vector<int> order(texts.size()), kept;
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::stable_sort(order.begin(), order.end(), [&texts](int a, int b) {
    return texts[static_cast<std::size_t>(a)].size() < texts[static_cast<std::size_t>(b)].size();
  });
  const auto passes_with = [&filter](const std::vector<int>& present) {
    std::vector<int> passing;
    filter.AllPotentials(present, &passing);
    return !passing.empty();
  };
  std::vector<int> left_out;
  if (passes_with(left_out)) return {};
  for (const int text : order) {
    left_out.push_back(text);
    if (!passes_with(left_out)) continue;
    left_out.pop_back();
    kept.push_back(text);
  }
  std::vector<std::string> all;
  for (const int text : kept) all.push_back(texts[static_cast<std::size_t>(text)]);
  return all;
}

struct RegexSet::Compiled {
  RE2::Set set{options(), RE2::ANCHOR_BOTH};
};

RegexSet::RegexSet() : compiled_(std::make_unique<Compiled>()) {}
RegexSet::RegexSet(RegexSet&&) noexcept = default;
RegexSet& RegexSet::operator=(RegexSet&&) noexcept = default;
RegexSet::~RegexSet() = default;

void RegexSet::add(const Regex& regex) { compiled_->set.Add(regex.compiled_->re2.pattern(), nullptr); }
void RegexSet::compile() { compiled_->set.Compile(); }

bool RegexSet::match(std::string_view text, Scratch& scratch, std::vector<int>& found) const {
  RE2::Set::ErrorInfo error{};
  found.clear();
  return compiled_->set.Match(piece(cleaned(text, scratch)), &found, &error) || error.kind == RE2::Set::kNoError;
}

}  // namespace picket::language
