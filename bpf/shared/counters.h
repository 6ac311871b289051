/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What each CPU counts; one map element, written by the programs, read by the sensor. */
#ifndef PICKET_BPF_SHARED_COUNTERS_H
#define PICKET_BPF_SHARED_COUNTERS_H

#include "bpf/shared/wire.h"

struct pk_counters {
	__u64 sequence;		 /* records made on this CPU, lost ones included */
	__u64 lost[PK_KIND_END]; /* records for which the ring had no room, by kind */
};

#endif
