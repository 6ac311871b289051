// SPDX-License-Identifier: Apache-2.0
//
// Which files are read, in which order.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "rules/event/read_file.h"
#include "rules/policy/documents.h"
#include "rules/policy/limits.h"

namespace picket::policy {
namespace {

namespace fs = std::filesystem;

bool is_rule_file(const fs::directory_entry& entry) {
  std::error_code ignored;
  const fs::path extension = entry.path().extension();
  return (extension == ".yaml" || extension == ".yml") && !entry.is_directory(ignored);
}

Result<std::vector<std::string>> files_in(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (is_rule_file(*entry)) files.push_back(entry->path().string());
  }
  if (error) return Error{error.message(), ""};
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back(path);
    } else if (auto inside = files_in(path)) {
      files.insert(files.end(), inside->begin(), inside->end());
    }
  }
  return files;
}

std::vector<RuleFile> read_files(const std::vector<std::string>& paths) {
  std::vector<RuleFile> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back({path, read_file(path, kMaxFileSize)});
      continue;
    }
    const auto inside = files_in(path);
    if (!inside) {
      files.push_back({path, inside.error()});
      continue;
    }
    for (const std::string& file : *inside) files.push_back({file, read_file(file, kMaxFileSize)});
  }
  return files;
}

Diagnostic unreadable(const RuleFile& file) {
  const Error& error = file.text.error();
  return {Severity::Error, {file.path}, {}, "cannot read this: " + error.message, error.hint, Finding::FileRead};
}

Documents load(std::vector<RuleFile> files) {
  Documents documents;
  for (RuleFile& file : files) {
    if (file.text) {
      load_text(std::move(file.path), *std::move(file.text), documents);
    } else {
      documents.files.push_back(file.path);
      documents.diagnostics.push_back(unreadable(file));
    }
  }
  return documents;
}

Documents load(const std::vector<std::string>& paths) { return load(read_files(paths)); }

}  // namespace picket::policy
