// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the spool's files: reading them ends, hands out records in order, and accounts for all that is said to
// be there. The input is cut into files: the first byte of a part says which file it is, two more how long.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "exporters/spool/frame.h"
#include "exporters/spool/spool.h"

namespace {

using namespace picket;

const std::string& directory() {
  static const std::string& made = *new std::string([] {  // outlives the removal
    std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/spool-fuzz-XXXXXX" : "/tmp/spool-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    std::atexit([] { std::filesystem::remove_all(directory()); });
    return name;
  }());
  return made;
}

std::string file_name(unsigned char which) {
  if (which % 8 == 0) return "checkpoint";
  return segment_file_name({which % 3U, which / 8U});
}

void write_file(const std::string& name, std::string_view bytes) {
  const int file = ::open((directory() + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  ::close(file);
}

void write_files(std::string_view input) {
  for (const auto& entry : std::filesystem::directory_iterator(directory())) std::filesystem::remove(entry);
  while (input.size() > 3) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[i]); };
    const std::string name = file_name(byte(0));
    const std::size_t length = std::min<std::size_t>(byte(1) + 256U * byte(2), input.size() - 3);
    write_file(name, input.substr(3, length));
    input.remove_prefix(3 + length);
  }
}

// Reads all; what is handed out is what recovery found.
void read_all(Spool& spool) {
  std::uint64_t handed_out = 0;
  while (const auto record = spool.next()) {
    ++handed_out;
    if (handed_out % 2 == 0 && !spool.delivered(record->position)) std::abort();
  }
  if (handed_out + spool.state().damaged != spool.recovery().records) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  write_files({reinterpret_cast<const char*>(data), size});
  SpoolOptions options{.directory = directory()};
  for (int run = 0; run < 2; ++run) {
    auto spool = Spool::open(options);
    if (!spool) return 0;
    read_all(**spool);
    (*spool)->rewind();
    if ((*spool)->put(Priority::Critical, 1, "new") != Spool::Put::Taken || !(*spool)->sync()) std::abort();
    bool found = false;
    while (const auto record = (*spool)->next()) found = record->payload == "new";
    if (!found) std::abort();
  }
  return 0;
}
