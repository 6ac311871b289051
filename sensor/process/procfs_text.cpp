// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/procfs_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace picket::procfs {
namespace {

// Cuts the text up to `separator` off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const std::string_view head = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(head.size() + 1, rest.size()));
  return head;
}

// Reads the number at the front; false when there is none.
template <class Number>
bool read(std::string_view text, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

// The text after "Name:\t" in a file of such lines; empty when there is no such line. The name of the process, which it
// chooses itself, is in such a line too, but its line breaks are escaped.
std::string_view line_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (cut(line, ':') != name) continue;
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line;
  }
  return {};
}

// "real<TAB>effective<TAB>..."
bool read_ids(std::string_view line, std::uint32_t& real, std::uint32_t& effective) {
  const std::string_view first = cut(line, '\t');
  return read(first, real) && read(line, effective);
}

// A set of capabilities: 16 hexadecimal digits.
bool read_set(std::string_view text, std::uint64_t& set) {
  return std::from_chars(text.data(), text.data() + text.size(), set, 16).ec == std::errc{};
}

// Blanks and backslashes are written as \040, \134 in mountinfo.
std::string unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    unsigned code = 0;
    const std::string_view digits = text.substr(1, 3);
    if (text[0] == '\\' && digits.size() == 3 &&
        std::from_chars(digits.data(), digits.data() + 3, code, 8).ptr == digits.data() + 3) {
      plain += static_cast<char>(code);
      text.remove_prefix(4);
    } else {
      plain += text[0];
      text.remove_prefix(1);
    }
  }
  return plain;
}

}  // namespace

std::optional<Stat> parse_stat(std::string_view text) {
  // Only the name can hold a parenthesis, so it ends at the last one, however many are in it.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;

  Stat stat;
  stat.comm = text.substr(open + 1, close - open - 1);
  std::string_view rest = text.substr(close + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::string_view state = cut(rest, ' ');  // field 3
  if (state.size() != 1 || !read(text, stat.pid)) return std::nullopt;
  stat.state = state[0];

  std::array<std::string_view, 19> field;  // fields 4 to 22
  for (std::string_view& one : field) one = cut(rest, ' ');
  const auto number = [&field](int position) { return field[static_cast<std::size_t>(position) - 4]; };
  const bool whole = read(number(4), stat.parent) && read(number(5), stat.process_group) &&
                     read(number(6), stat.session) && read(number(7), stat.tty) && read(number(9), stat.flags) &&
                     read(number(20), stat.threads) && read(number(22), stat.start_ticks);
  return whole ? std::optional(stat) : std::nullopt;
}

std::optional<Status> parse_status(std::string_view text) {
  Status status;
  if (!read_ids(line_of(text, "Uid"), status.real_uid, status.uid)) return std::nullopt;
  if (!read_ids(line_of(text, "Gid"), status.real_gid, status.gid)) return std::nullopt;
  if (!read_set(line_of(text, "CapInh"), status.cap_inheritable)) return std::nullopt;
  if (!read_set(line_of(text, "CapPrm"), status.cap_permitted)) return std::nullopt;
  if (!read_set(line_of(text, "CapEff"), status.cap_effective)) return std::nullopt;
  const std::string_view pids = line_of(text, "NSpid");
  if (!read(pids.substr(pids.rfind('\t') + 1), status.vpid)) return std::nullopt;
  return status;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\n");
  text = text.substr(0, last + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view parse_cgroup(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = cut(text, '\n');
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view type = line.substr(dash + 3);
    for (int skipped = 0; skipped < 2; ++skipped) cut(line, ' ');  // mount id, parent id
    std::string_view minor = cut(line, ' ');
    const std::string_view major = cut(minor, ':');
    std::uint32_t numbers[2] = {};
    if (!read(major, numbers[0]) || !read(minor, numbers[1])) continue;
    Mount mount;
    mount.device = numbers[0] << 20 | numbers[1];
    mount.root = unescape(cut(line, ' '));
    mount.path = unescape(cut(line, ' '));
    mount.type = cut(type, ' ');
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::string parse_cgroup_mount(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = cut(text, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos || !line.substr(dash + 3).starts_with("cgroup2 ")) continue;
    std::string_view rest = line;
    for (int skipped = 0; skipped < 3; ++skipped) cut(rest, ' ');  // mount id, parent id, device
    const std::string_view root = cut(rest, ' ');
    if (root == "/") return unescape(cut(rest, ' '));
  }
  return {};
}

std::string_view seen_from_root(std::string_view path, std::string_view root, bool deleted) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (deleted && path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  if (root.size() > 1 && path == root) return "/";
  if (root.size() > 1 && path.starts_with(root) && path[root.size()] == '/') path.remove_prefix(root.size());
  return path;
}

}  // namespace picket::procfs
