// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/health.h"

namespace picket {

std::string Health::not_alive(std::uint64_t now) const {
  const std::uint64_t turned = turned_.load(std::memory_order_relaxed);
  if (stage_.load() == Stage::Starting || now < turned + kHangsAfterNs) return {};
  return "its loop has not turned for " + std::to_string((now - turned) / 1'000'000'000) + " seconds";
}

std::string Health::not_ready(std::uint64_t now) const {
  const Stage stage = stage_.load();
  if (stage == Stage::Starting) return std::string(starting_);
  if (stage == Stage::Ending) return "it ends";
  return not_alive(now);
}

}  // namespace picket
