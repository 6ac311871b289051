// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/product.h"

namespace picket {

const std::string_view kProductVersion = PICKET_VERSION;

}  // namespace picket
