// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/judge.h"

#include <cstring>

#include "rules/plan/hash.h"
#include "rules/plan/sample.h"

namespace picket {
namespace {

// The rows of a path: of its directories, of its last name, of all its names.
struct PathRows {
  std::uint32_t directories, name, way;
};

// `names` and `count` as in lookup.h.
std::uint32_t way_of(const pk_image& image, const pk_number_lane& lane, const __u64* names, __u32 count, __u64 last) {
  pk_way way;
  pk_way_names(&image, &lane, names, count, &way, pk_find);
  if (count != 0) pk_way_name(&image, &lane, last, &way, pk_find);
  return pk_way_row(&image, &lane, &way);
}

// `way` may be null.
PathRows path_rows(const pk_image& image, const pk_path_lane& lane, const pk_number_lane* way, std::string_view path,
                   bool cut) {
  if (lane.used == 0) return {0, 0, 0};
  if (cut) return {lane.cut, 0, 0};
  if (path.empty()) return {lane.none, 0, 0};
  if (path.front() != '/') return {lane.unnamed, 0, 0};
  // Hashes by number, counted from the last name. When there are more than 16, the last ones written stay: the topmost.
  __u64 names[16] = {};
  __u32 count = 0;
  std::uint64_t last = 0;
  while (path.size() > 1) {
    const std::size_t slash = path.rfind('/');
    const std::uint64_t hash = planning::name_hash(image.seed, path.substr(slash + 1));
    if (count == 0) last = hash;
    names[count++ & 15] = hash;
    path = path.substr(0, slash);
  }
  const std::uint32_t way_row = way == nullptr ? 0 : way_of(image, *way, names, count, last);
  if (count == 0) return {pk_root_row(&image, &lane), lane.used & PK_PATH_NAME ? lane.other_name : 0, way_row};
  pk_known known;
  pk_know_directory(&image, &lane, names, count, &known, pk_find);
  return {pk_directory_row(&image, &lane, &known, last), pk_name_row(&image, &lane, last), way_row};
}

std::uint64_t number_of(const Event& event, std::string_view name) {
  const Member* member = planning::find_member(event.kind(), name);
  std::uint64_t number = 0;
  std::memcpy(&number, reinterpret_cast<const char*>(event.header) + member->offset, member->size);
  return number;
}

std::uint32_t address_row(const pk_image& image, const Event& event) {
  const pk_network_lane& lane = image.kinds[event.header->kind].address;
  pk_address address;
  pk_ip ip;
  std::memcpy(&address,
              reinterpret_cast<const char*>(event.header) + planning::find_member(event.kind(), "address")->offset,
              sizeof address);
  if (lane.used == 0) return 0;
  const bool has = pk_ip_of(static_cast<__u16>(number_of(event, "family")), &address, &ip) != 0;
  return has ? pk_network_row(&image, &lane, &ip, pk_find) : lane.none;
}

// Which bit of the header says that a path is not whole.
bool is_cut(const Event& event, std::string_view path) {
  const unsigned flag = path.starts_with("old_") ? PK_FLAG_old_path_truncated : PK_FLAG_path_truncated;
  return (event.header->flags & flag) != 0;
}

struct Rows {
  pk_subject_rows subject{};
  std::uint32_t event[PK_EVENT_ROWS]{};
};

Rows rows_of(const pk_image& image, const Event& event, std::uint32_t container) {
  const pk_kind_plan& plan = image.kinds[event.header->kind];
  Rows rows;
  for (unsigned slot = 0; slot < PK_LANES; ++slot) {
    const std::string_view member = planning::number_member(event.kind(), slot);
    if (member.empty() || !plan.numbers[slot].used) continue;
    rows.event[slot] = pk_member_row(&image, &plan.numbers[slot], number_of(event, member));
  }
  rows.event[PK_EVENT_USER] = pk_member_row(&image, &plan.user, event.header->uid);
  const Process* parent = event.process->parent;
  rows.event[PK_EVENT_PARENT] = pk_number_row(
      &image, &plan.parent, planning::task_hash(image.seed, parent == nullptr ? std::string_view() : parent->comm));
  rows.event[PK_EVENT_CALL] = pk_number_row(&image, &plan.call, pk_call(event.header->syscall, event.header->flags));
  if (planning::kAddressKinds.contains(event.kind())) rows.event[PK_EVENT_ADDRESS] = address_row(image, event);
  if (const FileHash& hash = event.process->exe_hash; event.kind() == Kind::exec && hash.is_known()) {
    const std::uint64_t key = planning::digest_hash(image.seed, hash.sha256);
    rows.event[PK_EVENT_DIGEST] = pk_number_row(&image, &image.digest.lane, key);
  }
  for (unsigned path = 0; path < PK_PATHS; ++path) {
    const std::string_view name = planning::path_member(event.kind(), path);
    if (name.empty()) continue;
    const Member* member = planning::find_member(event.kind(), name);
    pk_text text;
    std::memcpy(&text, reinterpret_cast<const char*>(event.header) + member->offset, sizeof text);
    const bool has_way = planning::has_way(event.kind(), path);
    const auto [directories, last, way] =
        path_rows(image, plan.paths[path], has_way ? &plan.numbers[PK_WAY_SLOT(path)] : nullptr, event.text(text),
                  is_cut(event, name));
    rows.event[PK_EVENT_PATH + 2 * path] = directories;
    rows.event[PK_EVENT_PATH + 2 * path + 1] = last;
    if (has_way) rows.event[PK_WAY_SLOT(path)] = way;
  }
  const Process& process = *event.process;
  const bool cut = event.kind() == Kind::exec ? (event.header->flags & PK_FLAG_path_truncated) != 0
                                              : (process.flags & PK_FLAG_path_truncated) != 0;
  const pk_subject_plan& subject = image.subject;
  const auto [directories, last, way] = path_rows(image, subject.executable, nullptr, process.exe_path, cut);
  rows.subject.rows[PK_SUBJECT_DIRECTORY] = directories;
  rows.subject.rows[PK_SUBJECT_FILE] = last;
  rows.subject.rows[PK_SUBJECT_FLAGS] = pk_number_row(&image, &subject.flags, process.exe_flags);
  rows.subject.rows[PK_SUBJECT_NAME] =
      pk_number_row(&image, &subject.name, planning::task_hash(image.seed, process.comm));
  rows.subject.live = pk_subject_live(&image, rows.subject.rows);
  rows.subject.unsure = PK_NONE;
  if (subject.by_container) pk_add_container(&image, &rows.subject, container);
  return rows;
}

pk_verdict judge_by(const pk_image& image, const Event& event, const Rows& rows) {
  const pk_kind_plan& plan = image.kinds[event.header->kind & 63];
  if (image.generation == 0 || !(plan.flags & PK_PLAN_DECIDE))
    return {.wanted = 1, .enforce = 0, .audit = 0, .unused = 0};
  std::uint64_t live = pk_begin(&image, &plan, &rows.subject, rows.subject.live);
  for (const std::uint32_t row : rows.event) live &= pk_word(&image, row);
  return pk_judge(&image, &plan, &rows.subject, rows.event, live, pk_each_word);
}

}  // namespace

pk_verdict judge(const pk_image& image, const Event& event, std::uint32_t container) {
  return judge_by(image, event, rows_of(image, event, container));
}

pk_verdict judge_by_other_name(const pk_image& image, const Event& event, unsigned which, std::uint32_t container) {
  Rows rows = rows_of(image, event, container);
  rows.event[PK_EVENT_NAMED] = image.kinds[event.header->kind & 63].paths[which & 1].named;
  if (planning::has_way(event.kind(), which)) rows.event[PK_WAY_SLOT(which)] = 0;  // the kernel does not look
  return judge_by(image, event, rows);
}

bool is_candidate(const pk_image& image, const Event& event, std::uint32_t number, std::uint32_t container) {
  const pk_kind_plan& plan = image.kinds[event.header->kind & 63];
  const std::uint32_t word = number / 64 - plan.first;
  if (word >= plan.words) return false;
  const Rows rows = rows_of(image, event, container);
  return pk_candidates(&image, &plan, &rows.subject, rows.event, word) >> number % 64 & 1;
}

}  // namespace picket
