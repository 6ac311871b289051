// SPDX-License-Identifier: Apache-2.0
//
// A BPF ring buffer in plain memory, with the kernel's side of the protocol (kernel/bpf/ringbuf.c): reserve under a
// lock, submit or discard in any order.
#pragma once

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>

#include "bpf/shared/wire.h"
#include "sensor/kernel/ring.h"

namespace picket::test {

class FakeRing {
 public:
  explicit FakeRing(std::size_t bytes = 4096) : bytes_(bytes) {
    const int memory = memfd_create("ring", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, static_cast<off_t>(bytes)) != 0) std::abort();
    data_ = static_cast<std::byte*>(mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (std::size_t half = 0; half < 2; ++half) {
      void* at = data_ + half * bytes;
      if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) != at) std::abort();
    }
    close(memory);
  }
  FakeRing(const FakeRing&) = delete;
  ~FakeRing() { munmap(data_, 2 * bytes_); }

  RingMemory memory() { return {&consumer_, &producer_, data_, bytes_}; }
  std::uint64_t consumed() const { return std::atomic_ref(const_cast<std::uint64_t&>(consumer_)).load(); }

  // Room for a record, busy until it is submitted; nullptr when there is none. Several threads may call it.
  std::byte* reserve(std::uint32_t size) {
    const std::lock_guard lock(lock_);
    const std::uint64_t step = (size + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
    const std::uint64_t position = producer_;
    if (position + step - std::atomic_ref(consumer_).load(std::memory_order_acquire) > bytes_) return nullptr;
    std::byte* at = data_ + (position & (bytes_ - 1));
    word(at).store(size | BPF_RINGBUF_BUSY_BIT, std::memory_order_relaxed);
    std::atomic_ref(producer_).store(position + step, std::memory_order_release);
    return at + BPF_RINGBUF_HDR_SZ;
  }

  // The record's own header: time, kind and a number to recognise it by.
  static void fill(std::byte* record, std::uint64_t time, std::uint64_t number,
                   std::uint32_t size = sizeof(pk_header)) {
    pk_header header{};
    header.kind = PK_open;
    header.size = size;
    header.time = time;
    header.sequence = number;
    std::memcpy(record, &header, sizeof header);
  }

  static void submit(std::byte* record, bool discard = false) {
    std::byte* at = record - BPF_RINGBUF_HDR_SZ;
    const std::uint32_t size = word(at).load(std::memory_order_relaxed) & ~BPF_RINGBUF_BUSY_BIT;
    word(at).store(size | (discard ? std::uint32_t{BPF_RINGBUF_DISCARD_BIT} : 0u), std::memory_order_release);
  }

  bool put(std::uint64_t time, std::uint64_t number, std::uint32_t size = sizeof(pk_header)) {
    std::byte* record = reserve(size);
    if (record == nullptr) return false;
    fill(record, time, number, size);
    submit(record);
    return true;
  }

 private:
  static std::atomic_ref<std::uint32_t> word(std::byte* at) {
    return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at));
  }

  std::mutex lock_;
  alignas(64) std::uint64_t consumer_ = 0;
  alignas(64) std::uint64_t producer_ = 0;
  std::size_t bytes_;
  std::byte* data_ = nullptr;
};

}  // namespace picket::test
