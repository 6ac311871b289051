// SPDX-License-Identifier: Apache-2.0
#include "rules/event/join_path.h"

#include <cstddef>

namespace picket {
namespace {

class Joined {
 public:
  explicit Joined(char* text) : text_(text) {}

  void add(std::string_view path) {
    while (!path.empty()) {
      const std::size_t slash = path.find('/');
      part(path.substr(0, slash));
      path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    }
  }

  std::string_view text() const { return size_ == 0 ? "/" : std::string_view(text_, size_); }

 private:
  void part(std::string_view name) {
    if (name.empty() || name == ".") return;
    if (name == "..") return drop();
    text_[size_++] = '/';
    size_ += name.copy(text_ + size_, name.size());
  }

  void drop() {
    while (size_ > 0 && text_[--size_] != '/') {
    }
  }

  char* text_;
  std::size_t size_ = 0;
};

}  // namespace

std::string_view join_path(std::string_view directory, std::string_view name, Scratch& scratch) {
  Joined joined(scratch.room(directory.size() + name.size() + 2));  // a slash in front of either
  if (!name.starts_with('/')) joined.add(directory);
  joined.add(name);
  return joined.text();
}

}  // namespace picket
