// SPDX-License-Identifier: Apache-2.0
//
// A record as native JSON, by a writer that remembers nothing of records before.
#pragma once

#include <string>

#include "exporters/format/native.h"

namespace picket::test {

template <class Subject>
std::string native_line(const Subject& subject, const Host& host, Scratch& scratch) {
  TextBuffer out;
  NativeJson(host).append(out, subject, scratch);
  return std::string(out.view());
}

}  // namespace picket::test
