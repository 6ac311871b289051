// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/ring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace picket::test {
namespace {

template <class T>
T* map(int ring, std::size_t size, off_t offset) {
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);
  return at == MAP_FAILED ? nullptr : static_cast<T*>(at);
}

unsigned& word(char* ring, unsigned offset) { return *reinterpret_cast<unsigned*>(ring + offset); }

}  // namespace

int through_ring(const io_uring_sqe& operation, unsigned flags) {
  io_uring_params parameters{};
  parameters.flags = flags;
  const int ring = static_cast<int>(syscall(SYS_io_uring_setup, 1, &parameters));
  if (ring < 0) return -1;
  char* submission = map<char>(ring, 4096, IORING_OFF_SQ_RING);
  char* completion = map<char>(ring, 4096, IORING_OFF_CQ_RING);
  auto* entries = map<io_uring_sqe>(ring, sizeof(io_uring_sqe), IORING_OFF_SQES);
  if (submission == nullptr || completion == nullptr || entries == nullptr) return -1;

  entries[0] = operation;
  word(submission, parameters.sq_off.array) = 0;
  std::atomic_ref(word(submission, parameters.sq_off.tail)).store(1, std::memory_order_release);
  const unsigned wake = (flags & IORING_SETUP_SQPOLL) != 0 ? IORING_ENTER_SQ_WAKEUP : 0;
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS | wake, nullptr, 0) != 1) return -1;
  const int result = reinterpret_cast<io_uring_cqe*>(completion + parameters.cq_off.cqes)->res;
  close(ring);
  return result;
}

}  // namespace picket::test
