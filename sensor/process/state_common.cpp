// SPDX-License-Identifier: Apache-2.0
//
// What several runtimes write the same way: OCI configurations, labels, mounts, times.
#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iterator>

#include "sensor/process/cgroup_path.h"
#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::size_t kMostLabels = 256;
constexpr std::size_t kMostMounts = 256;
constexpr std::size_t kLongest = 4096;

// ---- labels that mean something ----

template <std::string Pod::*member>
void set_pod(Container& container, std::string_view value) {
  container.pod.*member = value;
}

void set_container_name(Container& container, std::string_view value) {
  container.pod.container_name = container.name = value;
}

void set_image(Container& container, std::string_view value) {
  std::string id = std::move(container.image.id);
  container.image = parse_image(value);
  if (container.image.id.empty()) container.image.id = std::move(id);
}

void set_sandbox_image(Container& container, std::string_view value) {
  if (container.image.name.empty()) set_image(container, value);
}

// The id of an image, or a name with its digest, depending on the version of CRI-O.
void set_image_reference(Container& container, std::string_view value) {
  const Image image = parse_image(value);
  if (!image.id.empty()) container.image.id = image.id;
  if (!image.digest.empty()) container.image.digest = image.digest;
}

void set_created(Container& container, std::string_view value) { container.created = parse_rfc3339(value); }

void set_privileged(Container& container, std::string_view value) {
  container.privileged = value == "true" || value == "TRUE";
}

void pass_over(Container& /*container*/, std::string_view /*value*/) {}

struct Meaning {
  std::string_view key;
  void (*take)(Container& container, std::string_view value);
};

constexpr Meaning kMeanings[] = {
    // containerd's CRI
    {"io.kubernetes.cri.container-name", set_container_name},
    {"io.kubernetes.cri.container-type", pass_over},
    {"io.kubernetes.cri.image-name", set_image},
    {"io.kubernetes.cri.podsandbox.image-name", set_sandbox_image},
    {"io.kubernetes.cri.sandbox-id", set_pod<&Pod::sandbox_id>},
    {"io.kubernetes.cri.sandbox-log-directory", pass_over},
    {"io.kubernetes.cri.sandbox-name", set_pod<&Pod::name>},
    {"io.kubernetes.cri.sandbox-namespace", set_pod<&Pod::name_space>},
    {"io.kubernetes.cri.sandbox-uid", set_pod<&Pod::uid>},
    // CRI-O
    {"io.kubernetes.cri-o.Created", set_created},
    {"io.kubernetes.cri-o.ImageName", set_image},
    {"io.kubernetes.cri-o.ImageRef", set_image_reference},
    {"io.kubernetes.cri-o.PrivilegedRuntime", set_privileged},
    {"io.kubernetes.cri-o.SandboxID", set_pod<&Pod::sandbox_id>},
    // podman
    {"io.container.manager", pass_over},
    {"io.podman.annotations.privileged", set_privileged},
    // the kubelet, whatever runtime it speaks to
    {"io.kubernetes.container.name", set_container_name},
    {"io.kubernetes.pod.name", set_pod<&Pod::name>},
    {"io.kubernetes.pod.namespace", set_pod<&Pod::name_space>},
    {"io.kubernetes.pod.uid", set_pod<&Pod::uid>},
    {"io.kubernetes.sandbox.id", set_pod<&Pod::sandbox_id>},
};

constexpr std::string_view kPropagations[] = {"private", "rprivate", "slave", "rslave", "shared", "rshared"};

// Calls visit(option) for each of "a,b,c".
template <class Visit>
void each_option(std::string_view options, Visit visit) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    visit(option);
    options.remove_prefix(std::min(option.size() + 1, options.size()));
  }
}

void take_oci_mount(JsonValue value, Container& container) {
  Mount mount;
  mount.source = bounded(value["source"].text());
  mount.destination = bounded(value["destination"].text());
  std::string options;
  bool bound = value["type"].text() == "bind";
  value["options"].each_element([&](JsonValue option) {
    bound = bound || option.text() == "bind" || option.text() == "rbind";
    if (options.size() < kLongest) options.append(options.empty() ? "" : ",").append(bounded(option.text()));
  });
  if (!bound) return;
  take_mount_options(options, mount);
  add_mount(container.mounts, std::move(mount));
}

}  // namespace

std::string_view bounded(std::string_view text) { return text.substr(0, kLongest); }

void add_label(std::vector<std::pair<std::string, std::string>>& labels, std::string_view key, std::string_view value) {
  if (labels.size() < kMostLabels) labels.emplace_back(bounded(key), bounded(value));
}

void add_mount(std::vector<Mount>& mounts, Mount mount) {
  if (mounts.size() < kMostMounts) mounts.push_back(std::move(mount));
}

void take_label(std::string_view key, std::string_view value, Container& container) {
  const auto meaning =
      std::find_if(std::begin(kMeanings), std::end(kMeanings), [key](const Meaning& each) { return each.key == key; });
  if (meaning == std::end(kMeanings)) return add_label(container.labels, key, value);
  meaning->take(container, bounded(value));
}

void take_labels(JsonValue object, Container& container) {
  object.each_member([&container](std::string_view key, JsonValue value) { take_label(key, value.text(), container); });
}

void take_mount_options(std::string_view options, Mount& mount) {
  mount.mode = options;
  each_option(options, [&mount](std::string_view option) {
    if (option == "ro") mount.writable = false;
    const bool is_propagation =
        std::find(std::begin(kPropagations), std::end(kPropagations), option) != std::end(kPropagations);
    if (is_propagation) mount.propagation = option;
  });
}

Problem take_oci(JsonValue config, Container& container) {
  if (cgroup_path_of(config["linux"]["cgroupsPath"].text()) != container.cgroup_path) return StateProblem::OtherCgroup;
  take_oci_facts(config, container);
  return std::nullopt;
}

void take_oci_facts(JsonValue config, Container& container) {
  config["mounts"].each_element([&container](JsonValue mount) { take_oci_mount(mount, container); });
  const std::string_view root = config["root"]["path"].text();
  if (root.starts_with('/')) container.rootfs = bounded(root);

  // OCI knows no privileged containers. What those of every runtime have in common: they may administer the system and
  // load modules, and no file of the kernel's is hidden from them.
  int powers = 0;
  config["process"]["capabilities"]["bounding"].each_element(
      [&powers](JsonValue name) { powers += name.text() == "CAP_SYS_ADMIN" || name.text() == "CAP_SYS_MODULE"; });
  bool masked = false;
  config["linux"]["maskedPaths"].each_element([&masked](JsonValue) { masked = true; });
  container.privileged = powers == 2 && !masked;

  take_labels(config["annotations"], container);
  if (container.name.empty()) container.name = container.pod.name;  // the sandbox
}

Document read_json(const StateFiles& files, std::string_view base, std::initializer_list<std::string_view> names) {
  const StateFile file = files.read(base, names);
  if (file.problem) return {std::nullopt, file.problem};
  auto tree = JsonTree::parse(file.bytes);
  if (!tree) return {std::nullopt, StateProblem::Malformed};
  return {std::move(tree), std::nullopt};
}

// 2026-08-07T14:03:22.123456789Z or with +02:00 at its end.
std::int64_t parse_rfc3339(std::string_view text) {
  const auto number = [text](std::size_t at, std::size_t digits) {
    int value = -1;
    if (at + digits > text.size()) return -1;
    const char* end = text.data() + at + digits;
    return std::from_chars(text.data() + at, end, value).ptr == end ? value : -1;
  };
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size()) return 0;
  const std::array<int, 6> parts = {number(0, 4),  number(5, 2),  number(8, 2),
                                    number(11, 2), number(14, 2), number(17, 2)};
  const bool punctuated = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  if (!punctuated || *std::min_element(parts.begin(), parts.end()) < 0 || parts[0] > 2200) return 0;

  std::size_t at = kShape.size();
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t unit = 100'000'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      fraction += unit * (text[at] - '0');
    }
  }
  std::int64_t east = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int hours = number(at + 1, 2), minutes = number(at + 4, 2);
    if (hours < 0 || minutes < 0) return 0;
    east = (hours * 60 + minutes) * 60 * (text[at] == '+' ? 1 : -1);
  } else if (text.substr(at) != "Z") {
    return 0;
  }
  std::tm date{};
  date.tm_year = parts[0] - 1900;
  date.tm_mon = parts[1] - 1;
  date.tm_mday = parts[2];
  date.tm_hour = parts[3];
  date.tm_min = parts[4];
  date.tm_sec = parts[5];
  const std::int64_t seconds = timegm(&date) - east;
  return seconds <= 0 ? 0 : seconds * 1'000'000'000 + fraction;
}

}  // namespace picket::state
