// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/users.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "rules/event/read_file.h"

namespace picket {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;  // some sites dump their whole directory into /etc/passwd

// Cuts the text up to `separator` off the front of `rest`.
std::string_view cut(std::string_view& rest, char separator) {
  const std::string_view head = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(head.size() + 1, rest.size()));
  return head;
}

const Account& find_account(const Accounts& accounts, std::uint32_t id) {
  static const Account kNone;
  const auto found = accounts.find(id);
  return found == accounts.end() ? kNone : found->second;
}

}  // namespace

Accounts parse_accounts(std::string_view text) {
  Accounts accounts;
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    const std::string_view name = cut(line, ':');
    cut(line, ':');
    const std::string_view number = cut(line, ':');
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
    const bool whole = error == std::errc{} && end == number.data() + number.size();
    if (!whole || name.empty()) continue;
    cut(line, ':');
    cut(line, ':');
    const std::string_view home = cut(line, ':');
    accounts.emplace(id, Account{std::string(name), std::string(home), std::string(cut(line, ':'))});
  }
  return accounts;
}

bool NameFile::refresh() {
  if (!changed()) return false;
  const auto text = read_file(path_, kLargestFile);
  accounts_ = text ? parse_accounts(*text) : Accounts{};
  return true;
}

const Account& NameFile::find(std::uint32_t id) const { return find_account(accounts_, id); }

// Editors and useradd replace the file (a new inode); a change in place shows in its time or size.
bool NameFile::changed() {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) status = {};
  const auto identity = [](const struct stat& s) {
    return std::tuple(s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  };
  const bool same = identity(status) == identity(status_);
  status_ = status;
  return !same;
}

std::string_view UserDatabase::user(std::uint32_t uid) { return users_.find(uid).name; }
std::string_view UserDatabase::home(std::uint32_t uid) { return users_.find(uid).home; }
std::string_view UserDatabase::shell(std::uint32_t uid) { return users_.find(uid).shell; }
std::string_view UserDatabase::group(std::uint32_t gid) { return groups_.find(gid).name; }

void UserDatabase::refresh() {
  const bool users = users_.refresh(), groups = groups_.refresh();
  if (users || groups) changed();
}

void RecordedNames::add(Accounts& accounts, std::uint32_t id, const Account& account) {
  constexpr std::size_t kLeastLine = 8;  // "a:x:0:0:"
  changed();
  bytes_ += kLeastLine + account.name.size() + account.home.size() + account.shell.size();
  if (bytes_ <= 2 * kLargestFile) accounts.insert_or_assign(id, account);
}

void RecordedNames::clear() {
  changed();
  bytes_ = 0;
  users_.clear();
  groups_.clear();
}

const Account& RecordedNames::find(const Accounts& accounts, std::uint32_t id) { return find_account(accounts, id); }

}  // namespace picket
