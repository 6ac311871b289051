// SPDX-License-Identifier: Apache-2.0
//
// Lines appended to a file, which is put aside when it is large or old enough.
#pragma once

#include <memory>

#include "exporters/sink/sink_types.h"

namespace picket {

Result<std::unique_ptr<Destination>> make_file(const SinkSettings& settings);

Result<void> check_rotate_size(std::string_view text);
Result<void> check_rotate_age(std::string_view text);
Result<void> check_keep(std::string_view text);
Result<void> check_compress(std::string_view text);
Result<void> check_fsync(std::string_view text);

inline constexpr SinkOption kFileOptions[] = {
    {.key = "path", .expects = "PATH", .doc = "The file.", .required = true, .check = check_path},
    {.key = "mode", .expects = "MODE", .doc = "Its mode, in octal.", .check = check_file_mode},
    {.key = "owner", .expects = "USER[:GROUP]", .doc = "Its owner."},
    {.key = "rotate.size",
     .expects = "BYTES",
     .doc = "It is put aside before it would be larger.",
     .check = check_rotate_size},
    {.key = "rotate.age",
     .expects = "DURATION",
     .doc = "It is put aside when it is that old, unless it is empty.",
     .check = check_rotate_age},
    {.key = "rotate.keep", .expects = "NUMBER", .doc = "How many old files are kept.", .check = check_keep},
    {.key = "rotate.space", .expects = "BYTES", .doc = "How large all of them may be together.", .check = check_size},
    {.key = "rotate.compress", .expects = "none|zstd", .doc = "What becomes of old files.", .check = check_compress},
    {.key = "fsync",
     .expects = "never|interval|always",
     .doc = "When it is brought to the disk.",
     .check = check_fsync},
};

}  // namespace picket
