// SPDX-License-Identifier: Apache-2.0
//
// The border to the kernel. The only room that knows libbpf: loads and attaches the programs, hands out records, counts
// what was lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bpf/shared/policy.h"
#include "rules/event/event.h"
#include "rules/event/result.h"
#include "sensor/kernel/losses.h"
#include "sensor/kernel/notes.h"
#include "sensor/kernel/statistics.h"

namespace picket {

struct KernelOptions {
  std::uint32_t argv_limit = 8192;      // bytes of arguments kept for each exec, at most PK_ARGV_MAX
  std::uint32_t ring_bytes = 8u << 20;  // of all rings together; power of two, multiple of 64 pages
  std::uint32_t ring_cpus = 4;          // CPUs that share a ring; power of two
  std::string cgroup_controller = {};   // whose version 1 hierarchy header.cgroup is of; empty: the unified one
  bool persistent = false;              // what is refused may go on being refused without the process: keep()
  bool counts_runs = false;             // have the kernel count the runs of BPF programs as long as this is there
  std::vector<std::string> env = {};    // names of the environment variables kept for each exec: PK_ENV_NAMES at most
};

// Why the kernel side cannot run, told apart because the exit codes differ.
struct KernelError {
  enum class Cause { NotPermitted, Unsupported, Failed } cause = Cause::Failed;
  Error error;
};

// What rules ask of the kernel side.
struct KernelWants {
  KindSet kinds;         // events of these kinds
  KindSet results;       // those of them that are followed by a result record, when they are flagged so
  KindSet refused;       // those that rules refuse: an exec is refused by a program of its own
  bool digests = false;  // rules decide by digests of what is executed
};

using RecordHandler = std::function<void(std::span<const std::byte> record)>;

// Called when some records have been handed out and are still in their ring. What they led to has to be safe by then:
// afterwards nobody can read them again, should the sensor be killed.
using BatchHandler = std::function<void()>;

// What a change to other kinds made, or has left over. Destroying it detaches and unloads that, on whichever thread; it
// must not outlive the KernelSide.
class KernelChange {
 public:
  virtual ~KernelChange() = default;
};

// Order of use: open(); attach_lifecycle(); snapshot(); attach_hooks(); drain()... Used from one thread, but for
// prepare().
class KernelSide {
 public:
  // Loads the programs: the lifecycle and those that `wanted` needs; others are not even loaded.
  static std::variant<std::unique_ptr<KernelSide>, KernelError> open(const KernelOptions& options,
                                                                     const KernelWants& wanted);
  virtual ~KernelSide() = default;

  // fork, exec and exit: what the process table lives on. From here on their records queue in the ring.
  virtual Result<void> attach_lifecycle() = 0;

  // Hands out one exec record (flagged backfilled, arguments empty) for every running process, as the kernel's task
  // iterator sees them; each record's `time` is when that process was read.
  virtual Result<void> snapshot(const RecordHandler& handler) = 0;

  // Attaches the hooks for the other kinds that were asked for at open(); nothing is returned when all are in force.
  virtual std::optional<KernelError> attach_hooks() = 0;

  // Why operations are observed only, with what to do about it; nothing where BPF LSM programs run. Found out by
  // trying.
  virtual std::optional<Error> observing_only() const = 0;

  // Why nothing can be decided by digests; nothing where it can be. Found out by trying.
  virtual std::optional<Error> without_digests() const = 0;

  // For other rules, after attach_hooks(): loads and attaches what these kinds need and is not there yet. What is there
  // is not touched and goes on, so that events of more kinds than either asked for may come until commit(). When an
  // error is returned nothing has changed. May take seconds: from any thread, while another one calls anything but
  // attach_lifecycle(), attach_hooks(), prepare() and commit(). Each that succeeds is committed.
  virtual std::variant<std::unique_ptr<KernelChange>, KernelError> prepare(const KernelWants& wanted) = 0;

  // From here on these kinds are what was asked for. Returns what they do not need.
  virtual std::unique_ptr<KernelChange> commit(std::unique_ptr<KernelChange> prepared) = 0;

  // The kinds whose operations its programs can refuse.
  virtual KindSet refusable() const = 0;

  // Puts a policy image in force (bpf/shared/policy.h): from here on the programs report what its conjuncts want, and
  // refuse what its rules refuse, when they may. Without one everything is reported. Returns its generation, which is
  // the one that records of its time name. The one before is out of use when it returns. `acting`: its conjuncts that
  // refuse or kill, for what a sensor after this one may want to know (former.h).
  virtual Result<std::uint32_t> decide(const pk_image& image, std::span<const ActingConjunct> acting) = 0;

  // Returns when no program that ran at the call runs any more: the next drain() has all their records. It waits for
  // the kernel, some tens of milliseconds.
  virtual void settle() = 0;

  // Where options.persistent: from here on what the rules refuse now goes on being refused when this process ends,
  // however it does. To be called once all hooks are attached, and again when other rules are in force and what the
  // ones before refused has been drained; an error leaves what was kept before.
  virtual Result<void> keep() = 0;

  // The image in force, in which classes of containers may be added; nullptr: there is none. Good until decide().
  virtual pk_image* image() = 0;

  // The class of a cgroup's container; of none that is not told. Returns 0 or an errno: E2BIG, there is no more room.
  virtual int set_class(std::uint64_t cgroup, const pk_cgroup_class& classes) = 0;
  virtual void forget_class(std::uint64_t cgroup) = 0;

  // Whether rules refuse and kill, or only say that they would. At first they do not.
  virtual void enforce(bool yes) = 0;

  // They do so only until then (nanoseconds of the monotonic clock), unless that is put off; 0, as at first: for ever.
  virtual void enforce_until(std::uint64_t monotonic) = 0;

  // From here on the host's root is refused nothing when it runs that executable, unless a rule says so.
  virtual Result<void> exempt(const pk_file_id& file) = 0;

  // Where the host shows the file system of that device, whole; nullptr: nowhere any more.
  virtual Result<void> show(std::uint32_t device, const pk_file_system* where) = 0;
  // The device of the file system that the host's root is on.
  virtual void set_root_device(std::uint32_t device) = 0;

  // How often each conjunct of the image in force decided so far, by number; counted where it is decided, so that no
  // lost record is missing. Empty without an image.
  virtual std::vector<pk_hits> hits() const = 0;

  // The same of the image that the last decide() put out of use, to its end.
  virtual std::vector<pk_hits> former_hits() const = 0;

  // The kinds that were asked for and that this kernel has no hook for.
  virtual KindSet missing() const = 0;

  // Waits up to timeout_ms for records (0: does not wait), then hands out all that were there before, by their time,
  // the oldest first, and may hand out younger ones. Records are only valid during the call. Returns how many there
  // were. A signal ends the wait. A record that is still being written is waited for, some milliseconds at most, while
  // it holds up others.
  virtual Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler, const BatchHandler& handled) = 0;

  // Records that drain() handed out after younger ones, since it had waited for them long enough.
  virtual std::uint64_t reordered() const = 0;

  // Events lost since the last call (the first time: since load), by kind: a ring was full, or the kernel did not call
  // the program. Of the latter the kernel counts more than were events: threads, which also fork and exit, among them.
  virtual Losses losses() = 0;

  // What it costs and how full it is. Some tens of microseconds for each hundred of programs and maps.
  virtual KernelStatistics statistics() const = 0;
};

// What this kernel can do, for `picket doctor` and for error messages. Reads only; loads small probes.
struct Capability {
  std::string name;  // "BTF", "BPF LSM", "ring buffer", "hook file_open"
  bool present = false;
  bool required = true;
  std::string detail;  // what was seen: "/sys/kernel/btf/vmlinux", "lsm=lockdown,capability,yama,apparmor"
  std::string remedy;  // what would bring it: boot parameter, package, kernel version; empty when present
};

std::vector<Capability> probe_kernel();

}  // namespace picket
