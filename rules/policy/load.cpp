// SPDX-License-Identifier: Apache-2.0
//
// Which files are read, in which order.
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "rules/event/read_file.h"
#include "rules/policy/documents.h"
#include "rules/policy/limits.h"

namespace picket::policy {
namespace {

namespace fs = std::filesystem;

void report(Documents& documents, const std::string& path, const Error& error) {
  documents.files.push_back(path);
  documents.diagnostics.push_back(
      {Severity::Error, {path}, {}, "cannot read this: " + error.message, error.hint, Finding::FileRead});
}

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

void load_file(const std::string& path, Documents& documents) {
  auto text = read_file(path, kMaxFileSize);
  if (!text) return report(documents, path, text.error());
  load_text(path, *std::move(text), documents);
}

void load_path(const std::string& path, Documents& documents) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return load_file(path, documents);
  const auto files = files_in(path);
  if (!files) return report(documents, path, files.error());
  for (const std::string& file : *files) load_file(file, documents);
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

Documents load(const std::vector<std::string>& paths) {
  Documents documents;
  for (const std::string& path : paths) load_path(path, documents);
  return documents;
}

}  // namespace picket::policy
