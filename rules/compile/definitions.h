// SPDX-License-Identifier: Apache-2.0
//
// Definitions: the items of one sort (lists, macros, rules) by name. A later item of the same name takes the place of
// the earlier one.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace picket {

inline constexpr std::size_t kUndefined = static_cast<std::size_t>(-1);

// Views the items, which must outlive it.
template <class Item>
class Definitions {
 public:
  explicit Definitions(const std::vector<Item>& items) {
    for (const Item& item : items) {
      const auto [place, added] = index_.try_emplace(item.name.value, items_.size());
      if (added) {
        items_.push_back(&item);
      } else {
        items_[place->second] = &item;
      }
    }
  }

  std::size_t size() const { return items_.size(); }
  const Item& operator[](std::size_t index) const { return *items_[index]; }

  // Where the item of that name stands, or kUndefined.
  std::size_t find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kUndefined : found->second;
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const Item* item : items_) all.push_back(item->name.value);
    return all;
  }

 private:
  std::vector<const Item*> items_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace picket
