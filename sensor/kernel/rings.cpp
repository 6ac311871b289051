// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/rings.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "rules/event/time.h"

namespace picket {
namespace {

// How long a record that is being written may hold up others, and how often it is looked at meanwhile. A hook takes
// microseconds; its task may be preempted for a few ticks.
constexpr std::uint64_t kPatienceNs = 20'000'000;
constexpr std::chrono::microseconds kLookAgain{200};

}  // namespace

// One ring: its descriptor and its pages. The consumer's page comes first, then the producer's, then the data.
class Rings::Mapped {
 public:
  explicit Mapped(std::uint32_t bytes)
      : Mapped(Handle(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "picket_ring", 0, 0, bytes, nullptr)), bytes) {}
  Mapped(Handle ring, std::uint32_t bytes)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), bytes_(bytes), ring_(std::move(ring)) {
    if (!ring_) return;
    consumer_ = ::mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, ring_.get(), 0);
    if (consumer_ == MAP_FAILED) return;
    producer_ = ::mmap(nullptr, page_ + bytes_, PROT_READ, MAP_SHARED, ring_.get(), static_cast<off_t>(page_));
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() {
    if (producer_ != MAP_FAILED) ::munmap(producer_, page_ + bytes_);
    if (consumer_ != MAP_FAILED) ::munmap(consumer_, page_);
  }

  bool ok() const { return producer_ != MAP_FAILED; }
  int descriptor() const { return ring_.get(); }
  RingMemory memory() const {
    const auto* producer = static_cast<const std::byte*>(producer_);
    return {static_cast<std::uint64_t*>(consumer_), reinterpret_cast<const std::uint64_t*>(producer), producer + page_,
            bytes_};
  }

 private:
  std::size_t page_;
  std::size_t bytes_;
  Handle ring_;
  void* consumer_ = MAP_FAILED;
  void* producer_ = MAP_FAILED;
};

Rings::Rings() : waiting_(::epoll_create1(EPOLL_CLOEXEC)) {}

Rings::~Rings() {
  if (waiting_ >= 0) ::close(waiting_);
}

std::unique_ptr<Rings> Rings::create(int array, const RingPlan& plan) {
  auto rings = std::make_unique<Rings>();
  for (std::uint32_t number = 0; number <= plan.count; ++number) {
    if (!rings->add(std::make_unique<Mapped>(number == 0 ? plan.lifecycle_bytes : plan.cpu_bytes))) return nullptr;
    const int descriptor = rings->mapped_.back()->descriptor();
    if (bpf_map_update_elem(array, &number, &descriptor, BPF_ANY) != 0) return nullptr;
  }
  rings->start_reading();
  return rings;
}

std::unique_ptr<Rings> Rings::open(std::vector<Handle> rings) {
  auto opened = std::make_unique<Rings>();
  for (Handle& ring : rings) {
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    if (!ring || bpf_obj_get_info_by_fd(ring.get(), &info, &size) != 0) return nullptr;
    if (info.type != BPF_MAP_TYPE_RINGBUF) return nullptr;
    if (!opened->add(std::make_unique<Mapped>(std::move(ring), info.max_entries))) return nullptr;
  }
  opened->start_reading();
  return opened;
}

// Woken by edges: most records come without a wake-up, so that what is left in a ring says nothing.
bool Rings::add(std::unique_ptr<Mapped> mapped) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  if (waiting_ < 0 || !mapped->ok()) return false;
  if (::epoll_ctl(waiting_, EPOLL_CTL_ADD, mapped->descriptor(), &event) != 0) return false;
  mapped_.push_back(std::move(mapped));
  return true;
}

void Rings::start_reading() {
  std::vector<Ring> readers;
  for (const auto& mapped : mapped_) readers.emplace_back(mapped->memory());
  merge_.emplace(std::move(readers), kPatienceNs);
}

std::vector<int> Rings::descriptors() const {
  std::vector<int> descriptors;
  for (const auto& mapped : mapped_) descriptors.push_back(mapped->descriptor());
  return descriptors;
}

// Programs write meanwhile: what waits is read after what was read, so that it is never less than nothing.
std::vector<RingState> Rings::states() const {
  std::vector<RingState> states;
  for (std::size_t number = 0; number < mapped_.size(); ++number) {
    const RingMemory memory = mapped_[number]->memory();
    const std::uint64_t read = std::atomic_ref(*memory.consumer).load(std::memory_order_acquire);
    const std::uint64_t written =
        std::atomic_ref(const_cast<std::uint64_t&>(*memory.producer)).load(std::memory_order_acquire);
    states.push_back({number == 0 ? "lifecycle" : std::to_string(number - 1), memory.bytes, written - read});
  }
  return states;
}

// All that was submitted before the call. A record that is being written is waited for only while it holds up others.
std::size_t Rings::take(const RecordHandler& handler, const BatchHandler& handled) {
  const std::uint64_t start = boot_clock();
  std::size_t count = 0;
  for (std::uint64_t now = start;; now = boot_clock()) {
    const Merge::Round round = merge_->round(now, handler, handled);
    count += round.count;
    if (round.until >= start || !merge_->kept_back()) return count;
    if (round.count == 0) std::this_thread::sleep_for(kLookAgain);
  }
}

Result<std::size_t> Rings::drain(int timeout_ms, const RecordHandler& handler, const BatchHandler& handled) {
  std::size_t count = take(handler, handled);
  if (count != 0 || timeout_ms == 0) return count;
  epoll_event event;
  if (::epoll_wait(waiting_, &event, 1, timeout_ms) < 0 && errno != EINTR) {
    return Error{std::string("waiting for events: ") + std::strerror(errno), ""};
  }
  return take(handler, handled);
}

}  // namespace picket
