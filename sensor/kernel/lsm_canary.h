// SPDX-License-Identifier: Apache-2.0
//
// Whether this kernel runs BPF LSM programs, found out by trying.
#pragma once

namespace picket {

class KernelTypes;

// Loads a program of five instructions for the LSM hook of file openings, opens a file, and sees whether it was called.
// A kernel without `bpf` in its list of security modules attaches such programs and never calls them (seen on 5.10 to
// 7.2), so that nothing short of this tells. False as well when the kernel refuses the program. Nothing stays loaded.
bool lsm_programs_run(const KernelTypes& types);

}  // namespace picket
