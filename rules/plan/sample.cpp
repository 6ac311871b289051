// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/sample.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace picket::planning {
namespace {

constexpr std::size_t kRoom = 4096;  // for a path

}  // namespace

const Member* find_member(Kind kind, std::string_view name) {
  for (const Member& member : layout_of(static_cast<unsigned>(kind)).members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

Sample::Sample(Kind kind) : kind_(kind), record_(kind, layout_of(static_cast<unsigned>(kind)).size + PK_PATHS * kRoom) {
  process_.known = true;
  process_.pid = process_.vpid = 100;
  event_.header = &record_.header();
  event_.process = &process_;
  event_.number = 1;
  for (Lane lane = 0; lane < PK_LANES; ++lane) reset_number(lane);
}

// Ports are there for IP only; a call is in none.
void Sample::reset_number(Lane lane) {
  if (lane == kCallLane) return set_call(pk_call(-1, 0));
  const bool family = lane < PK_LANES && number_member(kind_, lane) == "family";
  set_number(lane, family ? AF_INET : 0);
}

void Sample::set_number(Lane lane, std::uint64_t number) {
  if (lane == kFlagsLane) process_.exe_flags = static_cast<std::uint32_t>(number);
  if (lane == kCallLane) return set_call(number);
  if (lane == kUserLane) {
    process_.uid = record_.header().uid = static_cast<std::uint32_t>(number);
    return;
  }
  const std::string_view name = lane == kFlagsLane ? "exe_flags" : number_member(kind_, lane);
  const bool in_record = lane != kFlagsLane || kind_ == Kind::exec;
  const Member* member = in_record ? find_member(kind_, name) : nullptr;
  if (member != nullptr) std::memcpy(record_.at(member->offset), &number, std::min(member->size, sizeof number));
}

void Sample::set_call(std::uint64_t call) {
  const bool ring = call == pk_call(-1, PK_FLAG_io_worker);
  pk_header& header = record_.header();
  header.syscall = static_cast<pk_s32>(call);
  header.flags = ring ? 1u * PK_FLAG_io_worker : call >> 32 != 0 ? 1u * PK_FLAG_compat : 0u;
}

void Sample::set_ip(const std::optional<pk_ip>& ip) {
  const pk_ip of = ip.value_or(pk_ip{});
  const bool inside = of.high == 0 && of.low >> 32 == 0xffff;  // IPv4
  const std::uint64_t words[2] = {inside ? __builtin_bswap64(of.low << 32) : __builtin_bswap64(of.high),
                                  inside ? 0 : __builtin_bswap64(of.low)};
  const std::uint16_t family = !ip ? AF_UNIX : inside ? AF_INET : AF_INET6;
  std::memcpy(record_.at(find_member(kind_, "address")->offset), words, sizeof words);
  std::memcpy(record_.at(find_member(kind_, "family")->offset), &family, sizeof family);
}

void Sample::set_mapped_address(bool mapped) {
  auto* const bytes = static_cast<std::uint8_t*>(record_.at(find_member(kind_, "address")->offset));
  bytes[10] = bytes[11] = mapped ? 0xff : 0;
}

void Sample::set_path(Lane lane, std::string_view path) {
  path = path.substr(0, kRoom);
  if (is_subject(lane)) {
    process_.exe_path = path;
    if (kind_ == Kind::exec) set_text("path", 0, path);
  } else {
    const unsigned number = (lane - kPathLane) / 2;
    set_text(path_member(kind_, number), number, path);
  }
}

void Sample::set_task(std::string_view name) {
  process_.comm = name.substr(0, sizeof(pk_comm) - 1);
  if (kind_ != Kind::exec) return;
  const Member& member = *find_member(kind_, "comm");
  std::memset(record_.at(member.offset), 0, member.size);
  process_.comm.copy(static_cast<char*>(record_.at(member.offset)), sizeof(pk_comm) - 1);
}

void Sample::set_parent(std::string_view name) {
  parent_.known = true;
  parent_.comm = name.substr(0, sizeof(pk_comm) - 1);
  process_.parent = name.empty() ? nullptr : &parent_;
}

void Sample::set_digest(std::string_view digits) { process_.exe_hash = FileHash::known(*read_digits(digits)); }

void Sample::set_text(std::string_view name, std::size_t room, std::string_view text) {
  const std::size_t begin = layout_of(static_cast<unsigned>(kind_)).size + room * kRoom;
  std::memcpy(record_.at(begin), text.data(), text.size());
  const pk_text place{static_cast<pk_u32>(begin), static_cast<pk_u32>(text.size())};
  std::memcpy(record_.at(find_member(kind_, name)->offset), &place, sizeof place);
}

}  // namespace picket::planning
