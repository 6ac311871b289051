// SPDX-License-Identifier: Apache-2.0
//
// Pins: BPF objects that have a name in the BPF file system live on when the process that made them has ended.
//
//   /sys/fs/bpf/picket/      root's alone (0700)
//     sensor-TIME/           of one sensor, which holds a lock (flock) on it for as long as it runs
//       link-PROGRAM         a program at its hook
//       images               the map of maps that programs take the policy image from
//       image-G, notes-G     the image of generation G, and whose its conjuncts are (notes.h)
//       ring-N               what the programs write to
//
// So a directory whose lock is free is that of a sensor that has ended, however it did: the kernel frees locks. The
// lock of the directory above is held while one below it is made or looked for.
//
// Names have no dots: bpf_lookup() in kernel/bpf/inode.c refuses those.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"

namespace picket {

inline constexpr const char* kPinRoot = "/sys/fs/bpf/picket";

// A BPF object or directory that this process has open; closed at the end. -1: none.
class Handle {
 public:
  explicit Handle(int number = -1) : number_(number) {}
  Handle(Handle&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

// What a name in such a directory stands for, by its beginning.
enum class Pin { Link, Map, Foreign };
Pin kind_of_pin(std::string_view name);

// One sensor's directory, locked by this process. Not thread-safe.
class PinDirectory {
 public:
  // A new one. Errors say what is in the way: no BPF file system there, or a directory of somebody else's.
  static Result<std::unique_ptr<PinDirectory>> create();

  // What is there: the directories of sensors that have ended, oldest first, and how many there are of sensors that
  // run.
  struct Found;
  static Result<Found> find();

  Result<void> pin(int object, const std::string& name) const;
  Handle open(const std::string& name) const;  // the object; errno when there is none
  void unpin(const std::string& name) const;
  std::vector<std::string> names() const;

  // Removes what is in it and itself, and the directory above when it is empty then. What is not ours is left alone,
  // and an error. Objects end when nothing else holds them.
  Result<void> remove() const;

  const std::string& path() const { return path_; }

 private:
  PinDirectory(std::string path, Handle lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Handle lock_;
};

struct PinDirectory::Found {
  std::vector<std::unique_ptr<PinDirectory>> ended;
  std::size_t running = 0;
};

}  // namespace picket
