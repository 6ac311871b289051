// SPDX-License-Identifier: Apache-2.0
//
// Items: the lists, macros or rules of all files by name. A later definition takes the place of the earlier one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace picket::policy {

inline constexpr std::size_t kUndefined = static_cast<std::size_t>(-1);

// Item has a Text `name`.
template <class Item>
class Items {
 public:
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const Item& operator[](std::size_t index) const { return items_[index]; }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  auto begin() { return items_.begin(); }  // the names must stay as they are
  auto end() { return items_.end(); }

  // Where the item of that name stands, or kUndefined.
  std::size_t index_of(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kUndefined : found->second;
  }

  const Item* find(const std::string& name) const {
    const std::size_t index = index_of(name);
    return index == kUndefined ? nullptr : &items_[index];
  }
  Item* find(const std::string& name) { return const_cast<Item*>(std::as_const(*this).find(name)); }

  // Adds the item, or puts it where one of its name stands.
  void put(Item item) {
    const auto [place, added] = index_.try_emplace(item.name.value, items_.size());
    if (added) {
      items_.push_back(std::move(item));
    } else {
      items_[place->second] = std::move(item);
    }
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const Item& item : items_) all.push_back(item.name.value);
    return all;
  }

 private:
  std::vector<Item> items_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace picket::policy
