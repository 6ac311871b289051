// SPDX-License-Identifier: Apache-2.0
//
// What dependence.h says of each field, tried: everything of an event but the lane's own members is changed at random,
// and the field's value stays what it was.
#include "rules/plan/dependence.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>
#include <string>

#include "tests/support/made_activity.h"

namespace picket::planning {
namespace {

std::string shown(const Field& field, const Event& event) {
  Scratch scratch;
  std::string text;
  append_text(text, field.get(event, -1, scratch));
  for (const char* name : {"a", "b", "0"}) {
    if (field.get_named != nullptr) append_text(text += ' ', field.get_named(event, name, scratch));
  }
  for (int position = 0; field.get_each != nullptr; ++position) {
    const Value each = field.get_each(event, position, scratch);
    if (!present(each)) break;
    append_text(text += ' ', each);
  }
  return text;
}

// Takes over from another event what the lane is about.
class Keeper {
 public:
  Keeper(const Event& from, Lane lane) : from_(from), lane_(lane) {}

  void put(MadeEvent& into) const {
    const Kind kind = into.kind();
    if (lane_ == kUserLane) into.header().uid = from_.header->uid;
    if (lane_ == kFlagsLane) {
      into.process().exe_flags = from_.process->exe_flags;
      if (kind == Kind::exec) number(into, "exe_flags");
    }
    if (lane_ == kTaskLane) {
      into.process().comm = from_.process->comm;
      if (kind == Kind::exec) into.set(*into.member("comm"), std::string_view(from_.process->comm));
    }
    if (lane_ == kParentLane) {
      if (into.process().parent == nullptr) into.add_ancestor();
      into.process().parent = from_.process->parent;
    }
    if (lane_ == kExecutableLane) {
      into.process().exe_path = from_.process->exe_path;
      if (kind == Kind::exec) text(into, "path");
    }
    if (lane_ == kContainerLane && from_.container != nullptr) into.container() = *from_.container;
    if (lane_ == kContainerLane && from_.container == nullptr) into.forget_container();
    if (lane_ < PK_LANES) number(into, number_member(kind, lane_));
    if (lane_ == kDigestLane) into.process().exe_hash = from_.process->exe_hash;
    if (lane_ == kAddressLane) number(into, "family");
    if (lane_ == kAddressLane) address(into);
    if (lane_ >= kPathLane && lane_ < PK_EVENT_NAMED) text(into, path_member(kind, (lane_ - kPathLane) / 2));
  }

  // Whether the value may be missing though the key is the same: a port of what is not IP.
  void number(MadeEvent& into, std::string_view name) const {
    const Member& member = *into.member(name);
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const char*>(from_.header) + member.offset, member.size);
    into.set(member, value);
  }

 private:
  void address(MadeEvent& into) const {
    const Member& member = *into.member("address");
    Address address;
    std::memcpy(address.bytes.data(), reinterpret_cast<const char*>(from_.header) + member.offset, member.size);
    into.set(member, address);
  }

  void text(MadeEvent& into, std::string_view name) const {
    const Member& member = *into.member(name);
    pk_text place;
    std::memcpy(&place, reinterpret_cast<const char*>(from_.header) + member.offset, sizeof place);
    into.set(member, from_.text(place));
  }

  const Event& from_;
  Lane lane_;
};

class Perturbation : public testing::Test {
 protected:
  // An event of that kind.
  MadeEvent event(Kind kind) { return activity_.event(kind); }

  void try_row(const Field& field, Kind kind, const Dependence& how) {
    for (int turn = 0; turn < 40; ++turn) {
      const MadeEvent first = event(kind);
      MadeEvent second = event(kind);
      const Event before = first.event();
      Keeper(before, how.lane).put(second);
      if (how.shape == Shape::IpNumber || how.shape == Shape::Family) {
        Keeper(before, how.lane).number(second, "family");
        if (how.shape == Shape::Family) second.set(*second.member("address"), Address{});
      }
      const Event after = second.event();
      if (how.shape == Shape::Family && is_mapped(before)) continue;
      ASSERT_EQ(shown(field, before), shown(field, after)) << field.name << " of " << kind_name(kind);
      if (how.shape == Shape::Bits) try_bits(field, second, how);
      values_[&field].insert(shown(field, before));
    }
  }

  // Other bits than those of the mask do not matter.
  void try_bits(const Field& field, MadeEvent& event, const Dependence& how) {
    if (how.lane == kFlagsLane) return;
    const Member& member = *event.member(number_member(event.kind(), how.lane));
    std::uint64_t number = 0;
    std::memcpy(&number, reinterpret_cast<const char*>(event.event().header) + member.offset, member.size);
    const std::string before = shown(field, event.event());
    event.set(member, number ^ (0x5a5a5a5a5a5a5a5a & ~how.mask));
    ASSERT_EQ(before, shown(field, event.event())) << field.name << " of " << kind_name(event.kind());
  }

  static bool is_mapped(const Event& event) {
    const Member* member = nullptr;
    for (const Member& each : layout_of(event.header->kind).members) member = each.name == "address" ? &each : member;
    return reinterpret_cast<const std::uint8_t*>(event.header)[member->offset + 10] == 0xff;
  }

  std::map<const Field*, std::set<std::string>> values_;

 private:
  test::MadeActivity activity_{1};
};

TEST_F(Perturbation, WhatIsNotOfTheLaneDoesNotMatter) {
  std::size_t rows = 0;
  for (const Field& field : all_fields()) {
    for (unsigned number = 0; number < kKindEnd; ++number) {
      const auto kind = static_cast<Kind>(number);
      const auto how = dependence(field, kind);
      if (!how) continue;
      ++rows;
      EXPECT_TRUE(field.kinds.contains(kind));
      try_row(field, kind, *how);
    }
  }
  EXPECT_GT(rows, 200u);
  // The same value again and again would show nothing.
  for (const auto& [field, values] : values_) EXPECT_GT(values.size(), 1u) << field->name;
}

}  // namespace
}  // namespace picket::planning
