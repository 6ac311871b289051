// SPDX-License-Identifier: Apache-2.0
//
// Descriptor: an open file that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace picket {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}  // -1: none
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  explicit operator bool() const { return number_ >= 0; }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }  // the caller's from here on
  void reset() {
    if (number_ >= 0) ::close(release());
  }

 private:
  int number_;
};

}  // namespace picket
