// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/sigma.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>

#include "rules/compile/compile.h"
#include "rules/event/read_file.h"
#include "rules/event/text.h"
#include "rules/policy/limits.h"
#include "rules/sigma/document.h"
#include "rules/sigma/write.h"

namespace picket::sigma {
namespace {

namespace fs = std::filesystem;

bool is_sigma_file(const fs::path& path) { return path.extension() == ".yml" || path.extension() == ".yaml"; }

Result<std::vector<std::string>> files_below(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (is_sigma_file(entry->path()) && !entry->is_directory(ignored)) files.push_back(entry->path().string());
  }
  if (error) return Error{error.message(), ""};
  std::sort(files.begin(), files.end());
  return files;
}

Diagnostic unreadable(const std::string& path, const Error& error) {
  return {Severity::Error, {path}, {}, "cannot read this: " + error.message, error.hint};
}

// Control bytes are not YAML, and the parser takes one of them for the end of the file.
std::size_t control_byte(std::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](char byte) {
    const bool blank = byte == '\n' || byte == '\r' || byte == '\t';
    return (static_cast<unsigned char>(byte) < 0x20 && !blank) || byte == 0x7f;
  });
  return static_cast<std::size_t>(found - text.begin());
}

// What the compiler says against the written rule; empty when nothing, and then whether an event can match it.
struct Verdict {
  std::string error;
  bool can_match = false;
};

Verdict verdict_on(const std::string& written) {
  policy::Documents documents;
  policy::load_text("converted", written, documents);
  const Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::Error) return {diagnostic.message};
  }
  if (compiled.policy.rules.size() != 1) return {"it is no rule"};
  return {"", !compiled.policy.rules.front().kinds.empty()};
}

}  // namespace

void Converter::add(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return add_file(path);
  const auto files = files_below(path);
  if (!files) return conversion_.findings.push_back(unreadable(path, files.error()));
  for (const std::string& file : *files) add_file(file);
}

void Converter::add_file(const std::string& path) {
  auto text = read_file(path, policy::kMaxFileSize);
  if (!text) return conversion_.findings.push_back(unreadable(path, text.error()));
  add_text(path, *std::move(text));
}

void Converter::add_text(std::string path, std::string text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  const auto file = std::make_shared<const policy::SourceFile>(policy::SourceFile{std::move(path), std::move(text)});
  Findings findings(file, conversion_.findings);
  const std::size_t control = control_byte(file->text);
  if (control < file->text.size()) return findings.wrong_file(control, "not YAML: a control byte");
  const auto parsed = policy::parse_tree(file->text);
  if (const auto* failed = std::get_if<policy::TreeError>(&parsed)) {
    return findings.wrong_file(failed->place, "not YAML: " + failed->message);
  }
  std::deque<policy::TreeNode> made;
  for (const policy::TreeNode* document : documents_of(std::get<policy::Tree>(parsed), made, findings)) {
    auto rule = convert_rule(*document, findings);
    if (!rule) continue;
    rule->name = unique(rule->name, rule->id);
    const std::string written = write_rule(*rule, line_of(file->path));
    const Verdict verdict = verdict_on(written);
    if (!verdict.error.empty()) {
      ++conversion_.broken;
      findings.unsaid(*document, "what was made of it does not compile, which is a bug of picket: " + verdict.error);
      continue;
    }
    if (!verdict.can_match) {
      findings.unsaid(*document, "no event can match it");
      continue;
    }
    names_.emplace(rule->name, 1);
    conversion_.rules += (conversion_.rules.empty() ? "" : "\n") + written;
    ++conversion_.converted;
  }
}

// Of two rules with one title the later has its id behind it.
std::string Converter::unique(const std::string& name, const std::string& id) {
  if (names_.count(name) == 0) return name;
  std::string with_id = id.empty() ? name : name + " (" + id + ")";
  if (names_.count(with_id) == 0) return with_id;
  std::string numbered;
  do {
    numbered = with_id + " (" + std::to_string(++names_[with_id]) + ")";
  } while (names_.count(numbered) > 0);
  return numbered;
}

Conversion Converter::finish() && {
  if (conversion_.rules.empty()) conversion_.rules = "[]\n";
  return std::move(conversion_);
}

}  // namespace picket::sigma
