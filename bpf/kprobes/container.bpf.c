// SPDX-License-Identifier: GPL-2.0-only
//
// A new cgroup gets the class of the one above (bpf/lib/container.bpf.h), before anything can be in it. A program of
// its own beside that of the record (cgroup.bpf.c), for its stack.
#include "bpf/lib/container.bpf.h"
#include "bpf/shared/cgroup_name.h"

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

/* What the one below is supposed to be. The host has cgroups of containers that nothing but their state tells of. */
static __always_inline __u32 supposed_below(__u32 number, bool named)
{
	const bool exact = number == PK_CLASS_UNKNOWN || (number != PK_CLASS_HOST && !named);

	return exact ? number : number | PK_SUPPOSED;
}

static __always_inline int classify(struct cgroup *cgroup)
{
	const struct pk_image *image = current_image();
	struct cgroup *above = cgroup->self.parent->cgroup;
	__u64 id = above->kn->id;
	const struct pk_cgroup_class *classes;
	struct pk_cgroup_class below;
	bool named;

	if (!image || !image->subject.by_container || !counts(cgroup))
		return 0;
	classes = bpf_map_lookup_elem(&cgroup_classes, &id);
	if (!classes)
		return 0;
	named = may_be_container(cgroup, above);
	if (named && (pk_class_in(image, classes) & ~PK_SUPPOSED) <= PK_CLASS_HOST)
		return 0;
	below = *classes;
	below.of[0].number = supposed_below(below.of[0].number, named);
	below.of[1].number = supposed_below(below.of[1].number, named);
	id = cgroup->kn->id;
	bpf_map_update_elem(&cgroup_classes, &id, &below, BPF_NOEXIST); /* the sensor may have been faster */
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_classified, struct cgroup *cgroup, const char *path)
{
	return classify(PLAIN(cgroup));
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_classified_older, struct cgroup *cgroup, const char *path)
{
	return classify(cgroup);
}
