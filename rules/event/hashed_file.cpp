// SPDX-License-Identifier: Apache-2.0
#include "rules/event/hashed_file.h"

#include <sys/stat.h>

namespace picket {
namespace {

// A path whose front is missing leads nowhere, or somewhere else.
std::string_view whole(const Event& event, const pk_text& path, std::uint32_t truncated) {
  return (event.header->flags & truncated) == 0 ? event.text(path) : std::string_view();
}

template <class Record>
HashedFile at_path(const Event& event, const Record& record) {
  return {record.inode, record.device, whole(event, record.path, PK_FLAG_path_truncated)};
}

template <class Record>
HashedFile at_paths(const Event& event, const Record& record) {
  return {record.inode, record.device, whole(event, record.new_path, PK_FLAG_path_truncated),
          whole(event, record.old_path, PK_FLAG_old_path_truncated)};
}

// Where st_mode is not told, it takes an inode to be a file at all: what is no regular one is found out later.
HashedFile file_of(const Event& event, const pk_open& record) {
  constexpr std::uint32_t kWrite = 2;  // FMODE_WRITE
  return (record.file_mode & kWrite) == 0 && S_ISREG(record.mode) ? at_path(event, record) : HashedFile();
}
HashedFile file_of(const Event& event, const pk_mmap& record) { return at_path(event, record); }
HashedFile file_of(const Event& event, const pk_mprotect& record) { return at_path(event, record); }
HashedFile file_of(const Event& event, const pk_module& record) { return at_path(event, record); }
HashedFile file_of(const Event& event, const pk_chmod& record) {
  return S_ISREG(record.old_mode) ? at_path(event, record) : HashedFile();
}
HashedFile file_of(const Event& event, const pk_rename& record) {
  return S_ISREG(record.mode) ? at_paths(event, record) : HashedFile();
}
HashedFile file_of(const Event& event, const pk_link& record) {
  return S_ISREG(record.mode) ? at_paths(event, record) : HashedFile();
}

HashedFile find(const Event& event) {
  switch (event.kind()) {
    case Kind::open:
      return file_of(event, event.as<pk_open>());
    case Kind::mmap:
      return file_of(event, event.as<pk_mmap>());
    case Kind::mprotect:
      return file_of(event, event.as<pk_mprotect>());
    case Kind::rename:
      return file_of(event, event.as<pk_rename>());
    case Kind::link:
      return file_of(event, event.as<pk_link>());
    case Kind::chmod:
      return file_of(event, event.as<pk_chmod>());
    case Kind::module:
      return file_of(event, event.as<pk_module>());
    default:
      return {};
  }
}

}  // namespace

std::optional<HashedFile> hashed_file(const Event& event) {
  const HashedFile file = find(event);
  if (file.inode == 0) return std::nullopt;
  return file;
}

}  // namespace picket
