/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containers: the class that a process's cgroup has in the policy image (bpf/shared/policy.h, rules/plan/containers.h).
 *
 * The sensor writes the class of each cgroup as soon as it knows it. A cgroup that is made below another one begins
 * with that one's class, in the same moment (kprobes/container.bpf.c), so that nothing gets out of its class by making
 * a cgroup: nothing is refused less there, and nothing that it may be is kept back. But a cgroup of the host's whose
 * name may be that of a container is in no class until the sensor has seen it.
 *
 * The class is looked up anew for each decision, since processes change their cgroups and cgroups their classes; it is
 * no part of what is kept of a subject.
 */
#ifndef PICKET_BPF_LIB_CONTAINER_H
#define PICKET_BPF_LIB_CONTAINER_H

#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/image.bpf.h"
#include "bpf/lib/scratch.bpf.h"

#define CGROUPS 16384 /* that can be in a class */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CGROUPS);
	__type(key, __u64);
	__type(value, struct pk_cgroup_class);
} cgroup_classes SEC(".maps");

static __always_inline __u64 current_cgroup(const enum tier tier)
{
	struct task_struct *task = current_task(tier);

	return tier == TIER_FULL ? task_cgroup(task) : task_cgroup_probed(task);
}

/* Adds to scratch->subject what its container says. Returns the words of the policy that the subject leaves then. */
static __always_inline __u64 find_container(const struct pk_image *image, struct scratch *scratch, __u64 cgroup)
{
	const struct pk_cgroup_class *classes = bpf_map_lookup_elem(&cgroup_classes, &cgroup);
	__u32 number = PK_CLASS_UNKNOWN;

	if (classes)
		number = pk_class_in(image, classes);
	PK_FORGET(number);
	pk_add_container(image, &scratch->subject, number);
	return scratch->subject.live;
}

/* A function for each tier: tier.bpf.h says why. */
__weak __noinline __u64 add_container(const struct pk_image *image, struct scratch *scratch, __u64 cgroup)
{
	return image && scratch ? find_container(image, scratch, cgroup) : 0;
}

static __noinline __u64 add_container_older(const struct pk_image *image, struct scratch *scratch, __u64 cgroup)
{
	return find_container(image, scratch, cgroup);
}

/* The same of the current task. */
static __always_inline __u64 with_container(const enum tier tier, const struct pk_image *image, struct scratch *scratch)
{
	if (!image->subject.by_container)
		return scratch->subject.live;
	return tier == TIER_OLDER ? add_container_older(image, scratch, current_cgroup(tier))
				  : add_container(image, scratch, current_cgroup(tier));
}

#endif
