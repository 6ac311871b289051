// SPDX-License-Identifier: Apache-2.0
#include "rules/event/container.h"

#include <algorithm>
#include <iterator>

namespace picket {
namespace {

constexpr std::string_view kRuntimes[] = {"unknown",  "docker", "containerd", "cri-o", "podman",
                                          "buildkit", "runc",   "crun",       "lxc",   "systemd-nspawn"};
static_assert(std::size(kRuntimes) == static_cast<std::size_t>(Runtime::Nspawn) + 1);

constexpr std::string_view kMetadata[] = {"pending", "complete", "unavailable"};
static_assert(std::size(kMetadata) == static_cast<std::size_t>(Metadata::Unavailable) + 1);

constexpr std::size_t kIdDigits = 64;  // of a SHA-256
constexpr std::size_t kShortId = 12;
constexpr std::string_view kSha256 = "sha256:";

bool is_id(std::string_view text) {
  return text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string_view runtime_name(Runtime runtime) { return kRuntimes[static_cast<std::size_t>(runtime)]; }

std::string_view metadata_name(Metadata metadata) { return kMetadata[static_cast<std::size_t>(metadata)]; }

std::string_view short_id(std::string_view full_id) { return is_id(full_id) ? full_id.substr(0, kShortId) : full_id; }

Image parse_image(std::string_view name) {
  Image image;
  image.name = name;
  const std::string_view bare = name.starts_with(kSha256) ? name.substr(kSha256.size()) : name;
  if (is_id(bare)) {
    image.id = bare;
    return image;
  }
  const std::string_view tagged = name.substr(0, name.find('@'));
  if (tagged.size() < name.size()) image.digest = name.substr(tagged.size() + 1);

  // A colon before the last slash belongs to the registry's port.
  const std::size_t slash = tagged.rfind('/');
  const std::size_t colon = tagged.find(':', slash == tagged.npos ? 0 : slash);
  image.repository = tagged.substr(0, colon);
  if (colon != tagged.npos) image.tag = tagged.substr(colon + 1);
  if (image.tag.empty() && image.digest.empty() && !image.repository.empty()) image.tag = "latest";
  return image;
}

}  // namespace picket
