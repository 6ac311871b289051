// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/lsm_list.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

struct Row {
  const char* lsms;
  bool has_bpf;
  const char* parameter;
};

constexpr Row kRows[] = {
    {"lockdown,capability,yama,apparmor", false, "lsm=lockdown,yama,apparmor,bpf"},
    {"lockdown,capability,landlock,yama,apparmor,tomoyo,bpf,ipe,ima,evm", true,
     "lsm=lockdown,landlock,yama,apparmor,tomoyo,ipe,ima,evm,bpf"},
    {"bpf", true, "lsm=bpf"},
    {"capability", false, "lsm=bpf"},
    {"", false, "lsm=bpf"},
    {"bpfilter,notbpf", false, "lsm=bpfilter,notbpf,bpf"},  // only the whole name counts
    {"capability,,bpf,", true, "lsm=bpf"},
};

TEST(LsmList, TellsWhetherBpfIsThereAndWhatWouldAddIt) {
  for (const Row& row : kRows) {
    EXPECT_EQ(lists_bpf(row.lsms), row.has_bpf) << row.lsms;
    EXPECT_EQ(boot_parameter(row.lsms), row.parameter) << row.lsms;
  }
}

}  // namespace
}  // namespace picket
