// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/images.h"

#include <bpf/bpf.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace picket {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kMappedBytes = (sizeof(pk_image) + kPage - 1) / kPage * kPage;

pk_image* map_image(int map) {
  void* const memory = ::mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<pk_image*>(memory);
}

void unmap(pk_image* image) {
  if (image != nullptr) ::munmap(image, kMappedBytes);
}

}  // namespace

Images::~Images() {
  unmap(former_);
  unmap(image_);
}

int Images::put(int outer, const pk_image& image) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  Handle made(bpf_map_create(BPF_MAP_TYPE_ARRAY, "image", sizeof(std::uint32_t), sizeof(pk_image), 1, &options));
  if (!made) return errno;
  const int map = made.get();
  pk_image* const mapped = map_image(map);
  int code = mapped == nullptr ? errno : 0;
  if (code == 0) {
    std::memcpy(mapped, &image, sizeof image);
    mapped->generation = generation_ + 1;
    const std::uint32_t only = 0;
    if (bpf_map_update_elem(outer, &only, &map, BPF_ANY) != 0) code = errno;
  }
  if (code != 0) {
    unmap(mapped);
    return code;
  }
  former_hits_ = hits();  // to the end: no program uses it any more
  unmap(std::exchange(former_, std::exchange(image_, mapped)));
  map_ = std::move(made);
  ++generation_;
  return 0;
}

void Images::wait(int outer) const {
  const std::uint32_t only = 0;
  const int map = map_.get();
  if (map >= 0) bpf_map_update_elem(outer, &only, &map, BPF_ANY);
}

std::vector<pk_hits> Images::hits() const {
  if (image_ == nullptr) return {};
  std::vector<pk_hits> all(std::size(image_->hits));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].done = __atomic_load_n(&image_->hits[i].done, __ATOMIC_RELAXED);
    all[i].would = __atomic_load_n(&image_->hits[i].would, __ATOMIC_RELAXED);
  }
  return all;
}

}  // namespace picket
