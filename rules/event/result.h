// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: the value, or why there is none. The one way in which expected failure travels in Picket.
//
//   Result<File> open(path);
//   auto file = open(path);
//   if (!file) return file.error();            // an Error converts to any Result
//   use(*file);
//
// Expected failure is what the world does: a missing file, a refused system call, a broken rule. Bugs abort.
// Exceptions do not cross rooms: a room that uses a throwing library catches at its own border.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace picket {

struct Error {
  std::string message;  // one sentence, no full stop: what failed and the reason
  std::string hint;     // what the user can do about it; may be empty
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }

  // The value. Calling these on a failed result is a bug and aborts.
  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<Result*>(this)->value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }

  // The reason. Calling this on a successful result is a bug and aborts.
  const Error& error() const {
    if (state_.index() != 1) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    if (state_.index() != 0) std::abort();
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

// Success without a value: `return {};`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error& error() const {
    if (!error_) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace picket
