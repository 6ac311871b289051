// SPDX-License-Identifier: GPL-2.0-only
//
// All programs, as the one object that the sensor carries. They are compiled together, not each on its own and linked:
// bpftool's linker (libbpf before 1.3) takes no kernel function that more than one object declares, and clang reads the
// kernel's types once instead of 35 times.
#include "bpf/kprobes/accept.bpf.c"
#include "bpf/kprobes/cgroup.bpf.c"
#include "bpf/kprobes/chown.bpf.c"
#include "bpf/kprobes/close.bpf.c"
#include "bpf/kprobes/container.bpf.c"
#include "bpf/kprobes/dns.bpf.c"
#include "bpf/kprobes/dup.bpf.c"
#include "bpf/kprobes/exec.bpf.c"
#include "bpf/kprobes/exit.bpf.c"
#include "bpf/kprobes/fork.bpf.c"
#include "bpf/kprobes/io_uring.bpf.c"
#include "bpf/kprobes/lockdown.bpf.c"
#include "bpf/kprobes/memfd.bpf.c"
#include "bpf/kprobes/namespace.bpf.c"
#include "bpf/kprobes/open_failed.bpf.c"
#include "bpf/kprobes/processes.bpf.c"
#include "bpf/kprobes/result.bpf.c"
#include "bpf/kprobes/subject.bpf.c"
#include "bpf/kprobes/userfaultfd.bpf.c"

#include "bpf/lsm/attributes.bpf.c"
#include "bpf/lsm/bpf.bpf.c"
#include "bpf/lsm/code.bpf.c"
#include "bpf/lsm/create.bpf.c"
#include "bpf/lsm/directory.bpf.c"
#include "bpf/lsm/execution.bpf.c"
#include "bpf/lsm/file.bpf.c"
#include "bpf/lsm/mknod.bpf.c"
#include "bpf/lsm/module.bpf.c"
#include "bpf/lsm/mount.bpf.c"
#include "bpf/lsm/perf.bpf.c"
#include "bpf/lsm/privilege.bpf.c"
#include "bpf/lsm/rename.bpf.c"
#include "bpf/lsm/socket.bpf.c"
#include "bpf/lsm/trace.bpf.c"
#include "bpf/lsm/unix.bpf.c"
#include "bpf/lsm/xattr.bpf.c"

char LICENSE[] SEC("license") = "GPL";
