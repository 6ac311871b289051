// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/lessons.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "bpf/shared/identity.h"
#include "sensor/kernel/log.h"

namespace picket {
namespace {

class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// The file that has this very path, by which the programs see it: no link is followed.
int open_exactly(int root, const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

// False when it could not be learnt.
bool learn(int map, int root, const Lesson& lesson, LearntFile& learnt) {
  const std::uint32_t only = 0;
  const File file(open_exactly(root, lesson.path));
  if (file.number() < 0) return false;  // gone meanwhile
  pk_lesson about{.state = PK_LESSON_ASKED, .file = {}, .name = lesson.name};
  if (bpf_map_update_elem(map, &only, &about, BPF_ANY) != 0) return false;
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return false;
  if (bpf_map_lookup_elem(map, &only, &about) != 0 || about.state != PK_LESSON_LEARNT) return false;
  learnt = {lesson.path, about.file.inode, about.file.device};
  return true;
}

}  // namespace

Result<std::vector<LearntFile>> learn_names(const Part& part, const std::string& root,
                                            std::span<const Lesson> lessons) {
  std::vector<LearntFile> all;
  const bool loaded = part.program("name_learned") != nullptr && bpf_program__fd(part.program("name_learned")) >= 0;
  if (!loaded || lessons.empty()) return all;
  const File directory(::open(root.empty() ? "/" : root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return kernel_failure("opening " + root, errno);
  const auto link = part.attach("name_learned");
  if (!link) return link.error();
  const int map = bpf_map__fd(part.skeleton().maps.lessons);
  for (const Lesson& lesson : lessons) {
    LearntFile learnt;
    if (learn(map, directory.number(), lesson, learnt)) all.push_back(std::move(learnt));
  }
  const std::uint32_t only = 0;
  const pk_lesson none{};
  bpf_map_update_elem(map, &only, &none, BPF_ANY);
  return all;
}

}  // namespace picket
