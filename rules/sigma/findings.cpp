// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/findings.h"

#include <algorithm>

#include "rules/event/text.h"
#include "rules/policy/places.h"

namespace picket::sigma {
namespace {

constexpr std::size_t kMostValues = 20'000;  // of one rule

}  // namespace

void Findings::begin_rule(std::string title) {
  title_ = std::move(title);
  spent_ = 0;
}

void Findings::add(Severity severity, Place place, std::string message, std::string hint) {
  const policy::TreeNode& node = *place.node;
  policy::Text text{"", file_, node.start, {}, {}};
  if (node.kind == policy::TreeNode::Kind::Scalar) {
    text.value = node.value;
    text.start = policy::skip_properties(file_->text, node.start);
    text.places = policy::places_of(file_->text, text.start, node.value);
  }
  const std::size_t offset = std::min(place.offset, text.value.size());
  const std::size_t length = std::min(place.length, text.value.size() - offset);
  diagnostics_.push_back(
      policy::diagnose(severity, Finding::Other, text, offset, length, std::move(message), std::move(hint)));
}

void Findings::unsaid(Place place, std::string why, std::string hint) {
  add(Severity::Warning, place, quote(title_) + " is not converted: " + std::move(why), std::move(hint));
}

void Findings::wrong(Place place, std::string why, std::string hint) {
  const std::string subject = title_.empty() ? std::string() : quote(title_) + ": ";
  add(Severity::Error, place, subject + std::move(why), std::move(hint));
}

void Findings::wrong_file(std::size_t place, std::string why, std::string hint) {
  const policy::Text text{"", file_, static_cast<std::uint32_t>(place), {}, {}};
  diagnostics_.push_back(policy::diagnose(Severity::Error, Finding::NotYaml, text, std::move(why), std::move(hint)));
}

bool Findings::spend(const policy::TreeNode& at, std::size_t amount) {
  spent_ += std::min(amount, kMostValues + 1);
  if (spent_ <= kMostValues) return true;
  unsaid(at, "it compares with more than " + std::to_string(kMostValues) + " values");
  return false;
}

}  // namespace picket::sigma
