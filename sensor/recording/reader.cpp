// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "sensor/recording/packing.h"

namespace picket {

using namespace recording;

namespace {

using Bytes = std::span<const std::byte>;

// Unpacks the values and makes the call with them; false when they are not all of the payload.
template <class... Values, class Call>
bool with(Bytes payload, Call call) {
  std::tuple<Values...> values{};
  Unpacker take(payload);
  std::apply([&take](auto&... each) { take(each...); }, values);
  if (!take.whole()) return false;
  std::apply(call, values);
  return true;
}

// The call for each entry, by name. False: the payload is malformed.
struct Play {
  static bool facts(Inputs&, Bytes) { return false; }  // the first entry alone, which is read apart
  static bool record(Inputs& to, Bytes bytes) {
    to.record(bytes);
    return true;
  }
  static bool snapshot(Inputs& to, Bytes bytes) {
    to.snapshot(bytes);
    return true;
  }
  static bool confirm(Inputs& to, Bytes bytes) {
    to.confirm(bytes);
    return true;
  }
  static bool begin_reading(Inputs& to, Bytes bytes) {
    return with<std::uint64_t>(bytes, [&](auto time) { to.begin_reading(time); });
  }
  static bool retire(Inputs& to, Bytes bytes) {
    return with<std::uint64_t>(bytes, [&](auto time) { to.retire(time); });
  }
  static bool cgroup(Inputs& to, Bytes bytes) {
    return with<std::uint64_t, std::uint64_t, std::string_view>(
        bytes, [&](auto id, auto time, auto path) { to.cgroup(id, path, time); });
  }
  static bool answer(Inputs& to, Bytes bytes) {
    return with<Resolver::Answer>(bytes, [&](const auto& answer) { to.answer(answer); });
  }
  static bool hash(Inputs& to, Bytes bytes) {
    return with<HashAnswer>(bytes, [&](const auto& answer) { to.hash(answer); });
  }
  static bool time(Inputs& to, Bytes bytes) {
    return with<std::uint64_t>(bytes, [&](auto time) { to.time(time); });
  }
  static bool loss(Inputs& to, Bytes bytes) {
    return with<std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t>(
        bytes, [&](auto kind, auto count, auto since, auto until) {
          if (kind < kKindEnd) to.loss(static_cast<Kind>(kind), count, since, until);
        });
  }
  static bool tick(Inputs& to, Bytes bytes) {
    return with<std::uint64_t, std::int64_t>(bytes, [&](auto time, auto offset) { to.tick(time, offset); });
  }
  static bool forget_names(Inputs& to, Bytes bytes) {
    return with<>(bytes, [&] { to.forget_names(); });
  }
  static bool user(Inputs& to, Bytes bytes) {
    return with<std::uint32_t, Account>(bytes, [&](auto id, const auto& account) { to.user(id, account); });
  }
  static bool group(Inputs& to, Bytes bytes) {
    return with<std::uint32_t, Account>(bytes, [&](auto id, const auto& account) { to.group(id, account); });
  }
  static bool ready(Inputs& to, Bytes bytes) {
    return with<std::uint64_t, bool>(bytes, [&](auto time, auto observe_only) { to.ready(time, observe_only); });
  }
  static bool finish(Inputs& to, Bytes bytes) {
    return with<>(bytes, [&] { to.finish(); });
  }
};

// Numbers are those from 1 on, without gaps.
constexpr std::size_t kEntries = 0
#define ENTRY(number, name, doc) +1
#include "sensor/recording/entries.def"
#undef ENTRY
    ;

constexpr auto kPlays = [] {
  std::array<bool (*)(Inputs&, Bytes), 1 + kEntries> plays{};
#define ENTRY(number, name, doc) plays[number] = &Play::name;
#include "sensor/recording/entries.def"
#undef ENTRY
  return plays;
}();

struct Entry {
  EntryNumber number{};
  Bytes payload;
};

// Takes the first entry off `bytes`; nothing when there is no whole one.
std::optional<Entry> next_entry(Bytes& bytes) {
  EntryHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t step = sizeof header + (std::size_t{header.size} + 7) / 8 * 8;
  if (header.number == 0 || header.number >= kPlays.size() || step > bytes.size()) return std::nullopt;
  const Entry entry{static_cast<EntryNumber>(header.number), bytes.subspan(sizeof header, header.size)};
  bytes = bytes.subspan(step);
  return entry;
}

bool tells_time(EntryNumber number) { return number == EntryNumber::time || number == EntryNumber::tick; }

}  // namespace

RecordingReader::RecordingReader(int file) : file_(file), zstd_(ZSTD_createDCtx()) {}

RecordingReader::~RecordingReader() {
  ZSTD_freeDCtx(zstd_);
  ::close(file_);
}

Result<std::unique_ptr<RecordingReader>> RecordingReader::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Error{"cannot open the recording " + path + ": " + std::strerror(errno), ""};
  std::unique_ptr<RecordingReader> reader(new RecordingReader(file));
  if (auto started = reader->read_start(path); !started) return started.error();
  return reader;
}

Result<void> RecordingReader::read_start(const std::string& path) {
  Preamble preamble{};
  const auto got = read(&preamble, sizeof preamble);
  if (!got) return Error{"cannot read the recording " + path + ": " + end_.reason, ""};
  if (*got != sizeof preamble || std::string_view(preamble.magic, sizeof preamble.magic) != kMagic) {
    return Error{path + " is no recording of Picket", "'picket record --output FILE' makes one"};
  }
  if (preamble.version != kVersion) {
    return Error{path + " is a recording of format " + std::to_string(preamble.version) +
                     ", this is a Picket for format " + std::to_string(kVersion),
                 "replay it with the version of Picket that recorded it"};
  }
  end_.offset = sizeof preamble;
  const bool there = read_block();
  Bytes bytes = block_;
  const auto first = there ? next_entry(bytes) : std::nullopt;
  Unpacker take(first ? first->payload : Bytes{});
  if (!first || first->number != EntryNumber::facts || !take(facts_) || !take.whole()) {
    return Error{path + " is a recording without a beginning" + (end_.reason.empty() ? "" : ": " + end_.reason), ""};
  }
  // The facts come before this, so that the version can be told.
  if (preamble.layout != layout_identity()) {
    return Error{
        path + " was recorded by Picket " + facts_.picket + ", whose records have another layout than this one's",
        "replay it with the version of Picket that recorded it"};
  }
  block_ = bytes;
  --entries_;
  return {};
}

// The number of bytes read, fewer than `size` at the end of the file; nothing when it cannot be read.
std::optional<std::size_t> RecordingReader::read(void* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file_, static_cast<char*>(into) + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      end_.reason = std::strerror(errno);
      return std::nullopt;
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool RecordingReader::stop(std::string reason) {
  stopped_ = true;
  end_.reason = std::move(reason);
  end_.whole = end_.reason.empty();
  struct stat status {};
  const bool known = ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  const auto size = known ? static_cast<std::uint64_t>(status.st_size) : end_.offset;
  end_.unread = size > end_.offset ? size - end_.offset : 0;
  return false;
}

// Makes the next block the one under way.
bool RecordingReader::read_block() {
  BlockHeader header;
  const auto got = read(&header, sizeof header);
  if (!got) return stop("it cannot be read: " + std::string(end_.reason));
  if (*got == 0) return stop(finished_ ? "" : "the recorder did not get to its end");
  if (finished_) return stop("something follows its end");
  if (*got < sizeof header) return stop("it stops in the middle of a block");
  const bool sane = header.magic == kBlockMagic && header.number == end_.blocks && header.raw <= kMostRaw &&
                    header.compressed <= ZSTD_compressBound(kMostRaw);
  if (!sane) return stop("the header of a block is damaged");

  compressed_.resize(header.compressed);
  const auto frame = read(compressed_.data(), header.compressed);
  if (!frame) return stop("it cannot be read: " + std::string(end_.reason));
  if (*frame < header.compressed) return stop("it stops in the middle of a block");
  raw_.resize((header.raw + 7) / 8);
  const std::size_t size = ZSTD_decompressDCtx(zstd_, raw_.data(), header.raw, compressed_.data(), compressed_.size());
  if (ZSTD_isError(size)) return stop("a block is damaged: " + std::string(ZSTD_getErrorName(size)));
  if (size != header.raw) return stop("a block is shorter than its header says");

  block_ = std::as_bytes(std::span(raw_)).first(size);
  entries_ = header.entries;
  end_.offset += sizeof header + header.compressed;
  ++end_.blocks;
  return true;
}

bool RecordingReader::play_block(Inputs& inputs) {
  if (stopped_ || (block_.empty() && !read_block())) return false;
  for (; !block_.empty(); --entries_) {
    const auto entry = next_entry(block_);
    if (!entry || entries_ == 0 || finished_) return stop("a block holds what no recorder writes");
    if (!kPlays[static_cast<std::size_t>(entry->number)](inputs, entry->payload)) {
      return stop("a block holds what no recorder writes");
    }
    finished_ = entry->number == EntryNumber::finish;
    if (tells_time(entry->number)) std::memcpy(&end_.last_time, entry->payload.data(), sizeof end_.last_time);
  }
  return entries_ == 0 || stop("a block holds less than its header says");
}

}  // namespace picket
