// SPDX-License-Identifier: Apache-2.0
//
// Users and groups from /etc/passwd and /etc/group, read by ourselves.
//
// getpwuid() is not used: it goes wherever nsswitch.conf says, LDAP servers included, and may block the event thread
// for as long as a network is down. Users that only such a service knows therefore have a number and no name.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/event/process.h"

namespace picket {

// A line of one of the two files. Groups have neither home nor shell.
struct Account {
  std::string name, home, shell;
};

using Accounts = std::unordered_map<std::uint32_t, Account>;

// Lines of name:password:id, and in /etc/passwd :group:comment:home:shell, of which the first with an id wins. Lines
// that are anything else are passed over.
Accounts parse_accounts(std::string_view text);

// A file of names that follows changes. A file that cannot be read has no names.
class NameFile {
 public:
  explicit NameFile(std::string path) : path_(std::move(path)) { refresh(); }

  // Reads the file again when it has changed. What find() returned before is good no longer. True when it was read.
  bool refresh();

  const Accounts& all() const { return accounts_; }

  // An empty one when there is none.
  const Account& find(std::uint32_t id) const;

 private:
  bool changed();

  std::string path_;
  Accounts accounts_;
  struct stat status_ {};
};

class UserDatabase : public Names {
 public:
  UserDatabase() { changed(); }
  std::string_view user(std::uint32_t uid) override;
  std::string_view home(std::uint32_t uid) override;
  std::string_view shell(std::uint32_t uid) override;
  std::string_view group(std::uint32_t gid) override;
  void refresh() override;

  const Accounts& users() const { return users_.all(); }
  const Accounts& groups() const { return groups_.all(); }

 private:
  NameFile users_{"/etc/passwd"};
  NameFile groups_{"/etc/group"};
};

// Users and groups as a recording tells them.
class RecordedNames : public Names {
 public:
  RecordedNames() { changed(); }
  std::string_view user(std::uint32_t uid) override { return find(users_, uid).name; }
  std::string_view home(std::uint32_t uid) override { return find(users_, uid).home; }
  std::string_view shell(std::uint32_t uid) override { return find(users_, uid).shell; }
  std::string_view group(std::uint32_t gid) override { return find(groups_, gid).name; }

  // Between events only, as refresh(). What is more than the two files may hold is passed over.
  void clear();
  void add_user(std::uint32_t uid, const Account& account) { add(users_, uid, account); }
  void add_group(std::uint32_t gid, const Account& account) { add(groups_, gid, account); }

 private:
  static const Account& find(const Accounts& accounts, std::uint32_t id);
  void add(Accounts& accounts, std::uint32_t id, const Account& account);

  Accounts users_, groups_;
  std::size_t bytes_ = 0;
};

}  // namespace picket
