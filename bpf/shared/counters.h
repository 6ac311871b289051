/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What each CPU counts; one map element, written by the programs, read by the sensor. */
#ifndef PICKET_BPF_SHARED_COUNTERS_H
#define PICKET_BPF_SHARED_COUNTERS_H

#include "bpf/shared/wire.h"

/* Records for which a ring had no room. Times are of the boot clock. */
struct pk_lost {
	__u64 count;
	__u64 epoch; /* the sensor's, when `since` was written */
	__u64 since; /* the first one in that epoch */
	__u64 until; /* the last one */
};

struct pk_counters {
	__u64 sequence; /* records made on this CPU, lost ones included */
	struct pk_lost lost[PK_KIND_END];
};

#endif
