// SPDX-License-Identifier: GPL-2.0-only
//
// A new cgroup gets the class of the one above (bpf/lib/container.bpf.h), before anything can be in it. A program of
// its own beside that of the record (cgroup.bpf.c), for its stack.
#include "bpf/lib/container.bpf.h"
#include "bpf/shared/cgroup_name.h"

char LICENSE[] SEC("license") = "GPL";

/* Whether it is in the hierarchy that counts: those of others may have the same ids. */
static __always_inline bool counts(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *state = NULL;
	const void *place = (const void *)cgroup + bpf_core_field_offset(struct cgroup, subsys) +
			    (__u64)cgroup_subsystem * sizeof(void *);

	if (cgroup_subsystem < 0)
		return cgroup->root->hierarchy_id == 0;
	bpf_probe_read_kernel(&state, sizeof(state), place);
	return state;
}

static __always_inline bool may_be_container(struct cgroup *cgroup, struct cgroup *above)
{
	union pk_cgroup_name name = {};
	__u64 above_name = 0;
	long size = bpf_probe_read_kernel_str(&name, sizeof(name), cgroup->kn->name);

	bpf_probe_read_kernel_str(&above_name, sizeof(above_name), above->kn->name);
	return size <= 0 || pk_may_be_container(&name, size - 1, above_name);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_classified, struct cgroup *cgroup, const char *path)
{
	const struct pk_image *image = current_image();
	struct cgroup *above = cgroup->self.parent->cgroup;
	__u64 id = above->kn->id;
	struct pk_cgroup_class *classes;

	if (!image || !image->subject.by_container || !counts(cgroup))
		return 0;
	classes = bpf_map_lookup_elem(&cgroup_classes, &id);
	if (!classes || (pk_class_in(image, classes) <= PK_CLASS_HOST && may_be_container(cgroup, above)))
		return 0;
	id = cgroup->kn->id;
	bpf_map_update_elem(&cgroup_classes, &id, classes, BPF_NOEXIST); /* the sensor may have been faster */
	return 0;
}
