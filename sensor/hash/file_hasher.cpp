// SPDX-License-Identifier: Apache-2.0
#include "sensor/hash/file_hasher.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <thread>
#include <variant>

#include "sensor/hash/open_file.h"

namespace picket {
namespace {

constexpr std::size_t kChunk = 128 * 1024;
constexpr std::uint64_t kTwoTicks = 20'000'000;  // of the slowest clock, in nanoseconds
constexpr std::uint32_t kFirstProcess = 1;

using Digest = std::variant<Sha256, HashProblem>;

std::uint64_t wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// Whether a change from now on would show in the file's ctime; waits until it does. A time to come never does.
bool settle(const FileState& state) {
  const std::uint64_t now = wall_clock();
  if (state.ctime > now) return false;
  const std::uint64_t age = now - state.ctime;
  if (age < kTwoTicks) std::this_thread::sleep_for(std::chrono::nanoseconds(kTwoTicks - age));
  return true;
}

// SHA-256 of all that can be read.
Digest digest_of(const Descriptor& file, std::uint64_t most_bytes, const HashPatience& patience) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return HashProblem::Unreadable;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kChunk);
  for (std::uint64_t done = 0;;) {
    if (patience.over()) return HashProblem::Late;
    const ssize_t count = ::read(file.get(), buffer.get(), kChunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return problem_of(errno);
    if (count == 0) break;
    done += static_cast<std::uint64_t>(count);
    if (done > most_bytes) return HashProblem::TooLarge;  // it grows
    if (EVP_DigestUpdate(context.get(), buffer.get(), static_cast<std::size_t>(count)) != 1) {
      return HashProblem::Unreadable;
    }
  }
  Sha256 sha256{};
  if (EVP_DigestFinal_ex(context.get(), sha256.data(), nullptr) != 1) return HashProblem::Unreadable;
  return sha256;
}

HashKey key_of(const FileState& state) { return {state.inode, state.ctime, state.size, state.device}; }

}  // namespace

// The ways to one file, until one leads to it.
class FileHasher::Search {
 public:
  Search(FileHasher& hasher, const HashRequest& request, const HashPatience& patience)
      : hasher_(hasher), request_(request), patience_(patience) {}

  FileHash run() {
    const std::array<std::uint32_t, 3> pids = {request_.pid, request_.parent_pid, kFirstProcess};
    for (std::size_t i = 0; i < pids.size() && !found_; ++i) {
      if (pids[i] != 0 && std::find(pids.begin(), pids.begin() + i, pids[i]) == pids.begin() + i) look_from(pids[i]);
    }
    if (found_) return FileHash::known(*found_);
    return FileHash::missing(patience_.over() ? HashProblem::Late : problem_);
  }

 private:
  void look_from(std::uint32_t pid) {
    const Descriptor process = open_directory(AT_FDCWD, (hasher_.limits_.proc + "/" + std::to_string(pid)).c_str());
    if (!process) return note(problem_of(errno));
    if (request_.ticket.executable && pid == request_.pid) consider(look_at_link(process.get(), "exe"), process);
    if (found_ || request_.path.empty()) return;
    const Descriptor root = open_directory(process.get(), "root");
    if (!root) return note(pid == request_.pid ? problem_of(errno) : HashProblem::Gone);
    consider(look_at_path(root.get(), request_.path), process);
    if (!found_ && !request_.other_path.empty()) consider(look_at_path(root.get(), request_.other_path), process);
  }

  void consider(const Descriptor& file, const Descriptor& process) {
    if (!file) return note(problem_of(errno));
    const auto state = state_of(file);
    if (!state) return note(problem_of(errno));
    if (!is_the_one(file, *state, process)) return note(HashProblem::OtherFile);
    if (request_.file.ctime != 0 && state->ctime != request_.file.ctime) return note(HashProblem::Changed);
    if (!state->regular()) return note(HashProblem::NotRegular);
    if (state->size > hasher_.limits_.most_bytes) return note(HashProblem::TooLarge);
    found_ = hasher_.cached(key_of(*state));
    if (!found_) read(file, *state);
  }

  void read(const Descriptor& file, const FileState& before) {
    const bool settled = settle(before);
    const Descriptor content = open_for_reading(hasher_.limits_.proc, file);
    if (!content) return note(problem_of(errno));
    const auto still = state_of(content);
    if (!still || *still != before) return note(HashProblem::Changed);
    hasher_.files_read_.fetch_add(1, std::memory_order_relaxed);
    const Digest digest = digest_of(content, hasher_.limits_.most_bytes, patience_);
    if (const auto* problem = std::get_if<HashProblem>(&digest)) return note(*problem);
    const auto after = state_of(content);
    if (!after || *after != before) return note(HashProblem::Changed);
    found_ = std::get<Sha256>(digest);
    if (settled) hasher_.cache(key_of(before), *found_);
  }

  bool is_the_one(const Descriptor& file, const FileState& state, const Descriptor& process) const {
    if (state.inode != request_.file.inode) return false;
    if (state.device == request_.file.device) return true;
    const OwnDevice own = own_device_of(file);
    if (own == OwnDevice::Shown) return false;
    if (own == OwnDevice::HiddenAndShared && request_.file.ctime == 0) return false;
    return device_of_mount(process, state.mount) == request_.file.device;
  }

  void note(HashProblem problem) { problem_ = std::max(problem_, problem); }

  FileHasher& hasher_;
  const HashRequest& request_;
  const HashPatience& patience_;
  std::optional<Sha256> found_;
  HashProblem problem_ = request_.path.empty() ? HashProblem::Unnamed : HashProblem::Late;
};

// A thread may still be stuck in here when the program ends: what it uses of OpenSSL must not be taken down before.
FileHasher::FileHasher(const HashLimits& limits) : limits_(limits), cache_(limits.cached) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

FileHash FileHasher::hash(const HashRequest& request, const HashPatience& patience) {
  if (patience.over()) return FileHash::missing(HashProblem::Late);
  return Search(*this, request, patience).run();
}

std::optional<Sha256> FileHasher::cached(const HashKey& key) {
  const std::lock_guard lock(mutex_);
  const Sha256* const found = cache_.find(key);
  return found ? std::optional(*found) : std::nullopt;
}

void FileHasher::cache(const HashKey& key, const Sha256& sha256) {
  const std::lock_guard lock(mutex_);
  cache_.insert(key, sha256);
}

}  // namespace picket
