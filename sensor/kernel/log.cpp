// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/log.h"

#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <vector>

namespace picket {
namespace {

constexpr std::size_t kKept = 3;           // the first warnings say what failed, later ones what that led to
constexpr std::size_t kMessageMax = 2000;  // longer ones hold a verifier's log

struct Messages {
  std::mutex mutex;  // libbpf may print from any thread that uses it
  std::vector<std::string> warnings;
};

Messages& messages() {
  static Messages instance;
  return instance;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view prefix = "libbpf: ";
  if (text.substr(0, prefix.size()) == prefix) text.remove_prefix(prefix.size());
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

// A verifier's log ends with the reason, a line of statistics and a marker.
std::string_view verdict(std::string_view text) {
  const auto statistics = text.rfind("\nprocessed ");
  if (statistics == std::string_view::npos) return text;
  text = text.substr(0, statistics);
  const auto line = text.rfind('\n');
  return line == std::string_view::npos ? text : text.substr(line + 1);
}

std::string formatted(const char* format, va_list arguments) {
  va_list copy;
  va_copy(copy, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  std::string text(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, arguments);
  return text;
}

int print(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN && !spdlog::should_log(spdlog::level::debug)) return 0;
  const std::string message = formatted(format, arguments);
  const std::string_view text = trim(message);
  spdlog::debug("libbpf: {}", text);
  if (level != LIBBPF_WARN) return 0;

  Messages& kept = messages();
  const std::lock_guard lock(kept.mutex);
  if (kept.warnings.size() < kKept) kept.warnings.emplace_back(verdict(text).substr(0, kMessageMax));
  return 0;
}

}  // namespace

void collect_libbpf_messages() {
  Messages& kept = messages();
  const std::lock_guard lock(kept.mutex);
  kept.warnings.clear();
  libbpf_set_print(print);
}

std::string libbpf_messages() {
  Messages& kept = messages();
  const std::lock_guard lock(kept.mutex);
  std::string joined;
  for (const std::string& warning : kept.warnings) {
    if (!joined.empty()) joined += "; ";
    joined += warning;
  }
  return joined;
}

}  // namespace picket
