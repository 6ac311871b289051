// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/line_sink.h"

namespace picket {

std::unique_ptr<Sink> open_descriptor_sink(int descriptor, std::string name) {
  return std::make_unique<LineSink>(descriptor, std::move(name));
}

}  // namespace picket
