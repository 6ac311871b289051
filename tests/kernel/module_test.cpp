// SPDX-License-Identifier: Apache-2.0
//
// module and kexec: every way to give the kernel more code, with every wire field.
#include <asm/bootparam.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kexec.h>
#include <linux/module.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

// One that depends on nothing and does nothing (tests/kernel/vm/make-initrd), plain and as packaged.
const char* const kModule = "/run/modules/cordic.ko";
const char* const kCompressed = "/run/modules/cordic.ko.xz";
const char* const kModuleName = "cordic";

Fields from_file(const std::string& kind, const std::string& path) {
  struct stat info {};
  EXPECT_EQ(0, stat(path.c_str(), &info)) << path;
  return {
      {kind + ".inode", std::to_string(info.st_ino)},
      {kind + ".device", std::to_string(kernel_device(info.st_dev))},
      {kind + ".source", "1"},
      {kind + ".path", path},
  };
}

Fields from_memory(const std::string& kind) {
  return {{kind + ".inode", "0"}, {kind + ".device", "0"}, {kind + ".source", "2"}, {kind + ".path", "<NA>"}};
}

// Takes it out again, so that the next way finds it gone. 0 when it had been loaded.
int unload(long loaded) { return loaded != 0 || syscall(SYS_delete_module, kModuleName, 0) != 0; }

int load_file(const char* path, int flags) {
  return unload(syscall(SYS_finit_module, open(path, O_RDONLY), "", flags));
}

int load_memory() {
  const std::string image = read_file(kModule);
  return unload(syscall(SYS_init_module, image.data(), image.size(), ""));
}

#if defined(__x86_64__)
int load_file_32() {
  return unload(compat_call(350, static_cast<std::uint32_t>(open(kModule, O_RDONLY)), low_copy("", 1), 0));
}

int load_memory_32() {
  const std::string image = read_file(kModule);
  return unload(compat_call(128, low_copy(image.data(), image.size()), static_cast<std::uint32_t>(image.size()),
                            low_copy("", 1)));
}
#endif

TEST_F(SystemEvents, EveryWayAndWireFieldOfModule) {
  const Fields file = from_file("module", kModule), memory = from_memory("module");
  std::vector<Way> ways = {
    {"a file", "finit_module", SYS_finit_module, [] { return load_file(kModule, 0); }, {file}},
    {"memory", "init_module", SYS_init_module, load_memory, {memory}},
#if defined(__x86_64__)
    {"a file, 32 bits", "finit_module", 350, load_file_32, {file}, true},
    {"memory, 32 bits", "init_module", 128, load_memory_32, {memory}, true},
#endif
  };
  if (access(kCompressed, F_OK) == 0) {  // kernels that have compressed modules can load them
    ways.push_back({"a compressed file",
                    "finit_module",
                    SYS_finit_module,
                    [] { return load_file(kCompressed, MODULE_INIT_COMPRESSED_FILE); },
                    {from_file("module", kCompressed)}});
  }
  expect_ways("module", ways);
}

// ---- kexec ----

// As much of a bzImage as makes the kernel go on to read the RAM disk. It will not be booted.
std::string head_of_a_kernel() {
  std::string image(4096, '\0');
  setup_header header{};
  header.boot_flag = 0xAA55;
  std::memcpy(&header.header, "HdrS", 4);
  header.version = 0x020C;
  header.loadflags = LOADED_HIGH;
  header.xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G | XLF_5LEVEL | XLF_5LEVEL_ENABLED;
  std::memcpy(image.data() + offsetof(boot_params, hdr), &header, sizeof header);
  return image;
}

// A command line must end with a NUL byte; that it does not is found out after both files were read.
int load_kernel_file(const std::string& image, const std::string& disk) {
  const long loaded =
      syscall(SYS_kexec_file_load, open(image.c_str(), O_RDONLY), open(disk.c_str(), O_RDONLY), 1, "x", 0);
  return loaded == -1 && errno == EINVAL ? 0 : 1;
}

int load_no_kernel(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY);
  return syscall(SYS_kexec_file_load, descriptor, -1, 0, nullptr, KEXEC_FILE_NO_INITRAMFS) == -1 && errno == ENOEXEC
             ? 0
             : 1;
}

Fields part(Fields fields, const char* number) {
  fields["kexec.part"] = number;
  return fields;
}

TEST_F(SystemEvents, EveryWayAndWireFieldOfKexec) {
  Directory directory;
  const std::string image = directory / "image", disk = directory / "disk", text = directory / "text";
  write_file(image, head_of_a_kernel());
  write_file(disk, "a RAM disk");
  write_file(text, "not a kernel");
  const Fields memory = part(from_memory("kexec"), "1");
  expect_ways("kexec", {
    {"files",
     "kexec_file_load",
     SYS_kexec_file_load,
     [&] { return load_kernel_file(image, disk); },
     {part(from_file("kexec", image), "1"), part(from_file("kexec", disk), "2")}},
        {"a file that is no kernel",
         "kexec_file_load",
         SYS_kexec_file_load,
         [&] { return load_no_kernel(text); },
         {part(from_file("kexec", text), "1")}},
        // No segments: what was loaded before is unloaded.
        {"memory",
         "kexec_load",
         SYS_kexec_load,
         [] { return syscall(SYS_kexec_load, 0, 0, nullptr, KEXEC_ARCH_DEFAULT) == 0 ? 0 : 1; },
         {memory}},
#if defined(__x86_64__)
        {"memory, 32 bits", "kexec_load", 283, [] { return compat_call(283, 0, 0, 0, KEXEC_ARCH_386) == 0 ? 0 : 1; },
         {memory},          true},
#endif
  });
}

}  // namespace
}  // namespace picket::test
