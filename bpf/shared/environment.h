/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * How the sensor tells the exec program which environment variables it wants: each name with its `=`, in words that can
 * be compared as a whole.
 */
#ifndef PICKET_BPF_SHARED_ENVIRONMENT_H
#define PICKET_BPF_SHARED_ENVIRONMENT_H

#define PK_ENV_NAMES 16	     /* at most */
#define PK_ENV_NAME_BYTES 31 /* the longest one */
#define PK_ENV_WORDS 4	     /* of 64 bits: a name and its = */
#define PK_ENV_MAX 4096	     /* bytes of all variables in one record */

#endif
