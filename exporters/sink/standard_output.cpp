// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/standard_output.h"

#include <unistd.h>

#include "exporters/sink/line_destination.h"

namespace picket {
namespace {

class DescriptorDestination final : public LineDestination {
 public:
  explicit DescriptorDestination(int descriptor) : LineDestination(descriptor) {}
};

}  // namespace

std::unique_ptr<Destination> open_descriptor(int descriptor) {
  return std::make_unique<DescriptorDestination>(descriptor);
}

Result<std::unique_ptr<Destination>> make_standard_output(const SinkSettings& /*settings*/) {
  return open_descriptor(STDOUT_FILENO);
}

}  // namespace picket
