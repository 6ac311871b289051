// SPDX-License-Identifier: Apache-2.0
//
// Lines on their way out: text that grows at its end until all of it is cleared. The room that it hands out to be
// written to has not been cleared first, as std::string's would be, which cost more than the text that came there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace picket {

class TextBuffer {
 public:
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }  // its memory stays

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(grow(size_, text.size()) + size_, text.data(), text.size());
    size_ += text.size();
  }

  // To be written to directly. grow() returns the beginning, from which on the first `used` bytes are kept, written to
  // by set_size() or not; behind them is room for `more`. It moves when it has to.
  char* begin() { return bytes_.get(); }
  std::size_t capacity() const { return capacity_; }
  void set_size(std::size_t size) { size_ = size; }
  char* grow(std::size_t used, std::size_t more) {
    if (capacity_ - used >= more) return bytes_.get();
    constexpr std::size_t kLeast = 4096;
    const std::size_t capacity = std::max({kLeast, 2 * capacity_, used + more});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (used != 0) std::memcpy(bytes.get(), bytes_.get(), used);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
    return bytes_.get();
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace picket
