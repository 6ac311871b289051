// SPDX-License-Identifier: Apache-2.0
//
// The users and groups that a message names: those of its host, which no other host need have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/event/process.h"

namespace picket::central {

// A handful: they are looked through.
class MessageNames final : public Names {
 public:
  struct User {
    std::uint32_t uid = 0;
    std::string name, home, shell;
  };
  struct Group {
    std::uint32_t gid = 0;
    std::string name;
  };

  // Forgets all.
  void begin() {
    users_.clear();
    groups_.clear();
    further_ = nullptr;
    changed();
  }
  // What is not added is asked of these, which must outlive this.
  void go_on(Names& further) { further_ = &further; }
  void add(User user) { users_.push_back(std::move(user)); }
  void add(Group group) { groups_.push_back(std::move(group)); }

  std::string_view user(std::uint32_t uid) override {
    const User* const known = find(uid, &User::name);
    return known != nullptr ? known->name : further_ != nullptr ? further_->user(uid) : std::string_view();
  }
  std::string_view home(std::uint32_t uid) override {
    const User* const known = find(uid, &User::home);
    return known != nullptr ? known->home : further_ != nullptr ? further_->home(uid) : std::string_view();
  }
  std::string_view shell(std::uint32_t uid) override {
    const User* const known = find(uid, &User::shell);
    return known != nullptr ? known->shell : further_ != nullptr ? further_->shell(uid) : std::string_view();
  }
  std::string_view group(std::uint32_t gid) override {
    for (const Group& group : groups_) {
      if (group.gid == gid) return group.name;
    }
    return further_ != nullptr ? further_->group(gid) : std::string_view();
  }

 private:
  // The same user may come more than once, and not each time with all that is known.
  const User* find(std::uint32_t uid, std::string User::*what) const {
    for (const User& user : users_) {
      if (user.uid == uid && !(user.*what).empty()) return &user;
    }
    return nullptr;
  }

  std::vector<User> users_;
  std::vector<Group> groups_;
  Names* further_ = nullptr;
};

}  // namespace picket::central
