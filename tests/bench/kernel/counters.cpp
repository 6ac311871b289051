// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/kernel/counters.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bench {
namespace {

long call_bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

// Calls visit(descriptor) for each object of a sort.
template <typename Visit>
void for_each(bpf_cmd next_id, bpf_cmd descriptor_of, const Visit& visit) {
  bpf_attr next{};
  while (call_bpf(next_id, next) == 0) {
    bpf_attr wanted{};
    wanted.prog_id = next.next_id;  // a union: the id of a map as well
    const auto descriptor = static_cast<int>(call_bpf(descriptor_of, wanted));
    if (descriptor >= 0) {
      visit(descriptor);
      close(descriptor);
    }
    next.start_id = next.next_id;
  }
}

// The number behind "name:" in one of the files in /proc that have a line for each name.
std::uint64_t number_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    std::uint64_t number = 0;
    if (word == name + ":" && file >> number) return number;
  }
  return 0;
}

Memory memory_of(bpf_cmd next_id, bpf_cmd descriptor_of) {
  Memory memory;
  for_each(next_id, descriptor_of, [&memory](int descriptor) {
    ++memory.objects;
    memory.bytes += number_in("/proc/self/fdinfo/" + std::to_string(descriptor), "memlock");
  });
  return memory;
}

}  // namespace

Programs::Programs() {
  for_each(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID,
           [this](int descriptor) { descriptors_.push_back(dup(descriptor)); });
}

Programs::~Programs() {
  for (const int descriptor : descriptors_) close(descriptor);
}

std::map<std::string, Calls> Programs::calls() const {
  std::map<std::string, Calls> programs;
  for (const int descriptor : descriptors_) {
    bpf_prog_info info{};
    bpf_attr attributes{};
    attributes.info.bpf_fd = static_cast<__u32>(descriptor);
    attributes.info.info_len = sizeof info;
    attributes.info.info = reinterpret_cast<__u64>(&info);
    if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) continue;
    Calls& calls = programs[info.name];
    calls.count += info.run_cnt;
    calls.time += info.run_time_ns;
  }
  return programs;
}

ProcessTime::ProcessTime(int pid) {
  const std::string threads = "/proc/" + std::to_string(pid) + "/task";
  DIR* directory = opendir(threads.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    const int descriptor = open((threads + "/" + entry->d_name + "/schedstat").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) descriptors_.push_back(descriptor);
  }
  closedir(directory);
}

ProcessTime::~ProcessTime() {
  for (const int descriptor : descriptors_) close(descriptor);
}

std::uint64_t ProcessTime::now() const {
  std::uint64_t sum = 0;
  for (const int descriptor : descriptors_) {
    char text[64] = {};
    if (pread(descriptor, text, sizeof text - 1, 0) > 0) sum += std::strtoull(text, nullptr, 10);
  }
  return sum;
}

Memory map_memory() { return memory_of(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID); }
Memory program_memory() { return memory_of(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID); }

std::uint64_t status_of_process(int pid, const std::string& name) {
  return number_in("/proc/" + std::to_string(pid) + "/status", name);
}

std::uint64_t lines_of(const char* path) {
  std::ifstream file(path);
  return static_cast<std::uint64_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace bench
