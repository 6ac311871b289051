// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/support/line_writer.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

namespace fs = std::filesystem;

using test::text_of;

Result<std::unique_ptr<Destination>> open_file(const fs::path& path) {
  return test::make_destination("file", {{"path", path.string()}});
}

class FileSinkTest : public testing::Test {
 protected:
  FileSinkTest() {
    path_ = directory_ / "alerts.json";
    logger_ = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  ~FileSinkTest() override { spdlog::set_default_logger(logger_); }

  std::unique_ptr<test::LineWriter> open_sink() {
    auto file = open_file(path_);
    EXPECT_TRUE(file);
    return file ? std::make_unique<test::LineWriter>(std::move(*file)) : nullptr;
  }

  std::string refusal() {
    const auto sink = open_file(path_);
    return sink ? "" : sink.error().message;
  }

  std::ptrdiff_t logged(std::string_view what) const {
    const std::string log = log_.str();
    std::ptrdiff_t count = 0;
    for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++count;
    return count;
  }

  test::TemporaryDirectory temporary_;
  const fs::path directory_ = temporary_.path();
  fs::path path_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> logger_;
};

TEST_F(FileSinkTest, AppendsLinesToAPrivateFile) {
  std::ofstream(path_) << "old\n";
  fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
  open_sink()->write("one\n", 1);
  const auto sink = open_sink();
  sink->write("two\n", 1);
  EXPECT_EQ(text_of(path_), "old\none\ntwo\n") << "without a flush: nothing is kept back";
}

TEST_F(FileSinkTest, CreatesItWithMode0600) {
  const mode_t mask = umask(0);
  open_sink();
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(FileSinkTest, RefusesWhatIsNoRegularFile) {
  fs::create_symlink(directory_ / "elsewhere", path_);
  EXPECT_NE(refusal().find("it is a symbolic link"), std::string::npos) << refusal();
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere")) << "not even created";
  fs::remove(path_);

  fs::create_directory(path_);
  EXPECT_NE(refusal().find("Is a directory"), std::string::npos) << refusal();
  fs::remove(path_);

  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(refusal().find("it is not a regular file"), std::string::npos) << "a FIFO without a reader: " << refusal();
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_NE(refusal().find("it is not a regular file"), std::string::npos) << "a FIFO with a reader: " << refusal();
  close(reader);
  fs::remove(path_);

  path_ = "/dev/null";
  EXPECT_NE(refusal().find("it is not a regular file"), std::string::npos) << refusal();
  path_ = directory_ / "missing" / "alerts.json";
  EXPECT_NE(refusal().find("No such file or directory"), std::string::npos) << refusal();
}

// Writes lines until two are dropped, and checks that the file holds exactly the whole lines before them.
void fill(test::LineWriter& sink, const fs::path& path, const std::string& line) {
  while (sink.counters().dropped < 2 && sink.counters().written < 10'000) sink.write(line, 1);
  ASSERT_EQ(sink.counters().dropped, 2u);
  ASSERT_GT(sink.counters().written, 0u);
  const std::string text = text_of(path);
  ASSERT_EQ(text.size(), sink.counters().written * line.size()) << "a half line was left behind";
  ASSERT_EQ(text.back(), '\n');
}

// The limit on the size of a file stands for the full disk: the last line fits in part.
TEST_F(FileSinkTest, FullDiskByLimit) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto sink = open_sink();
  const std::string line = std::string(999, 'x') + "\n";
  const rlimit small{10'500, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  fill(*sink, path_, line);
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(sink->counters().written, 10u);
  EXPECT_EQ(sink->counters().last_error, "File too large");
  EXPECT_EQ(logged("File too large"), 1) << "said once";

  sink->write(line, 1);
  sink->write(line, 1);
  EXPECT_EQ(sink->counters().written, 12u);
  EXPECT_EQ(text_of(path_).size(), 12 * line.size());
  EXPECT_EQ(logged("delivers again, 2 lines were dropped"), 1) << "said once: " << log_.str();
}

// A real full disk: 64 KiB of tmpfs in a mount namespace of a child's own.
void use_full_disk(const fs::path& directory) {
  const fs::path path = directory / "alerts.json", ballast = directory / "ballast";
  std::ofstream(ballast) << std::string(30'000, 'b');
  auto file = open_file(path);
  ASSERT_TRUE(file);
  const auto sink = std::make_unique<test::LineWriter>(std::move(*file));
  const std::string line = std::string(999, 'x') + "\n";
  ASSERT_NO_FATAL_FAILURE(fill(*sink, path, line));
  EXPECT_EQ(sink->counters().last_error, "No space left on device");
  const std::uint64_t before = sink->counters().written;
  fs::remove(ballast);
  sink->write(line, 1);
  EXPECT_EQ(sink->counters().written, before + 1) << "there is room again";
  EXPECT_EQ(text_of(path).size(), (before + 1) * line.size());
}

TEST_F(FileSinkTest, FullDisk) {
  constexpr int kNotPossible = 77;
  const pid_t child = fork();
  if (child == 0) {
    const bool mounted = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("none", directory_.c_str(), "tmpfs", 0, "size=64k") == 0;
    if (!mounted) _exit(kNotPossible);
    use_full_disk(directory_);
    _exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == kNotPossible) GTEST_SKIP() << "NOT CHECKED: mounting a tmpfs needs root";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace picket
