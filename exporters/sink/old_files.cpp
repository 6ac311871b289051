// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/old_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "exporters/sink/zstd_file.h"

namespace picket {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCompressed = ".zst", kPart = ".zst.part";
constexpr std::string_view kTimePattern = "00000000T000000.000000000Z";  // 0 is any digit

bool is_time(std::string_view text) {
  return text.size() == kTimePattern.size() &&
         std::equal(text.begin(), text.end(), kTimePattern.begin(), [](char c, char wanted) {
           return wanted == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == wanted;
         });
}

// The names beside `path` that begin as it does and go on with a dot, a time and one of the endings; sorted.
std::vector<std::string> beside(const std::string& path, std::initializer_list<std::string_view> endings) {
  const fs::path file(path);
  const std::string begin = file.filename().string() + ".";
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(file.parent_path(), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(begin)) continue;
    const std::string_view rest = std::string_view(name).substr(begin.size());
    const auto fits = [rest](std::string_view ending) {
      return rest.ends_with(ending) && is_time(rest.substr(0, rest.size() - ending.size()));
    };
    if (std::any_of(endings.begin(), endings.end(), fits)) names.push_back(entry->path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t size_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// What stands for removing it when that fails.
void remove(const std::string& path, std::vector<std::string>& problems) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    problems.push_back("cannot remove " + path + ": " + std::generic_category().message(errno));
  }
}

void compress_all(const std::string& path, std::vector<std::string>& problems) {
  for (const std::string& part : beside(path, {kPart})) remove(part, problems);
  for (const std::string& file : beside(path, {""})) {
    if (access((file + std::string(kCompressed)).c_str(), F_OK) == 0) {
      remove(file, problems);
    } else if (const auto done = compress_file(file); !done) {
      problems.push_back(done.error().message);
    }
  }
}

}  // namespace

std::string old_file_name(const std::string& path, std::uint64_t time) {
  const auto seconds = static_cast<std::time_t>(time / 1'000'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%S.", &parts);
  const std::string fraction = std::to_string(time % 1'000'000'000);
  return path + "." + std::string(text, size) + std::string(9 - fraction.size(), '0') + fraction + "Z";
}

std::vector<std::string> old_files(const std::string& path) { return beside(path, {"", kCompressed}); }

Result<void> compress_file(const std::string& path) {
  const std::string part = path + std::string(kPart), whole = path + std::string(kCompressed);
  if (const auto done = zstd_file(path, part); !done) {
    unlink(part.c_str());
    return done.error();
  }
  if (rename(part.c_str(), whole.c_str()) != 0 || unlink(path.c_str()) != 0) {
    return Error{"cannot replace " + path + " by " + whole + ": " + std::generic_category().message(errno), ""};
  }
  return {};
}

std::vector<std::string> tidy_old_files(const std::string& path, const OldFileLimits& limits, std::size_t& removed) {
  std::vector<std::string> problems;
  if (limits.compress) compress_all(path, problems);
  const std::vector<std::string> files = old_files(path);
  std::uint64_t bytes = 0;
  for (const std::string& file : files) bytes += size_of(file);
  std::size_t left = files.size();
  for (const std::string& file : files) {
    if (left <= limits.count && bytes <= limits.bytes) break;
    bytes -= size_of(file);
    --left;
    ++removed;
    remove(file, problems);
  }
  return problems;
}

}  // namespace picket
