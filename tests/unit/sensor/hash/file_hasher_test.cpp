// SPDX-License-Identifier: Apache-2.0
//
// Real files: the right one is found and read once, everything else is refused with its reason.
#include "sensor/hash/file_hasher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

namespace picket {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// FIPS 180-2, appendix B.
constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string text_of(const FileHash& hash) {
  if (!hash.is_known()) return std::string(describe(hash.problem));
  std::string text(kSha256Digits, ' ');
  write_digits(hash.sha256, text.data());
  return text;
}

std::string text_of(HashProblem problem) { return std::string(describe(problem)); }

void write_file(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

// What a record says of the file; with its ctime when it is an executable's.
FileIdentity identity_of(const fs::path& path, bool with_ctime = false) {
  struct stat status {};
  EXPECT_EQ(0, lstat(path.c_str(), &status)) << path;
  FileIdentity file;
  file.inode = status.st_ino;
  file.device = static_cast<std::uint32_t>(major(status.st_dev) << 20 | minor(status.st_dev));
  if (with_ctime) {
    file.ctime = static_cast<std::uint64_t>(status.st_ctim.tv_sec) * 1'000'000'000u +
                 static_cast<std::uint64_t>(status.st_ctim.tv_nsec);
  }
  return file;
}

class FileHasherTest : public testing::Test {
 protected:
  FileHasherTest() {
    char name[] = "/tmp/picket-hash-XXXXXX";
    directory_ = fs::canonical(mkdtemp(name));
    file_ = directory_ / "file";
    write_file(file_, "abc");
  }
  ~FileHasherTest() override { fs::remove_all(directory_); }

  HashRequest request(const fs::path& path) const { return request(path, identity_of(path)); }
  HashRequest request(const fs::path& path, const FileIdentity& identity) const {
    HashRequest request;
    request.file = identity;
    request.pid = static_cast<std::uint32_t>(getpid());
    request.path = path;
    return request;
  }
  std::string hash(const HashRequest& request) {
    return text_of(hasher_.hash(request, {std::chrono::steady_clock::now() + 10s}));
  }

  fs::path directory_, file_;
  FileHasher hasher_{{.most_bytes = 1 << 20}};
};

TEST_F(FileHasherTest, TheContentIsHashed) {
  EXPECT_EQ(kAbc, hash(request(file_)));
  write_file(directory_ / "empty", "");
  EXPECT_EQ(kEmpty, hash(request(directory_ / "empty")));
}

TEST_F(FileHasherTest, AFileIsReadOnceUnlessItChanges) {
  EXPECT_EQ(kAbc, hash(request(file_)));
  EXPECT_EQ(kAbc, hash(request(file_)));
  EXPECT_EQ(1u, hasher_.files_read());
  write_file(file_, "abd");
  const std::string changed = hash(request(file_));
  EXPECT_EQ(kSha256Digits, changed.size());
  EXPECT_NE(kAbc, changed);
  EXPECT_EQ(2u, hasher_.files_read());
  write_file(file_, "abc");
  EXPECT_EQ(kAbc, hash(request(file_)));
}

// Though the times that can be set say otherwise, and although nothing but one byte is different.
TEST_F(FileHasherTest, TimesThatWereSetBackDeceiveNobody) {
  struct stat before {};
  ASSERT_EQ(0, stat(file_.c_str(), &before));
  EXPECT_EQ(kAbc, hash(request(file_)));
  write_file(file_, "xbc");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(0, utimensat(AT_FDCWD, file_.c_str(), times, 0));
  EXPECT_NE(kAbc, hash(request(file_)));
}

// Each write comes within the same tick of the file's clock as the one before, as far as it can.
TEST_F(FileHasherTest, ChangesInARowAreSeen) {
  for (int i = 0; i < 20; ++i) {
    write_file(file_, "abd");
    EXPECT_NE(kAbc, hash(request(file_)));
    write_file(file_, "abc");
    ASSERT_EQ(kAbc, hash(request(file_)));
  }
}

TEST_F(FileHasherTest, ARenamedFileIsFoundUnderItsOtherName) {
  HashRequest renamed = request(file_);
  renamed.other_path = directory_ / "new";
  fs::rename(file_, directory_ / "new");
  EXPECT_EQ(kAbc, hash(renamed));
  renamed.other_path.clear();
  EXPECT_EQ(text_of(HashProblem::Gone), hash(renamed));
}

TEST_F(FileHasherTest, AnotherFileInItsPlaceIsNotTaken) {
  const HashRequest before = request(file_);
  fs::rename(file_, directory_ / "moved");
  write_file(file_, "evil");
  EXPECT_EQ(text_of(HashProblem::OtherFile), hash(before));
  EXPECT_EQ(0u, hasher_.files_read());
  HashRequest device = request(file_);
  device.file.device ^= 1;
  EXPECT_EQ(text_of(HashProblem::OtherFile), hash(device));
}

TEST_F(FileHasherTest, AnExecutableMustBeUnchangedToTheCtime) {
  HashRequest executable = request(file_, identity_of(file_, true));
  EXPECT_EQ(kAbc, hash(executable));
  std::this_thread::sleep_for(30ms);
  chmod(file_.c_str(), 0700);
  EXPECT_EQ(text_of(HashProblem::Changed), hash(executable));
}

TEST_F(FileHasherTest, NoLinkIsFollowed) {
  fs::create_symlink(file_, directory_ / "link");
  EXPECT_EQ(text_of(HashProblem::OtherFile), hash(request(directory_ / "link", identity_of(file_))));
  EXPECT_EQ(text_of(HashProblem::NotRegular), hash(request(directory_ / "link")));
  fs::create_directory(directory_ / "real");
  write_file(directory_ / "real" / "file", "abc");
  fs::create_directory_symlink(directory_ / "real", directory_ / "alias");
  EXPECT_EQ(text_of(HashProblem::Gone),
            hash(request(directory_ / "alias" / "file", identity_of(directory_ / "real" / "file"))));
  EXPECT_EQ(kAbc, hash(request(directory_ / "real" / "file")));
}

TEST_F(FileHasherTest, OnlyRegularFilesAreOpened) {
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(0, mkfifo(pipe.c_str(), 0600));
  EXPECT_EQ(text_of(HashProblem::NotRegular), hash(request(pipe)));
  EXPECT_LT(open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), 0) << "somebody reads";
  EXPECT_EQ(text_of(HashProblem::NotRegular), hash(request(directory_)));
  EXPECT_EQ(text_of(HashProblem::NotRegular), hash(request("/dev/null")));
}

TEST_F(FileHasherTest, WhatCannotBeReadIsSaid) {
  const fs::path memory = "/proc/" + std::to_string(getpid()) + "/mem";  // regular, and there is nothing at 0
  EXPECT_EQ(text_of(HashProblem::Unreadable), hash(request(memory)));
  chmod(file_.c_str(), 0);
  if (geteuid() != 0) {
    EXPECT_EQ(text_of(HashProblem::Unreadable), hash(request(file_)));
  }
}

TEST_F(FileHasherTest, WhatIsGoneIsSaid) {
  const HashRequest gone = request(file_);
  fs::remove(file_);
  EXPECT_EQ(text_of(HashProblem::Gone), hash(gone));
  HashRequest nameless = gone;
  nameless.path.clear();
  EXPECT_EQ(text_of(HashProblem::Unnamed), hash(nameless));
}

TEST_F(FileHasherTest, FilesOverTheLimitAreNotRead) {
  const fs::path large = directory_ / "large";
  write_file(large, "");
  ASSERT_EQ(0, truncate(large.c_str(), std::int64_t{1} << 40)) << "a hole of a terabyte";
  EXPECT_EQ(text_of(HashProblem::TooLarge), hash(request(large)));
  ASSERT_EQ(0, truncate(large.c_str(), (1 << 20) + 1));
  EXPECT_EQ(text_of(HashProblem::TooLarge), hash(request(large)));
  EXPECT_EQ(0u, hasher_.files_read());
  ASSERT_EQ(0, truncate(large.c_str(), 1 << 20));
  EXPECT_EQ("30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58", hash(request(large)));
}

TEST_F(FileHasherTest, ItGivesUpInTime) {
  const auto now = std::chrono::steady_clock::now();
  EXPECT_EQ(text_of(HashProblem::Late), text_of(hasher_.hash(request(file_), {now})));
  const std::atomic<bool> stopped{true};
  EXPECT_EQ(text_of(HashProblem::Late), text_of(hasher_.hash(request(file_), {now + 10s, &stopped})));
}

// ---- processes ----

// A process that executes a copy of sleep(1), until the end of the test.
class Sleeper {
 public:
  explicit Sleeper(const fs::path& executable) {
    fs::copy_file("/bin/sleep", executable, fs::copy_options::overwrite_existing);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execl(executable.c_str(), "sleep", "60", nullptr);
      pause();
    }
    const fs::path link = "/proc/" + std::to_string(pid_) + "/exe";
    for (int i = 0; i < 500 && fs::read_symlink(link) != executable; ++i) {
      std::this_thread::sleep_for(10ms);
    }
  }
  ~Sleeper() { end(); }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }

 private:
  pid_t pid_ = -1;
};

class Executables : public FileHasherTest {
 protected:
  HashRequest of(const Sleeper& sleeper) const {
    HashRequest request;
    request.ticket.executable = true;
    request.pid = sleeper.pid();
    request.path = program_;
    request.file = identity_of("/proc/" + std::to_string(sleeper.pid()) + "/exe");
    struct stat status {};
    EXPECT_EQ(0, stat(("/proc/" + std::to_string(sleeper.pid()) + "/exe").c_str(), &status));
    request.file.inode = status.st_ino;
    request.file.device = static_cast<std::uint32_t>(major(status.st_dev) << 20 | minor(status.st_dev));
    request.file.ctime = static_cast<std::uint64_t>(status.st_ctim.tv_sec) * 1'000'000'000u +
                         static_cast<std::uint64_t>(status.st_ctim.tv_nsec);
    return request;
  }
  std::string reference() { return hash(request(fs::canonical("/bin/sleep"))); }

  const fs::path program_ = directory_ / "program";
};

TEST_F(Executables, OfARunningProcess) {
  const Sleeper sleeper(program_);
  HashRequest executable = of(sleeper);
  EXPECT_EQ(reference(), hash(executable));
  executable.path.clear();  // the process is enough
  EXPECT_EQ(reference(), hash(executable));
  executable.path = "/no/such/file";
  EXPECT_EQ(reference(), hash(executable));
}

TEST_F(Executables, DeletedOneIsReadFromTheProcess) {
  const Sleeper sleeper(program_);
  fs::remove(program_);
  const HashRequest executable = of(sleeper);
  EXPECT_EQ(reference(), hash(executable));
}

TEST_F(Executables, OfAProcessThatHasEnded) {
  Sleeper sleeper(program_);
  HashRequest executable = of(sleeper);
  sleeper.end();
  executable.parent_pid = static_cast<std::uint32_t>(getpid());
  EXPECT_EQ(reference(), hash(executable));
  std::ofstream(program_, std::ios::app) << "x";
  EXPECT_EQ(text_of(HashProblem::Changed), hash(executable));
}

// The path of the record is one below the root of the process.
TEST_F(Executables, BelowTheRootOfTheProcess) {
  const fs::path root = directory_ / "root";
  fs::create_directories(root / "data");
  write_file(root / "data" / "file", "abc");
  const fs::path in_root = "/data/file";
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chroot(root.c_str()) != 0) _exit(77);
    pause();
  }
  std::string found;
  for (int i = 0; i < 500 && found != kAbc; ++i) {
    std::this_thread::sleep_for(10ms);
    HashRequest request = this->request(in_root, identity_of(root / "data" / "file"));
    request.pid = static_cast<std::uint32_t>(child);
    found = hash(request);
    if (waitpid(child, nullptr, WNOHANG) == child) GTEST_SKIP() << "chroot is not permitted";
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(kAbc, found);
}

// ---- file systems whose device stat(2) does not show ----

class Overlay : public FileHasherTest {
 protected:
  void SetUp() override {
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(directory_ / name);
    const std::string base = directory_.string() + "/";
    const bool tmpfs = mount("none", (base + "upper").c_str(), "tmpfs", 0, nullptr) == 0;
    if (!tmpfs) GTEST_SKIP() << "mounting is not permitted";
    fs::create_directory(directory_ / "upper/u");
    fs::create_directory(directory_ / "upper/w");
    write_file(directory_ / "lower/file", "abc");
    const std::string options =
        "xino=off,lowerdir=" + base + "lower,upperdir=" + base + "upper/u,workdir=" + base + "upper/w";
    if (mount("none", (base + "merged").c_str(), "overlay", 0, options.c_str()) != 0) {
      GTEST_SKIP() << "no overlay here: " << strerror(errno);
    }
  }
  void TearDown() override {
    umount2((directory_ / "merged").c_str(), MNT_DETACH);
    umount2((directory_ / "upper").c_str(), MNT_DETACH);
  }
  // As the kernel has it: that of the mounted directory, which is a directory and so has it.
  std::uint32_t own_device() const { return identity_of(directory_ / "merged").device; }
};

TEST_F(Overlay, TheDeviceIsThatOfTheMount) {
  const fs::path file = directory_ / "merged/file";
  FileIdentity identity = identity_of(file);
  EXPECT_NE(own_device(), identity.device);
  identity.device = own_device();
  EXPECT_EQ(kAbc, hash(request(file, identity)));
  identity.device ^= 1;
  EXPECT_EQ(text_of(HashProblem::OtherFile), hash(request(file, identity)));
}

}  // namespace
}  // namespace picket
