// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/truth.h"

#include <algorithm>
#include <charconv>

#include "rules/plan/paths.h"

namespace picket::planning {
namespace {

// Names that no literal has.
constexpr std::string_view kUnknown = "\x01?";
constexpr std::string_view kUnnamed = "\x01?:[0]";
constexpr std::size_t kTaskName = sizeof(pk_comm) - 1;

bool any(const Relations& relations) {
  return std::any_of(relations.begin(), relations.end(), [](bool one) { return one; });
}
bool all(const Relations& relations) {
  return std::all_of(relations.begin(), relations.end(), [](bool one) { return one; });
}

// Of a number with others, not of a text that stands for it.
bool is_equality(const language::Node& check) {
  using language::Operator;
  const bool number = check.left.type == Type::Unsigned || check.left.type == Type::Signed;
  return number && (check.op == Operator::Equal || check.op == Operator::NotEqual || check.op == Operator::In ||
                    check.op == Operator::Intersects);
}

// Whether that lane can have this text at all.
bool can_be(Lane lane, std::string_view text) {
  if (lane == kDigestLane) return read_digits(text).has_value();
  return text.size() <= kTaskName && text.find('\0') == text.npos;
}

// A digest that none of these literals names.
std::string unknown_digest(const std::unordered_map<std::string, std::uint32_t>& known) {
  for (std::uint64_t number = 0;; ++number) {
    char text[2 * sizeof number];
    const std::string_view last(text, std::to_chars(std::begin(text), std::end(text), number, 16).ptr);
    std::string digits = std::string(kSha256Digits - last.size(), '0').append(last);
    if (!known.contains(digits)) return digits;
  }
}

std::string below(std::string_view directory, int names) {
  std::string path(directory == "/" ? std::string_view() : directory);
  for (; names > 0; --names) path.append("/").append(kUnknown);
  return path.empty() ? "/" : path;
}

}  // namespace

bool Truth::never() const {
  return !any(other) && !unnamed && !none &&
         std::none_of(at.begin(), at.end(), [](const At& one) { return any(one.holds); });
}

bool Truth::always(Lane lane) const {
  const bool unplaced = is_path(lane) ? unnamed && none : lane != kAddressLane || none;
  return all(other) && unplaced && std::all_of(at.begin(), at.end(), [](const At& one) { return all(one.holds); });
}

LaneKeys::LaneKeys(Lane lane) : lane_(lane), form_(keys_of(lane)) {
  if (form_ == Keys::Directories) add("/");
  if (is_task(lane)) add("");  // a task without a name has no name to compare
}

std::size_t LaneKeys::size() const {
  if (form_ == Keys::Networks) return networks_.keys().size();
  return form_ == Keys::Numbers ? numbers_.size() : texts_.size();
}

std::uint32_t LaneKeys::add(const std::string& text) {
  const auto found = known_.find(text);
  if (found != known_.end()) return found->second;
  std::uint32_t parent = 0;
  if (form_ == Keys::Directories && text != "/") {
    parent = add(text.substr(0, std::max<std::size_t>(text.rfind('/'), 1)));
  }
  const auto key = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(text);
  parents_.push_back(parent);
  known_.emplace(text, key);
  return key;
}

void LaneKeys::set(const NumberKeys& numbers) {
  numbers_ = numbers.keys();
  mask_ = numbers.mask();
  other_ = numbers.other();
}

std::vector<std::uint32_t> LaneKeys::named(const Predicates& predicates, PredicateId predicate) {
  std::vector<std::uint32_t> keys;
  predicates.each_check(predicate, [&](const language::Node& check) {
    for (const language::Literal& literal : check.literals) {
      if (form_ == Keys::Directories) {
        keys.push_back(add(*named_directory(check, literal)));
      } else if (is_whole_text(lane_)) {
        const auto text = std::get<std::string_view>(literal.bound.value);
        if (can_be(lane_, text)) keys.push_back(add(std::string(text)));
      } else if (is_way(lane_)) {
        const auto name = std::get<std::string_view>(literal.bound.value);
        keys.push_back(add(std::string(name.substr(1, name.size() - 2))));
      } else {
        keys.push_back(add(*named_file(check, literal, check.op == language::Operator::EndsWith)));
      }
    }
  });
  if (is_task(lane_)) keys.push_back(0);
  if (form_ == Keys::Directories) keys.push_back(0);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Truth LaneKeys::ask(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch) {
  if (form_ == Keys::Numbers) return ask_numbers(predicates, predicate, sample, scratch);
  if (form_ == Keys::Networks) return ask_networks(predicates, predicate, sample, scratch);
  const auto holds = [&](std::string_view text) {
    if (lane_ == kTaskLane) {
      sample.set_task(text);
    } else if (lane_ == kParentLane) {
      sample.set_parent(text);
    } else if (lane_ == kDigestLane) {
      sample.set_digest(text);
    } else {
      sample.set_path(is_way(lane_) ? kPathLane + 2 * (lane_ - kWayLane) : lane_, text);
    }
    return predicates.holds(predicate, sample.event(), scratch);
  };
  Truth truth;
  const bool directories = form_ == Keys::Directories;
  if (is_path(lane_)) {
    truth.unnamed = holds(kUnnamed);
    truth.none = holds("");
  }
  const auto relations = [&](const std::string& text) {
    if (is_whole_text(lane_)) return Relations{holds(text)};
    if (is_way(lane_)) return Relations{holds("/" + text + "/" + std::string(kUnknown))};
    if (!directories) return Relations{holds("/" + text)};
    return Relations{holds(text), holds(below(text, 1)), holds(below(text, 2))};
  };
  for (const std::uint32_t key : named(predicates, predicate)) truth.at.push_back({key, relations(texts_[key])});
  if (directories) {
    truth.other = truth.at.front().holds;
  } else {
    const std::string unknown = lane_ == kDigestLane ? unknown_digest(known_) : std::string(kUnknown);
    truth.other.fill(relations(unknown)[PK_EXACT]);
    for (Truth::At& one : truth.at) one.holds.fill(one.holds[PK_EXACT]);
  }
  scratch.clear();
  return truth;
}

// The keys that a predicate of nothing but equalities of numbers names; it says the same of all others.
std::optional<std::vector<std::uint32_t>> LaneKeys::named_numbers(const Predicates& predicates, PredicateId predicate) {
  std::vector<std::uint32_t> keys;
  bool equalities = true;
  predicates.each_check(predicate, [&](const language::Node& check) {
    equalities = equalities && is_equality(check);
    for (const language::Literal& literal : check.literals) {
      const auto* natural = std::get_if<std::uint64_t>(&literal.bound.value);
      const auto* whole = std::get_if<std::int64_t>(&literal.bound.value);
      const std::uint64_t number = natural != nullptr ? *natural
                                   : whole != nullptr ? static_cast<std::uint64_t>(*whole)
                                                      : 0;
      const auto found = std::lower_bound(numbers_.begin(), numbers_.end(), number & mask_);
      if (found != numbers_.end() && *found == (number & mask_)) {
        keys.push_back(static_cast<std::uint32_t>(found - numbers_.begin()));
      }
    }
  });
  if (!equalities) return std::nullopt;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Truth LaneKeys::ask_numbers(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch) {
  Truth truth;
  const auto relations = [&](std::uint64_t number) {
    sample.set_number(lane_, number);
    Relations found;
    found.fill(predicates.holds(predicate, sample.event(), scratch));
    return found;
  };
  truth.other = relations(other_);
  const auto ask = [&](std::uint32_t key) {
    const Relations here = relations(numbers_[key]);
    if (here != truth.other) truth.at.push_back({key, here});
  };
  if (const auto keys = named_numbers(predicates, predicate)) {
    for (const std::uint32_t key : *keys) ask(key);
  } else {
    for (std::uint32_t key = 0; key < numbers_.size(); ++key) ask(key);
  }
  sample.reset_number(lane_);
  scratch.clear();
  return truth;
}

// Of addresses that are in none of the networks that it names, a predicate says one thing.
Truth LaneKeys::ask_networks(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch) {
  std::vector<Network> named;
  predicates.each_check(predicate, [&](const language::Node& check) {
    for (const language::Literal& literal : check.literals) named.push_back(network_of(check, literal));
  });
  const auto is_named = [&named](const pk_ip& ip) {
    return std::any_of(named.begin(), named.end(), [&ip](const Network& network) { return network.contains(ip); });
  };
  const auto holds = [&](const std::optional<pk_ip>& ip) {
    sample.set_ip(ip);
    return predicates.holds(predicate, sample.event(), scratch);
  };
  const auto& keys = networks_.keys();
  std::optional<pk_ip> other = networks_.outside();
  std::vector<std::uint32_t> within;
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (is_named(keys[key].inside)) {
      within.push_back(key);
    } else if (!other) {
      other = keys[key].inside;
    }
  }
  Truth truth;
  truth.none = holds(std::nullopt);
  truth.other.fill(other && holds(other));
  for (const std::uint32_t key : within) {
    Relations here;
    here.fill(holds(keys[key].inside));
    if (here != truth.other) truth.at.push_back({key, here});
  }
  sample.set_ip(pk_ip{});
  sample.reset_number(family_lane(predicates[predicate].kind));
  scratch.clear();
  return truth;
}

}  // namespace picket::planning
