// SPDX-License-Identifier: Apache-2.0
#include "rules/event/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "rules/event/descriptor.h"

namespace picket {
namespace {

Error reason(int error) { return Error{std::generic_category().message(error), ""}; }

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return reason(errno);

  struct stat status {};
  if (fstat(file.get(), &status) != 0) return reason(errno);
  if (S_ISDIR(status.st_mode)) return reason(EISDIR);
  if (!S_ISREG(status.st_mode)) return Error{"not a regular file", ""};

  // The size is a hint only: files of /proc say 0, and a file may grow while it is read.
  const auto hint = static_cast<std::size_t>(status.st_size);
  std::string text;
  std::size_t used = 0;
  for (;;) {
    if (std::max(used, hint) > limit) return Error{"larger than " + std::to_string(limit) + " bytes", ""};
    text.resize(std::max(used + 4096, hint + 1));
    const ssize_t got = read(file.get(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return reason(errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

}  // namespace picket
