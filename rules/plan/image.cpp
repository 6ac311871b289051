// SPDX-License-Identifier: Apache-2.0
//
// A row of a directory is made of the one above it. What a predicate that does not name the directory says of it, it
// says of any unknown name in the directory above; what it says of names in there, of those farther below.
#include "rules/plan/image.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "rules/plan/containers.h"
#include "rules/plan/hash.h"
#include "rules/plan/keys.h"

namespace picket::planning {
namespace {

constexpr int kMostSeeds = 4;

// What one conjunct asks of a lane.
struct Asked {
  std::uint32_t conjunct;
  const Truth* truth;
};

// What the predicates that name a key say of it.
struct Said {
  std::uint32_t key, conjunct;
  const Relations* holds;
};

std::vector<Said> said_of_keys(const std::vector<Asked>& asked) {
  std::vector<Said> said;
  for (const Asked& one : asked) {
    for (const Truth::At& at : one.truth->at) said.push_back({at.key, one.conjunct, &at.holds});
  }
  std::sort(said.begin(), said.end(),
            [](const Said& a, const Said& b) { return std::pair(a.key, a.conjunct) < std::pair(b.key, b.conjunct); });
  return said;
}

// Classes of containers have rows, too, which come later.
std::span<__u64> room_for_rows(const Draft& draft, pk_image& image) {
  const std::span<__u64> all(image.bits);
  return draft.asks_containers() ? all.first(PK_BITS - ContainerClasses::kRoom) : all;
}

class Writer {
 public:
  Writer(const Draft& draft, const Deeds& deeds, std::uint64_t seed, pk_image& image)
      : draft_(draft), deeds_(deeds), image_(image), pool_(room_for_rows(draft, image)) {
    image_.seed = seed;
    for (std::uint32_t number = 0; number < draft_.conjuncts.size(); ++number) {
      const Drafted& one = draft_.conjuncts[number];
      bits_.push_back(one.bit);
      all_.push_back(number);
      members_[static_cast<std::size_t>(one.kind)].push_back(number);
      for (const auto& [lane, predicate] : one.conjunct.asks) {
        if (lane == kContainerLane) continue;
        asked_[Draft::lane_id(one.kind, lane)].push_back({number, &draft_.truths.at(predicate)});
      }
    }
  }

  std::optional<LaneId> write() {
    for (const Block& block : draft_.blocks) image_.words = std::max(image_.words, block.first + block.words);
    for (unsigned kind = 0; kind < kKindEnd; ++kind) write_deeds(kind);  // these must fit
    for (unsigned kind = 0; kind < kKindEnd; ++kind) write_kind(kind);
    write_digest();
    write_subject();
    if (pool_.full() || !keys_.write(image_)) return fullest_;
    image_.used = pool_.used();
    return std::nullopt;
  }

 private:
  // ---- what there is ----

  const std::vector<Asked>& asked(LaneId id) const {
    static const std::vector<Asked> kNothing;
    const auto found = asked_.find(id);
    return found == asked_.end() ? kNothing : found->second;
  }

  const LaneKeys& keys(LaneId id) const { return draft_.keys.at(id); }

  Block block_of(LaneId id) const {
    return is_subject(id.second) ? Block{0, image_.words, false} : draft_.blocks[id.first];
  }

  LaneRows rows_of(LaneId id) {
    return {pool_, block_of(id), bits_, is_subject(id.second) ? all_ : members_[id.first]};
  }

  std::uint64_t salt_of(LaneId id) const { return pk_mix(image_.seed + (id.first * kLaneEnd + id.second + 1)); }

  // ---- lanes ----

  void write_number(LaneId id, pk_number_lane& into) {
    const auto& asking = asked(id);
    if (asking.empty()) return;
    const Room room(*this, id);
    LaneRows rows = rows_of(id);
    set_base(rows, asking, PK_EXACT);
    const LaneKeys& lane = keys(id);
    into = {salt_of(id), is_whole_text(id.second) ? ~0ull : lane.mask(), rows.base(), 1};
    const std::span<__u64> small = has_small(id.second) ? small_numbers(into) : std::span<__u64>();
    each_row(rows, id, [&](std::uint32_t key, std::uint32_t row) {
      const std::uint64_t value = value_of(lane, key) & into.mask;
      if (row == into.other) return;
      if (value < small.size()) small[value] = (small[value] & ~__u64{UINT32_MAX}) | row;
      if (value >= small.size() && !small.empty()) small.front() |= pk_member_bit(value);
      keys_.add(pk_tag(into.salt, value), {row, row, row});
    });
  }

  // Empty when there is no more room, which is found out in the end.
  std::span<__u64> small_numbers(pk_number_lane& lane) {
    lane.used = pool_.reserve(PK_SMALL_NUMBERS);
    if (lane.used == 0) return {};
    const auto small = std::span<__u64>(image_.bits).subspan(lane.used, PK_SMALL_NUMBERS);
    std::fill(small.begin(), small.end(), lane.other);
    return small;
  }

  std::uint64_t value_of(const LaneKeys& lane, std::uint32_t key) const {
    if (is_task(lane.lane())) return task_hash(image_.seed, lane.text(key));
    if (lane.lane() == kDigestLane) return digest_hash(image_.seed, *read_digits(lane.text(key)));
    return lane.number(key);
  }

  bool write_way(LaneId id, pk_number_lane& into) {
    const auto& asking = asked(id);
    if (asking.empty()) return false;
    const Room room(*this, id);
    LaneRows rows = rows_of(id);
    set_base(rows, asking, PK_EXACT);
    into = {salt_of(id), 0, rows.base(), 1};
    const LaneKeys& lane = keys(id);
    each_row(rows, id, [&](std::uint32_t key, std::uint32_t row) {
      if (row == into.other) return;
      const std::uint64_t hash = name_hash(image_.seed, lane.text(key));
      into.mask |= pk_way_bit(hash);
      keys_.add(pk_tag(into.salt, hash), {row, row, row});
    });
    return true;
  }

  // All networks are keys, whatever is said of them: one in which nothing holds may be within one in which much does.
  void write_addresses(LaneId id, pk_network_lane& into) {
    const auto& asking = asked(id);
    if (asking.empty()) return;
    const Room room(*this, id);
    LaneRows rows = rows_of(id);
    set_base(rows, asking, PK_EXACT);
    std::vector<Answer> none;
    for (const Asked& one : asking) none.emplace_back(one.conjunct, one.truth->none);
    const NetworkKeys& networks = keys(id).networks();
    const std::vector<unsigned>& lengths = networks.lengths();
    into = {salt_of(id), 1, static_cast<__u32>(lengths.size()), rows.base(), rows.row(none), {}};
    std::transform(lengths.begin(), lengths.end(), std::begin(into.masks), [](unsigned length) {
      return Network{{}, length}.mask();
    });
    each_row(rows, id, [&](std::uint32_t key, std::uint32_t row) {
      const auto& [first, length] = networks.keys()[key].network;
      const auto number = static_cast<__u32>(std::find(lengths.begin(), lengths.end(), length) - lengths.begin());
      keys_.add(pk_tag(into.salt, pk_network_key(image_.seed, first.high, first.low, number)), {row, row, row});
    });
  }

  // `passed`: whether anybody asks for names on its way.
  void write_path(LaneId directories, pk_path_lane& into, bool passed) {
    const LaneId name{directories.first, directories.second + 1};
    if (asked(directories).empty() && asked(name).empty() && !passed) return;
    into.used = passed ? PK_PATH_WAY : 0;
    into.salt = salt_of(directories);
    into.name_salt = salt_of(name);
    write_placeless(directories, into);
    write_name(name, into);
    const std::uint32_t nowhere = write_directories(directories, into);
    into.named = unlike(directories, nowhere, into.other_name);
  }

  // Conjuncts that do not hold in both of these rows: those of a path that nobody names.
  std::uint32_t unlike(LaneId id, std::uint32_t directory, std::uint32_t name) {
    const Block block = block_of(id);
    const std::size_t before = block.summary ? 1 : 0;
    std::vector<std::uint64_t> words(block.words);
    for (const std::uint32_t number : is_subject(id.second) ? all_ : members_[id.first]) {
      words[bits_[number] / 64 - block.first] |= 1ull << bits_[number] % 64;
    }
    for (std::size_t word = 0; word < words.size(); ++word) {
      words[word] &= ~(image_.bits[directory + before + word] & image_.bits[name + before + word]);
    }
    return pool_.place(block, words);
  }

  // Of paths that have no place among directories: their rows stand for both lanes.
  void write_placeless(LaneId id, pk_path_lane& into) {
    LaneRows rows = rows_of(id);
    into.cut = rows.base();
    std::vector<Answer> unnamed, none;
    for (const Lane lane : {id.second, id.second + 1}) {
      for (const Asked& one : asked({id.first, lane})) {
        if (!one.truth->unnamed) unnamed.emplace_back(one.conjunct, false);
        if (!one.truth->none) none.emplace_back(one.conjunct, false);
      }
    }
    for (auto* const answers : {&unnamed, &none}) {
      std::sort(answers->begin(), answers->end());
      answers->erase(std::unique(answers->begin(), answers->end()), answers->end());
    }
    into.unnamed = rows.row(unnamed);
    into.none = rows.row(none);
  }

  void write_name(LaneId id, pk_path_lane& into) {
    const auto& asking = asked(id);
    if (asking.empty()) return;
    const Room room(*this, id);
    LaneRows rows = rows_of(id);
    set_base(rows, asking, PK_EXACT);
    into.used |= PK_PATH_NAME;
    into.other_name = rows.base();
    const LaneKeys& lane = keys(id);
    each_row(rows, id, [&](std::uint32_t key, std::uint32_t row) {
      const std::uint64_t hash = name_hash(image_.seed, lane.text(key));
      if (row != into.other_name) keys_.add(pk_tag(into.name_salt, hash), {row, row, row});
    });
  }

  // Returns the row of a path that is in no known directory but the root.
  std::uint32_t write_directories(LaneId id, pk_path_lane& into) {
    const auto& asking = asked(id);
    if (asking.empty()) return 0;
    const Room room(*this, id);
    into.used |= PK_PATH_DIRECTORIES;
    LaneRows rows = rows_of(id);
    set_base(rows, asking, PK_BELOW);
    const std::vector<Said> said = said_of_keys(asking);
    const LaneKeys& lane = keys(id);
    const std::size_t size = lane.size();
    // Lists of what differs from the base: of names in a directory, and of what is farther below.
    std::vector<std::shared_ptr<const std::vector<Answer>>> children(size), below(size);
    std::vector<KeyTable::Rows> found(size);
    const auto nothing = std::make_shared<const std::vector<Answer>>();
    auto next = said.begin();
    for (std::uint32_t key = 0; key < size; ++key) {
      const auto begin = next;
      while (next != said.end() && next->key == key) ++next;
      const auto& near = key == 0 ? nothing : children[lane.parent(key)];
      const auto& far = key == 0 ? nothing : below[lane.parent(key)];
      const auto exact = changed(rows, near, {begin, next}, PK_EXACT);
      children[key] = changed(rows, far, {begin, next}, PK_CHILD);
      below[key] = changed(rows, far, {begin, next}, PK_BELOW);
      found[key] = {rows.row(*exact), rows.row(*children[key]), rows.row(*below[key])};
    }
    add_directories(id, found, into);
    return found[0][PK_BELOW];
  }

  using Answers = std::shared_ptr<const std::vector<Answer>>;

  // What is said here takes the place of what was said above. Listed is only what differs from the base.
  static Answers changed(const LaneRows& rows, const Answers& above, std::span<const Said> said, pk_relation relation) {
    if (said.empty()) return above;
    auto all = std::make_shared<std::vector<Answer>>();
    auto old = above->begin();
    for (const Said& one : said) {
      while (old != above->end() && old->first < one.conjunct) all->push_back(*old++);
      if (old != above->end() && old->first == one.conjunct) ++old;
      const bool holds = (*one.holds)[relation];
      if (holds != rows.in_base(one.conjunct)) all->emplace_back(one.conjunct, holds);
    }
    all->insert(all->end(), old, above->end());
    return all;
  }

  // A directory without known ones below it, of which nothing is said that is not said above, need not be known.
  void add_directories(LaneId id, const std::vector<KeyTable::Rows>& rows, const pk_path_lane& into) {
    const LaneKeys& lane = keys(id);
    std::vector<bool> needed(rows.size());
    for (auto key = static_cast<std::uint32_t>(rows.size()); key-- > 0;) {
      const std::uint32_t parent = lane.parent(key);
      const auto &own = rows[key], &above = rows[parent];
      const bool differs = key == 0 || own[PK_EXACT] != above[PK_CHILD] || own[PK_CHILD] != above[PK_BELOW] ||
                           own[PK_BELOW] != above[PK_BELOW];
      if (!needed[key] && !differs) continue;
      needed[key] = needed[parent] = true;
      keys_.add(pk_tag(into.salt, directory_hash(image_.seed, lane.text(key))), own);
    }
  }

  static void set_base(LaneRows& rows, const std::vector<Asked>& asking, pk_relation relation) {
    std::vector<Answer> answers;
    for (const Asked& one : asking) answers.emplace_back(one.conjunct, one.truth->other[relation]);
    rows.set_base(answers);
  }

  // Calls use(key, row) for each key of the lane.
  template <class Use>
  void each_row(LaneRows& rows, LaneId id, Use use) {
    const std::vector<Said> said = said_of_keys(asked(id));
    std::vector<Answer> answers;
    auto at = said.begin();
    for (std::uint32_t key = 0; key < keys(id).size(); ++key) {
      answers.clear();
      for (; at != said.end() && at->key == key; ++at) answers.emplace_back(at->conjunct, (*at->holds)[PK_EXACT]);
      use(key, rows.row(answers));
    }
  }

  // ---- kinds ----

  void write_deeds(unsigned kind) {
    pk_kind_plan& plan = image_.kinds[kind];
    plan.enforce = plan.audit = PK_NONE;
    const Block& block = draft_.blocks[kind];
    if (block.words == 0) return;
    const auto mask = [&](const std::vector<std::uint32_t>& bits) {
      std::vector<std::uint64_t> words(block.words);
      for (const std::uint32_t bit : bits) words[bit / 64 - block.first] |= 1ull << bit % 64;
      return pool_.place(block, words);
    };
    plan.enforce = mask(deeds_.enforce[kind]);
    plan.audit = mask(deeds_.audit[kind]);
  }

  void write_kind(unsigned kind) {
    pk_kind_plan& plan = image_.kinds[kind];
    plan.first = draft_.blocks[kind].first;
    plan.words = draft_.blocks[kind].words;
    for (Lane lane = 0; lane < PK_LANES; ++lane) write_number({kind, lane}, plan.numbers[lane]);
    write_number({kind, kUserLane}, plan.user);
    write_number({kind, kCallLane}, plan.call);
    write_number({kind, kParentLane}, plan.parent);
    write_addresses({kind, kAddressLane}, plan.address);
    for (unsigned path = 0; path < PK_PATHS; ++path) {
      const bool passed = write_way({kind, kWayLane + path}, plan.numbers[PK_WAY_SLOT(path)]);
      write_path({kind, kPathLane + 2 * path}, plan.paths[path], passed);
    }
  }

  // Which conjuncts ask for a digest: a bit that several share may be in both rows.
  void write_digest() {
    constexpr auto kExec = static_cast<unsigned>(Kind::exec);
    pk_digest_plan& digest = image_.digest;
    digest.asking = PK_NONE;
    if (asked({kExec, kDigestLane}).empty()) return;
    write_number({kExec, kDigestLane}, digest.lane);
    const Block& block = draft_.blocks[kExec];
    std::vector<std::uint64_t> asking(block.words), others(block.words);
    for (const std::uint32_t number : members_[kExec]) {
      const Drafted& one = draft_.conjuncts[number];
      auto& words = one.ask_of(kDigestLane) ? asking : others;
      words[one.bit / 64 - block.first] |= 1ull << one.bit % 64;
    }
    digest.asking = pool_.place(block, asking);
    digest.others = pool_.place(block, others);
  }

  void write_subject() {
    pk_subject_plan& subject = image_.subject;
    write_path({0, kExecutableLane}, subject.executable, false);
    write_number({0, kFlagsLane}, subject.flags);
    write_number({0, kTaskLane}, subject.name);
  }

  // Which lane takes the most of what is scarce: keys and words.
  class Room {
   public:
    Room(Writer& writer, LaneId id) : writer_(writer), id_(id), before_(writer.taken()) {}
    ~Room() {
      const double taken = writer_.taken() - before_;
      if (taken < writer_.most_) return;
      writer_.most_ = taken;
      writer_.fullest_ = id_;
    }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

   private:
    Writer& writer_;
    LaneId id_;
    double before_;
  };

  double taken() const {
    return static_cast<double>(keys_.size()) / PK_KEYS + static_cast<double>(pool_.used()) / PK_BITS;
  }

  const Draft& draft_;
  const Deeds& deeds_;
  pk_image& image_;
  RowPool pool_;
  KeyTable keys_;
  std::vector<std::uint32_t> bits_, all_;
  std::array<std::vector<std::uint32_t>, kKindEnd> members_;
  std::map<LaneId, std::vector<Asked>> asked_;
  LaneId fullest_{};
  double most_ = -1;
};

}  // namespace

std::optional<LaneId> write_image(const Draft& draft, const Deeds& deeds, std::uint64_t seed, pk_image& image) {
  std::optional<LaneId> overflow;
  for (int attempt = 0; attempt < kMostSeeds; ++attempt) {
    std::memset(&image, 0, sizeof image);
    overflow = Writer(draft, deeds, seed, image).write();
    if (!overflow) break;
    seed = pk_mix(seed + 1);
  }
  return overflow;
}

}  // namespace picket::planning
