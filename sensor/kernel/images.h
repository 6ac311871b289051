// SPDX-License-Identifier: Apache-2.0
//
// The policy images in the kernel (bpf/shared/policy.h): each is the one value of a map of its own, which is filled
// aside and takes the place of the one before by a single write. Programs that run finish with the image they took.
#pragma once

#include <cstdint>
#include <vector>

#include "bpf/shared/policy.h"
#include "sensor/kernel/pins.h"

namespace picket {

// Not thread-safe.
class Images {
 public:
  Images() = default;
  Images(const Images&) = delete;
  Images& operator=(const Images&) = delete;
  ~Images();

  // Puts the image in force: the only element of the map of maps `outer` becomes a map with it. Its generation is one
  // more than that of the one before. Returns 0 or an errno; then the one before is still in force. When it returns, no
  // program uses the one before any more (the kernel waits for them: maybe_wait_bpf_programs() in
  // kernel/bpf/syscall.c), but for the one that may sleep, which looks into it for some microseconds and decides
  // nothing (exec_digest). For that it stays until the next one comes: kernels before 6.8 (6.6.14, 6.1.75) free a map
  // under such a program (876673364161 "bpf: Defer the free of inner map when necessary").
  int put(int outer, const pk_image& image);

  // Waits in the same way for all programs that run now, whatever they look at. Without an image nothing decides, and
  // it returns at once.
  void wait(int outer) const;

  // The image in force, as the kernel has it; nullptr: there is none. What no program can have found yet may be added.
  pk_image* image() const { return image_; }

  // The map that the image in force is in; -1: there is none.
  int map() const { return map_.get(); }

  // Of the image in force; 0: there is none.
  std::uint32_t generation() const { return generation_; }

  // How often the conjuncts of the image in force decided so far, by number; empty without an image.
  std::vector<pk_hits> hits() const;

  // The same of the image that put() took out of use last, to its end.
  const std::vector<pk_hits>& former_hits() const { return former_hits_; }

 private:
  Handle map_;
  pk_image* image_ = nullptr;   // as the kernel has it
  pk_image* former_ = nullptr;  // the one before
  std::uint32_t generation_ = 0;
  std::vector<pk_hits> former_hits_;
};

}  // namespace picket
