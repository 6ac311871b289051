// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/zstd_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "rules/event/descriptor.h"

namespace picket {
namespace {

constexpr int kLevel = 3;  // zstd's own default: of JSON lines about a tenth is left

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

bool write_all(int descriptor, const char* from, std::size_t size) {
  while (size != 0) {
    const ssize_t written = write(descriptor, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

// From one descriptor to the other, to the end. False with errno set.
bool compress(int from, int to) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) return errno = ENOMEM, false;
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<char> in(ZSTD_CStreamInSize()), out(ZSTD_CStreamOutSize());
  for (;;) {
    const ssize_t size = read(from, in.data(), in.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    ZSTD_inBuffer input{in.data(), static_cast<std::size_t>(size), 0};
    const ZSTD_EndDirective mode = size == 0 ? ZSTD_e_end : ZSTD_e_continue;
    for (std::size_t left = 1; left != 0 && (size == 0 || input.pos < input.size);) {
      ZSTD_outBuffer output{out.data(), out.size(), 0};
      left = ZSTD_compressStream2(context.get(), &output, &input, mode);
      if (ZSTD_isError(left) != 0) return errno = EIO, false;
      if (!write_all(to, out.data(), output.pos)) return false;
      if (size != 0) left = 1;  // what it keeps is for the next ones
    }
    if (size == 0) return true;
  }
}

Error failed(const std::string& from, int error) {
  return Error{"cannot compress " + from + ": " + std::generic_category().message(error), ""};
}

}  // namespace

Result<void> zstd_file(const std::string& from, const std::string& to) {
  const Descriptor input(open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (input.get() < 0 || fstat(input.get(), &status) != 0) return failed(from, errno);
  if (!S_ISREG(status.st_mode)) return failed(from, EINVAL);
  const Descriptor output(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (output.get() < 0) return failed(from, errno);
  // The owner first: a change of owner takes bits away. Without the right to change it, what is compressed is its own
  // maker's: better than to keep the original for ever.
  [[maybe_unused]] const int owned = fchown(output.get(), status.st_uid, status.st_gid);
  if (fchmod(output.get(), status.st_mode & 0777) != 0 || !compress(input.get(), output.get()) ||
      fsync(output.get()) != 0) {
    return failed(from, errno);
  }
  return {};
}

}  // namespace picket
