// SPDX-License-Identifier: GPL-2.0-only
//
// bpf(2): each command, with the kernel's copy of its arguments, before it is carried out.
//
// Not the sensor's own: it reads its counters every second, and would report that to itself. Everybody else's, commands
// included that a BPF program of type syscall gives through bpf_sys_bpf (that is how a light skeleton loads what it
// brings): they are the doing of who runs that program, although 6.15 and later call them the kernel's.
#include "bpf/lib/report.bpf.h"
#include "bpf/lib/sensor.bpf.h"

/* Where the arguments of a command hold its type and name: ABI. */
struct places {
	__u32 type;
	__u32 name;
};

static __always_inline void fill_command(struct pk_bpf *record, const void *arguments, const struct places places)
{
	bpf_probe_read_kernel(&record->type, sizeof(record->type), arguments + places.type);
	bpf_probe_read_kernel(&record->name, sizeof(record->name), arguments + places.name);
	record->name.bytes[sizeof(record->name) - 1] = 0; /* the kernel has not looked yet whether it ends */
}

struct command {
	int number;
	const void *arguments;
};

static __always_inline void fill_bpf(const enum tier tier, void *to, const void *subject)
{
	const struct command *command = subject;
	struct pk_bpf *record = to;

	record->command = command->number;
	record->type = 0;
	__builtin_memset(&record->name, 0, sizeof(record->name));
	if (command->number == BPF_PROG_LOAD)
		fill_command(record, command->arguments,
			     (struct places){offsetof(union bpf_attr, prog_type), offsetof(union bpf_attr, prog_name)});
	else if (command->number == BPF_MAP_CREATE)
		fill_command(record, command->arguments,
			     (struct places){offsetof(union bpf_attr, map_type), offsetof(union bpf_attr, map_name)});
}

static __always_inline int report_bpf(const enum tier tier, int number, const void *arguments, int decided)
{
	const struct command command = {.number = number, .arguments = arguments};

	if (is_sensor(tier) || current_flags(tier) & PF_KTHREAD)
		return verdict(decided);
	return report_plain(tier, PK_bpf, sizeof(struct pk_bpf), fill_bpf, &command, decided);
}

/* Before 6.15 the hook has three arguments. */
SEC("lsm/bpf")
int BPF_PROG(bpf_command, int number, union bpf_attr *arguments, unsigned int size, int decided)
{
	return report_bpf(TIER_FULL, number, arguments, decided);
}

SEC("lsm/bpf")
int BPF_PROG(bpf_command_older, int number, union bpf_attr *arguments, unsigned int size, int decided)
{
	return report_bpf(TIER_OLDER, number, arguments, decided);
}

SEC("lsm/bpf")
int BPF_PROG(bpf_command_of, int number, union bpf_attr *arguments, unsigned int size, bool kernel, int decided)
{
	return report_bpf(TIER_FULL, number, arguments, decided);
}

SEC("lsm/bpf")
int BPF_PROG(bpf_command_of_older, int number, union bpf_attr *arguments, unsigned int size, bool kernel, int decided)
{
	return report_bpf(TIER_OLDER, number, arguments, decided);
}
