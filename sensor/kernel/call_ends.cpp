// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/call_ends.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>

#include "rules/event/catalogue.h"

namespace picket {
namespace {

// Prefixes of the functions that a system-call table points at. The first that exists is the one that is used.
#if defined(__x86_64__)
constexpr std::string_view kNative[] = {"__x64_sys_"};
constexpr std::string_view kCompat[] = {"__ia32_compat_sys_", "__ia32_sys_"};
#else
constexpr std::string_view kNative[] = {"__arm64_sys_"};
constexpr std::string_view kCompat[] = {"__arm64_compat_sys_", "__arm64_sys_"};
#endif

// Calls whose function has another name than the call. Numbers of the 32-bit table; -1: any number in either.
struct Renamed {
  std::int32_t compat;
  std::string_view call, function;
};

constexpr Renamed kRenamed[] = {
    {-1, "umount2", "umount"},
#if defined(__x86_64__)
    {22, "umount", "oldumount"},
    {23, "setuid", "setuid16"},
    {46, "setgid", "setgid16"},
    {70, "setreuid", "setreuid16"},
    {71, "setregid", "setregid16"},
    {164, "setresuid", "setresuid16"},
    {170, "setresgid", "setresgid16"},
    {138, "setfsuid", "setfsuid16"},
    {139, "setfsgid", "setfsgid16"},
    {182, "chown", "chown16"},
    {95, "fchown", "fchown16"},
    {16, "lchown", "lchown16"},
    {90, "mmap", "ia32_mmap"},
    {192, "mmap", "mmap_pgoff"},
    {193, "truncate", "ia32_truncate64"},
    {194, "ftruncate", "ia32_ftruncate64"},
    {221, "fcntl", "fcntl64"},
#endif
};

// Kinds that come about in the calls of another kind, too. (A message to a unix socket can be a write(2): that would be
// to look at the end of every write to anything.)
struct Borrowed {
  Kind kind, from;
};

constexpr Borrowed kBorrowed[] = {{Kind::create, Kind::open},
                                  {Kind::truncate, Kind::open},
                                  {Kind::unix_connect, Kind::connect},
                                  {Kind::unix_connect, Kind::send}};

// Sockets of 32-bit programs, whatever is done with them.
constexpr KindSet kSockets{Kind::socket, Kind::bind, Kind::listen, Kind::connect, Kind::send, Kind::unix_connect};
#if defined(__x86_64__)
constexpr CallNumbers kSocketCall = {"socketcall", -1, 102};
#else
constexpr CallNumbers kSocketCall = {"socketcall", -1, -1};
#endif

std::string_view function_of(std::string_view call, std::int32_t compat) {
  for (const Renamed& row : kRenamed) {
    if (row.call == call && (row.compat < 0 || row.compat == compat)) return row.function;
  }
  return call;
}

class Finder {
 public:
  explicit Finder(const KernelTypes& types) : types_(types) {}

  void add(const CallNumbers& call) {
    if (call.native >= 0) add(kNative, function_of(call.name, -1), call.native, 0);
    if (call.compat >= 0) add(kCompat, function_of(call.name, call.compat), call.compat, CallEnds::kCalls);
  }

  CallEnds found() && { return std::move(found_); }

 private:
  template <std::size_t Size>
  void add(const std::string_view (&prefixes)[Size], std::string_view function, std::int32_t number,
           std::size_t offset) {
    if (static_cast<std::size_t>(number) >= CallEnds::kCalls) return;
    for (const std::string_view prefix : prefixes) {
      std::string name = std::string(prefix) + std::string(function);
      if (types_.function_id(name) <= 0) continue;
      const std::size_t bit = offset + static_cast<std::size_t>(number);
      found_.calls[bit / 64] |= std::uint64_t{1} << (bit % 64);
      auto& functions = found_.functions;
      if (std::find(functions.begin(), functions.end(), name) == functions.end()) functions.push_back(std::move(name));
      return;
    }
  }

  const KernelTypes& types_;
  CallEnds found_;
};

constexpr std::string_view kRing = "io_uring";  // ends when the ring has taken the operation, not when that is done

}  // namespace

CallEnds find_call_ends(const KernelTypes& types, KindSet kinds) {
  for (const Borrowed& row : kBorrowed) {
    if (kinds.contains(row.kind)) kinds = kinds | KindSet{row.from};
  }
  Finder finder(types);
  for (unsigned number = 0; number < kKindEnd; ++number) {
    const auto kind = static_cast<Kind>(number);
    if (!kinds.contains(kind)) continue;
    for (const CallNumbers& call : calls_of(kind)) {
      if (call.name != kRing) finder.add(call);
    }
  }
  if (!(kinds & kSockets).empty()) finder.add(kSocketCall);
  return std::move(finder).found();
}

CallEndPrograms::~CallEndPrograms() {
  for (const End& end : ends_) {
    if (end.link >= 0) ::close(end.link);
    if (end.program >= 0) ::close(end.program);
  }
}

int CallEndPrograms::load(const bpf_program& loaded, const KernelTypes& types, const CallEnds& ends) {
  const bpf_insn* instructions = bpf_program__insns(&loaded);
  const std::size_t count = bpf_program__insn_cnt(&loaded);
  for (const std::string& function : ends.functions) {
    if (ends_.empty()) {
      const int program = ::fcntl(bpf_program__fd(&loaded), F_DUPFD_CLOEXEC, 0);
      if (program < 0) return errno;
      ends_.push_back({.function = function, .program = program});
      continue;
    }
    bpf_prog_load_opts options = {};
    options.sz = sizeof(options);
    options.expected_attach_type = BPF_TRACE_FEXIT;
    options.attach_btf_id = static_cast<__u32>(types.function_id(function));
    const int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "call_ends", "GPL", instructions, count, &options);
    if (program < 0) return errno;
    ends_.push_back({.function = function, .program = program});
  }
  return 0;
}

int CallEndPrograms::attach() {
  for (End& end : ends_) {
    end.link = bpf_raw_tracepoint_open(nullptr, end.program);
    if (end.link < 0) return errno;
  }
  return 0;
}

bool CallEndPrograms::has(const std::string& function) const {
  return std::any_of(ends_.begin(), ends_.end(), [&function](const End& end) { return end.function == function; });
}

CallEndPrograms CallEndPrograms::take_all_but(const std::vector<std::string>& functions) {
  const auto first = std::stable_partition(ends_.begin(), ends_.end(), [&functions](const End& end) {
    return std::find(functions.begin(), functions.end(), end.function) != functions.end();
  });
  CallEndPrograms taken;
  taken.ends_.assign(std::make_move_iterator(first), std::make_move_iterator(ends_.end()));
  ends_.erase(first, ends_.end());
  return taken;
}

}  // namespace picket
