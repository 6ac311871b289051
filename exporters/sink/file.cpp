// SPDX-License-Identifier: Apache-2.0
//
// The file is the sensor's alone: a half line is taken back by cutting the file's end.
#include "exporters/sink/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "exporters/sink/line_destination.h"

namespace picket {
namespace {

class FileDestination final : public LineDestination {
 public:
  explicit FileDestination(int descriptor) : LineDestination(descriptor) {}
  ~FileDestination() override { close(descriptor()); }
  FileDestination(const FileDestination&) = delete;
  FileDestination& operator=(const FileDestination&) = delete;

 private:
  bool take_back(std::size_t written) override {
    struct stat status {};
    if (fstat(descriptor(), &status) != 0) return false;
    const auto half = static_cast<off_t>(written);
    return status.st_size >= half && ftruncate(descriptor(), status.st_size - half) == 0;
  }
};

Error refuse(const std::string& path, const std::string& why) {
  return Error{"cannot write to " + path + ": " + why, "name a regular file, or one that can be created"};
}

// What open(2) says about a symbolic link and about a FIFO without a reader would puzzle anybody.
std::string reason(int error) {
  switch (error) {
    case ELOOP:
      return "it is a symbolic link";
    case ENXIO:
      return "it is not a regular file";
    default:
      return std::generic_category().message(error);
  }
}

}  // namespace

Result<std::unique_ptr<Destination>> make_file(const SinkSettings& settings) {
  const std::string path(settings.get("path"));
  // O_NONBLOCK: opening a FIFO must not wait for its reader. It means nothing for a regular file.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int descriptor = open(path.c_str(), kFlags, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return refuse(path, reason(errno));
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return refuse(path, reason(ENXIO));
  }
  return std::unique_ptr<Destination>(std::make_unique<FileDestination>(descriptor));
}

}  // namespace picket
