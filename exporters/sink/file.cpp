// SPDX-License-Identifier: Apache-2.0
//
// The file is the sensor's alone: a half line is taken back by cutting the file's end. To put it aside takes a rename
// and is done between two messages; all that takes longer is the keeper's.
#include "exporters/sink/file.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "exporters/sink/file_keeper.h"
#include "exporters/sink/line_destination.h"
#include "exporters/sink/log_file.h"
#include "exporters/sink/old_files.h"

namespace picket {
namespace {

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kLeastSize = 64u << 10;
constexpr std::uint64_t kLeastAge = 1000;               // milliseconds
constexpr std::uint64_t kRetry = 60 * kNanoseconds;     // after a rotation that failed
constexpr std::uint64_t kSyncEvery = 1 * kNanoseconds;  // fsync: interval
constexpr std::uint64_t kDefaultKeep = 10, kMostKeep = 10'000;

enum class Sync { Never, Interval, Always };
constexpr std::string_view kSyncNames[] = {"never", "interval", "always"};

struct FileOptions {
  std::string path;
  FileAccess access = {};
  std::optional<std::uint64_t> size = {}, age = {};  // bytes, nanoseconds
  OldFileLimits limits = {};
  Sync sync = Sync::Never;

  bool rotates() const { return size.has_value() || age.has_value(); }
};

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kNanoseconds + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t clock_now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return nanoseconds(time);
}

// When what is in it began, nanoseconds since 1970: now when it is empty, or when the file system does not know.
std::uint64_t birth_of(int descriptor) {
  struct statx status {};
  const bool known = statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME | STATX_SIZE, &status) == 0 &&
                     (status.stx_mask & STATX_BTIME) != 0 && status.stx_size != 0;
  if (!known) return clock_now(CLOCK_REALTIME);
  return static_cast<std::uint64_t>(status.stx_btime.tv_sec) * kNanoseconds + status.stx_btime.tv_nsec;
}

class FileDestination final : public LineDestination {
 public:
  FileDestination(FileOptions options, int descriptor)
      : LineDestination(descriptor), options_(std::move(options)), born_(birth_of(descriptor)) {
    if (!options_.rotates() && options_.sync != Sync::Interval) return;
    keeper_ = std::make_unique<FileKeeper>(options_.path, options_.limits);
    if (options_.rotates()) keeper_->tidy();
  }
  ~FileDestination() override { close(descriptor()); }
  FileDestination(const FileDestination&) = delete;
  FileDestination& operator=(const FileDestination&) = delete;

  std::size_t send(std::span<const Message> messages, Ledger& ledger) override;
  void poll(Ledger& ledger, std::chrono::milliseconds wait) override;
  bool flush(Ledger& ledger, std::chrono::milliseconds wait) override;
  void reopen() override;

 private:
  bool take_back(std::size_t written) override;
  int complete() override;
  std::uint64_t size() const;
  bool is_at_its_path() const;
  void rotate();
  bool put_aside();
  void use(int descriptor);
  void sync_if_written();

  const FileOptions options_;
  std::uint64_t born_;          // when what is in it began, nanoseconds since 1970
  std::uint64_t retry_at_ = 0;  // monotonic; no rotation before
  std::uint64_t synced_at_ = 0;
  bool written_ = false;                // since then
  std::unique_ptr<FileKeeper> keeper_;  // where there is anything for it to do
};

// Each message is in one file, and none is larger than it may be, unless a message alone is.
std::size_t FileDestination::send(std::span<const Message> messages, Ledger& ledger) {
  written_ = true;
  if (!options_.size) return LineDestination::send(messages, ledger);
  std::uint64_t used = size();
  for (auto rest = messages; !rest.empty();) {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    while (count < rest.size() && used + bytes + rest[count].text.size() <= *options_.size) {
      bytes += rest[count++].text.size();
    }
    if (count == 0 && used != 0) {
      rotate();
      used = size();
      if (used == 0) continue;  // else it could not be put aside: too large is better than lost
    }
    if (count == 0) bytes = rest[count++].text.size();
    LineDestination::send(rest.first(count), ledger);
    used += bytes;
    rest = rest.subspan(count);
  }
  return messages.size();
}

bool FileDestination::take_back(std::size_t written) {
  struct stat status {};
  if (fstat(descriptor(), &status) != 0) return false;
  const auto half = static_cast<off_t>(written);
  return status.st_size >= half && ftruncate(descriptor(), status.st_size - half) == 0;
}

int FileDestination::complete() {
  if (options_.sync != Sync::Always) return 0;
  return fdatasync(descriptor()) == 0 ? 0 : errno;
}

std::uint64_t FileDestination::size() const {
  struct stat status {};
  return fstat(descriptor(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void FileDestination::poll(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) {
  if (options_.age && clock_now(CLOCK_REALTIME) >= born_ + *options_.age) {
    if (size() == 0) {
      born_ = clock_now(CLOCK_REALTIME);
    } else {
      rotate();
    }
  }
  const std::uint64_t now = clock_now(CLOCK_MONOTONIC);
  if (options_.sync == Sync::Interval && now >= synced_at_ + kSyncEvery) {
    synced_at_ = now;
    sync_if_written();
  }
}

void FileDestination::sync_if_written() {
  if (std::exchange(written_, false)) keeper_->sync(descriptor());
}

// At the end: the keeper's thread ends with what it does now.
bool FileDestination::flush(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) {
  if (options_.sync == Sync::Interval && std::exchange(written_, false)) fdatasync(descriptor());
  return true;
}

// Somebody else may have moved it, or put another one there.
bool FileDestination::is_at_its_path() const {
  struct stat here {
  }, there{};
  return fstat(descriptor(), &here) == 0 && lstat(options_.path.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
         here.st_ino == there.st_ino;
}

bool FileDestination::put_aside() {
  const std::string name = old_file_name(options_.path, clock_now(CLOCK_REALTIME));
  if (renameat2(AT_FDCWD, options_.path.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) return true;
  spdlog::error("{} cannot be renamed to {}: {}", options_.path, name, std::generic_category().message(errno));
  return false;
}

// The next file gets mode and owner of the one before, where the sensor may give them. When it cannot be opened the one
// before is written to, whatever its name is now.
void FileDestination::rotate() {
  const std::uint64_t now = clock_now(CLOCK_MONOTONIC);
  if (now < retry_at_) return;
  retry_at_ = now + kRetry;
  struct stat status {};
  if (fstat(descriptor(), &status) != 0) return;
  if (is_at_its_path() && !put_aside()) return;
  auto next = open_log_file(options_.path, {});
  if (!next) return spdlog::error("{}", next.error().message);
  const FileAccess same{.mode = status.st_mode & 0777, .user = status.st_uid, .group = status.st_gid};
  if (const auto done = set_access(*next, options_.path, same); !done) spdlog::warn("{}", done.error().message);
  if (options_.sync != Sync::Never && keeper_) keeper_->sync(descriptor());
  use(*next);
  retry_at_ = 0;
  keeper_->tidy();
}

void FileDestination::use(int descriptor) {
  close(this->descriptor());
  set_descriptor(descriptor);
  born_ = birth_of(descriptor);
}

void FileDestination::reopen() {
  auto next = open_log_file(options_.path, options_.access);
  if (!next) return spdlog::error("{}; what was open before is written to", next.error().message);
  use(*next);
}

// What the keys say, of which each is right by itself.
Result<FileOptions> read_options(const SinkSettings& settings) {
  FileOptions options{.path = std::string(settings.get("path"))};
  if (settings.has("owner")) {
    auto owner = parse_owner(settings.get("owner"));
    if (!owner) return Error{"owner: " + owner.error().message, owner.error().hint};
    options.access = *owner;
  }
  options.access.mode = parse_file_mode(settings.get("mode"));
  options.size = parse_size(settings.get("rotate.size"));
  if (const auto age = parse_milliseconds(settings.get("rotate.age"))) options.age = *age * kMillisecond;
  options.limits = {.compress = settings.get("rotate.compress", "none") == "zstd",
                    .count = parse_count(settings.get("rotate.keep"), kMostKeep).value_or(kDefaultKeep),
                    .bytes = parse_size(settings.get("rotate.space")).value_or(UINT64_MAX)};
  options.sync = static_cast<Sync>(
      std::find(std::begin(kSyncNames), std::end(kSyncNames), settings.get("fsync", "never")) - std::begin(kSyncNames));
  for (const std::string_view key : {"rotate.keep", "rotate.space", "rotate.compress"}) {
    if (!settings.has(key) || options.rotates()) continue;
    return Error{std::string(key) + " says what becomes of old files, and there will be none",
                 "set rotate.size or rotate.age"};
  }
  return options;
}

}  // namespace

Result<void> check_rotate_size(std::string_view text) {
  const auto size = parse_size(text);
  if (size && *size >= kLeastSize) return {};
  return expected_instead("bytes, 64K or more, as 100M or 1G", text);
}

Result<void> check_rotate_age(std::string_view text) {
  const auto age = parse_milliseconds(text);
  if (age && *age >= kLeastAge) return {};
  return expected_instead("a time, a second or more, as 30m, 24h or 7d", text);
}

Result<void> check_keep(std::string_view text) {
  if (parse_count(text, kMostKeep)) return {};
  return expected_instead("a number up to " + std::to_string(kMostKeep), text);
}

Result<void> check_compress(std::string_view text) {
  if (text == "none" || text == "zstd") return {};
  return expected_instead("none or zstd", text);
}

Result<void> check_fsync(std::string_view text) {
  if (std::find(std::begin(kSyncNames), std::end(kSyncNames), text) != std::end(kSyncNames)) return {};
  return expected_instead("never, interval or always", text);
}

Result<std::unique_ptr<Destination>> make_file(const SinkSettings& settings) {
  auto options = read_options(settings);
  if (!options) return options.error();
  const auto descriptor = open_log_file(options->path, options->access);
  if (!descriptor) return descriptor.error();
  return std::unique_ptr<Destination>(std::make_unique<FileDestination>(std::move(*options), *descriptor));
}

}  // namespace picket
