// SPDX-License-Identifier: Apache-2.0
//
// The payloads of entries: numbers as they lie in memory, texts behind their length. Each struct has one list of its
// members, members(), which Packer and Unpacker both walk, so that what is written is what is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sensor/recording/inputs.h"

namespace picket::recording {

template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// The enumerations that are packed count from 0 without gaps, up to these.
constexpr Runtime last(Runtime) { return Runtime::Nspawn; }
constexpr Metadata last(Metadata) { return Metadata::Unavailable; }
constexpr StateProblem last(StateProblem) { return static_cast<StateProblem>(kStateProblems - 1); }
constexpr HashProblem last(HashProblem) { return static_cast<HashProblem>(kHashProblems - 1); }
constexpr FileHash::State last(FileHash::State) { return FileHash::State::Missing; }

// Appends to a buffer that the caller owns.
class Packer {
 public:
  explicit Packer(std::vector<std::byte>& out) : out_(out) {}

  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }

 private:
  template <Number T>
  void put(const T& number) {
    put_bytes(&number, sizeof number);
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) put(value);
  }
  void put(const Sha256& sha256) { put_bytes(sha256.data(), sha256.size()); }
  template <class T>
  requires std::is_class_v<T>
  void put(const T& value) { members(*this, value); }
  void put_bytes(const void* bytes, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), begin, begin + size);
  }

  std::vector<std::byte>& out_;
};

// Takes from bytes that may be anything: what is not there is left as it was, and whole() is false then.
class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class... Values>
  bool operator()(Values&... values) {
    (take(values), ...);
    return ok_;
  }

  // Everything was there, and nothing more.
  bool whole() const { return ok_ && bytes_.empty(); }

 private:
  template <class T>
  requires std::is_arithmetic_v<T>
  void take(T& number) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      take(byte);
      ok_ = ok_ && byte <= 1;
      number = byte == 1;
    } else if (const auto bytes = take_bytes(sizeof number); !bytes.empty()) {
      std::memcpy(&number, bytes.data(), sizeof number);
    }
  }
  template <class T>
  requires std::is_enum_v<T>
  void take(T& value) {
    std::underlying_type_t<T> number{};
    take(number);
    ok_ = ok_ && static_cast<std::uint64_t>(number) <= static_cast<std::uint64_t>(last(T{}));
    if (ok_) value = static_cast<T>(number);
  }
  void take(std::string_view& text) {
    std::uint32_t size = 0;
    take(size);
    const auto bytes = take_bytes(size);
    text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void take(std::string& text) {
    std::string_view view;
    take(view);
    text = view;
  }
  template <class T>
  void take(std::optional<T>& value) {
    bool there = false;
    take(there);
    if (there) take(value.emplace());
  }
  template <class A, class B>
  void take(std::pair<A, B>& value) {
    (*this)(value.first, value.second);
  }
  // Each element takes at least a byte, so that a number out of thin air ends where the bytes do.
  template <class T>
  void take(std::vector<T>& values) {
    std::uint32_t count = 0;
    take(count);
    ok_ = ok_ && count <= bytes_.size();
    for (std::uint32_t i = 0; ok_ && i < count; ++i) take(values.emplace_back());
  }
  void take(Sha256& sha256) {
    if (const auto bytes = take_bytes(sha256.size()); !bytes.empty()) {
      std::memcpy(sha256.data(), bytes.data(), sha256.size());
    }
  }
  template <class T>
  requires std::is_class_v<T>
  void take(T& value) { members(*this, value); }
  std::span<const std::byte> take_bytes(std::size_t size) {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const auto taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

template <class T, class Struct>
concept IsA = std::is_same_v<std::remove_const_t<T>, Struct>;

template <class Walk>
void members(Walk& walk, IsA<Facts> auto& facts) {
  walk(facts.host_name, facts.boot_id, facts.kernel, facts.picket, facts.hierarchy, facts.container_wait,
       facts.hash_wait, facts.own_pid, facts.max_processes, facts.wall_clock_offset);
}

template <class Walk>
void members(Walk& walk, IsA<Account> auto& account) {
  walk(account.name, account.home, account.shell);
}

template <class Walk>
void members(Walk& walk, IsA<Mount> auto& mount) {
  walk(mount.source, mount.destination, mount.mode, mount.propagation, mount.writable);
}

template <class Walk>
void members(Walk& walk, IsA<Image> auto& image) {
  walk(image.name, image.repository, image.tag, image.digest, image.id);
}

template <class Walk>
void members(Walk& walk, IsA<Pod> auto& pod) {
  walk(pod.name, pod.name_space, pod.uid, pod.sandbox_id, pod.container_name, pod.labels);
}

template <class Walk>
void members(Walk& walk, IsA<Container> auto& container) {
  walk(container.full_id, container.id, container.runtime, container.metadata, container.name, container.image,
       container.labels, container.privileged, container.mounts, container.rootfs, container.created,
       container.start_time, container.cgroup, container.cgroup_path, container.pod);
}

template <class Walk>
void members(Walk& walk, IsA<Resolver::Answer> auto& answer) {
  walk(answer.serial, answer.is_container, answer.container, answer.problem);
}

template <class Walk>
void members(Walk& walk, IsA<HashTicket> auto& ticket) {
  walk(ticket.sequence, ticket.time, ticket.cpu, ticket.executable);
}

template <class Walk>
void members(Walk& walk, IsA<FileIdentity> auto& file) {
  walk(file.inode, file.ctime, file.device);
}

template <class Walk>
void members(Walk& walk, IsA<FileHash> auto& hash) {
  walk(hash.state, hash.problem, hash.sha256);
}

template <class Walk>
void members(Walk& walk, IsA<HashAnswer> auto& answer) {
  walk(answer.ticket, answer.file, answer.hash);
}

}  // namespace picket::recording
