// SPDX-License-Identifier: Apache-2.0
//
// user.* and group.*: on whose authority.
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr std::uint32_t kUnset = UINT32_MAX;  // the audit login user of what no login started

bool acted(const Event& event) { return kDone.contains(event.kind()); }

// Views from Names hold only until its next call.
Value user_name(const Event& event, std::uint32_t uid, Scratch& scratch) {
  return event.names ? known_text(scratch.keep(event.names->user(uid))) : Value{};
}

Value uid(const Event& event, int, Scratch&) {
  return acted(event) ? Value{std::uint64_t{event.header->uid}} : Value{};
}

Value name(const Event& event, int, Scratch& scratch) {
  return acted(event) ? user_name(event, event.header->uid, scratch) : Value{};
}

Value login_uid(const Event& event, int, Scratch&) {
  if (!acted(event) || !event.process || !event.process->known) return {};
  const std::uint32_t uid = event.process->login_uid;
  return uid == kUnset ? std::int64_t{-1} : std::int64_t{uid};
}

Value login_name(const Event& event, int, Scratch& scratch) {
  if (!acted(event) || !event.process || !event.process->known) return {};
  const std::uint32_t uid = event.process->login_uid;
  return uid == kUnset ? Value{} : user_name(event, uid, scratch);
}

Value gid(const Event& event, int, Scratch&) {
  return acted(event) ? Value{std::uint64_t{event.header->gid}} : Value{};
}

Value group_name(const Event& event, int, Scratch& scratch) {
  if (!acted(event) || !event.names) return {};
  return known_text(scratch.keep(event.names->group(event.header->gid)));
}

Value home(const Event& event, int, Scratch& scratch) {
  if (!acted(event) || !event.names) return {};
  return known_text(scratch.keep(event.names->home(event.header->uid)));
}

Value shell(const Event& event, int, Scratch& scratch) {
  if (!acted(event) || !event.names) return {};
  return known_text(scratch.keep(event.names->shell(event.header->uid)));
}

constexpr Field kFields[] = {
    {"user.uid", Type::Unsigned, Argument::None, kDone, "Effective user id of the thread that acted.", uid},
    {"user.name", Type::Text, Argument::None, kDone, "Name of the effective user; missing when the host has none.",
     name},
    {"user.homedir", Type::Text, Argument::None, kDone, "Home directory of the effective user on the host.", home},
    {"user.shell", Type::Text, Argument::None, kDone, "Login shell of the effective user on the host.", shell},
    {"user.loginuid", Type::Signed, Argument::None, kDone,
     "Audit login user id: who logged in, whatever su or sudo made of it later; -1 when no login did it.", login_uid},
    {"user.loginname", Type::Text, Argument::None, kDone, "Name of the audit login user; missing when it is unset.",
     login_name},
    {"group.gid", Type::Unsigned, Argument::None, kDone, "Effective group id of the thread that acted.", gid},
    {"group.name", Type::Text, Argument::None, kDone, "Name of the effective group; missing when the host has none.",
     group_name},
};

}  // namespace

std::span<const Field> user() { return kFields; }

}  // namespace picket::rows
