/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy image that is in force, and whether it may refuse anything. */
#ifndef PICKET_BPF_LIB_IMAGE_H
#define PICKET_BPF_LIB_IMAGE_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/judge.h"

struct image_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE); /* the sensor writes two megabytes there: not through a buffer in between */
	__uint(key_size, sizeof(__u32));   /* not as types: those of inner maps get lost where nothing else uses them */
	__uint(value_size, sizeof(struct pk_image));
};

/* Empty until the sensor puts an image there: then nothing is decided, and everything is reported. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct image_map);
} images SEC(".maps");

/* 1: rules refuse and kill. 0: they say what they would do. Written by the sensor. */
__u32 enforcing = 0;

/*
 * The dead-man timer: past this time of the monotonic clock rules only say what they would do. The sensor puts it off
 * all the time. 0: there is no timer.
 */
__u64 enforcing_until = 0;

static __always_inline bool may_enforce(void)
{
	return enforcing && (!enforcing_until || bpf_ktime_get_ns() < enforcing_until);
}

/* NULL, or the image that decides this event. Good until the program ends. */
static __always_inline struct pk_image *current_image(void)
{
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&images, &zero);

	return map ? bpf_map_lookup_elem(map, &zero) : NULL;
}

/* pk_find() for loops of the full tier, whose verifier goes through it once: tier.bpf.h. */
__weak __noinline __u64 find_key(const struct pk_image *image, __u64 tag)
{
	return image ? pk_find(image, tag) : PK_KEYS;
}

#endif
