// SPDX-License-Identifier: Apache-2.0
//
// container.* and k8s.* of which there are several: labels and mounts.
#include <fnmatch.h>

#include <algorithm>
#include <charconv>

#include "rules/event/rows.h"

namespace picket::rows {
namespace {

using Label = std::pair<std::string, std::string>;

// ---- what an element is, in one or more pieces of text ----

constexpr auto write_label = [](const Label& label, auto put) {
  put(label.first);
  put(":");
  put(label.second);
};

constexpr std::string_view writable(const Mount& mount) { return mount.writable ? "true" : "false"; }

constexpr auto write_mount = [](const Mount& mount, auto put) {
  for (const std::string_view piece :
       {std::string_view(mount.source), std::string_view(mount.destination), std::string_view(mount.mode)}) {
    put(piece);
    put(":");
  }
  put(writable(mount));
  put(":");
  put(mount.propagation);
};

// Elements joined by commas, put together in scratch.
template <class Elements, class Write>
Value listed(const Elements& elements, Scratch& scratch, Write write) {
  if (elements.empty()) return {};
  std::size_t size = elements.size() - 1;
  for (const auto& element : elements) write(element, [&size](std::string_view piece) { size += piece.size(); });
  char* const text = scratch.room(size);
  char* at = text;
  for (const auto& element : elements) {
    if (at != text) *at++ = ',';
    write(element, [&at](std::string_view piece) { at += piece.copy(at, piece.size()); });
  }
  return std::string_view(text, static_cast<std::size_t>(at - text));
}

template <class Elements, class Write>
Value element_at(const Elements& elements, int position, Scratch& scratch, Write write) {
  if (position < 0 || static_cast<std::size_t>(position) >= elements.size()) return {};
  return listed(std::span(&elements[static_cast<std::size_t>(position)], 1), scratch, write);
}

Value nothing(const Event&, int, Scratch&) { return {}; }

// ---- labels ----

const std::vector<Label>& own_labels(const Container& container) { return container.labels; }
const std::vector<Label>& labels_of_pod(const Container& container) { return container.pod.labels; }

using Labels = const std::vector<Label>& (*)(const Container& container);

template <Labels of>
Value labels(const Event& event, int, Scratch& scratch) {
  return event.container ? listed(of(*event.container), scratch, write_label) : Value{};
}

template <Labels of>
Value each_label(const Event& event, int position, Scratch& scratch) {
  return event.container ? element_at(of(*event.container), position, scratch, write_label) : Value{};
}

template <Labels of>
Value label(const Event& event, std::string_view name, Scratch&) {
  if (!event.container) return {};
  const auto& all = of(*event.container);
  const auto found = std::find_if(all.begin(), all.end(), [name](const Label& row) { return row.first == name; });
  return found == all.end() ? Value{} : Value{std::string_view(found->second)};
}

// ---- mounts ----

Value mounts(const Event& event, int, Scratch& scratch) {
  return event.container ? listed(event.container->mounts, scratch, write_mount) : Value{};
}
Value each_mount(const Event& event, int position, Scratch& scratch) {
  return event.container ? element_at(event.container->mounts, position, scratch, write_mount) : Value{};
}

const char* terminated(std::string_view text, Scratch& scratch) {
  char* const copy = scratch.room(text.size() + 1);
  *(copy + text.copy(copy, text.size())) = '\0';
  return copy;
}

// The mount of that number, or the first whose `key` the pattern matches, in which * is any text, with slashes too.
const Mount* find_mount(const Event& event, std::string_view which, const std::string Mount::*key, Scratch& scratch) {
  if (!event.container) return nullptr;
  const auto& all = event.container->mounts;
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(which.data(), which.data() + which.size(), number);
  if (failure == std::errc() && end == which.data() + which.size()) return number < all.size() ? &all[number] : nullptr;
  const char* const pattern = terminated(which, scratch);
  const auto found = std::find_if(all.begin(), all.end(), [pattern, key](const Mount& mount) {
    return fnmatch(pattern, (mount.*key).c_str(), 0) == 0;
  });
  return found == all.end() ? nullptr : &*found;
}

Value whole_mount(const Event& event, std::string_view which, Scratch& scratch) {
  const Mount* mount = find_mount(event, which, &Mount::source, scratch);
  return mount ? listed(std::span(mount, 1), scratch, write_mount) : Value{};
}

template <const std::string Mount::*part, const std::string Mount::*key>
Value mount_part(const Event& event, std::string_view which, Scratch& scratch) {
  const Mount* mount = find_mount(event, which, key, scratch);
  return mount ? Value{std::string_view(mount->*part)} : Value{};
}

Value mount_writable(const Event& event, std::string_view which, Scratch& scratch) {
  const Mount* mount = find_mount(event, which, &Mount::source, scratch);
  return mount ? Value{writable(*mount)} : Value{};
}

constexpr Argument kNone = Argument::None;

// A row whose brackets say which element is meant.
constexpr Field one_of(std::string_view name, std::string_view doc,
                       Value (*get)(const Event& event, std::string_view which, Scratch& scratch)) {
  return {.name = name,
          .type = Type::Text,
          .argument = Argument::RequiredName,
          .kinds = kAnywhere,
          .doc = doc,
          .get = nothing,
          .get_named = get};
}

constexpr auto kSource = &Mount::source, kDestination = &Mount::destination;

constexpr Field kFields[] = {
    {"container.labels", Type::Text, kNone, kAnywhere,
     "Labels of the container, name:value joined by commas. A comparison holds when it holds for one of them.",
     labels<own_labels>, each_label<own_labels>},
    one_of("container.label", "Value of one label of the container: [app].", label<own_labels>),
    {"container.mounts", Type::Text, kNone, kAnywhere,
     "What is bound in from the host: source:destination:mode:writable:propagation, joined by commas. A comparison "
     "holds when it holds for one of them.",
     mounts, each_mount},
    one_of("container.mount",
           "One of them: [0], or [/srv/*] by its source, in which * stands for any text. Missing when there is none.",
           whole_mount),
    one_of("container.mount.source", "Its source, by number or by its destination: [/data].",
           mount_part<kSource, kDestination>),
    one_of("container.mount.dest", "Its destination, by number or by its source: [/var/run/docker.sock].",
           mount_part<kDestination, kSource>),
    one_of("container.mount.mode", "Its options as written, by number or by its source.",
           mount_part<&Mount::mode, kSource>),
    one_of("container.mount.rdwr", "true when it can be written to, else false; by number or by its source.",
           mount_writable),
    one_of("container.mount.propagation", "Its propagation (rprivate), by number or by its source.",
           mount_part<&Mount::propagation, kSource>),
    {"k8s.pod.labels", Type::Text, kNone, kAnywhere,
     "Labels of the pod, name:value joined by commas, where the runtime has them on disk (CRI-O). A comparison holds "
     "when it holds for one of them.",
     labels<labels_of_pod>, each_label<labels_of_pod>},
    one_of("k8s.pod.label", "Value of one label of the pod: [app].", label<labels_of_pod>),
};

}  // namespace

std::span<const Field> lists() { return kFields; }

}  // namespace picket::rows
