// SPDX-License-Identifier: Apache-2.0
//
// What is done so that what rules refuse goes on being refused when this process has ended (enforcement.persistent):
// pins for the programs that refuse, for those that keep what these need of processes and cgroups, and for what the
// next sensor wants to know of the time in between (former.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"
#include "sensor/kernel/notes.h"
#include "sensor/kernel/pins.h"

namespace picket {

// Used from one thread.
class Persistence {
 public:
  // A directory of its own for the pins. Unless keep_links() succeeds it goes away with the object.
  static Result<std::unique_ptr<Persistence>> create();
  ~Persistence();

  Result<void> keep_map(int map, const std::string& name) { return directory_->pin(map, name); }

  // A program at its hook.
  struct KeptLink {
    std::string name;  // of the program
    int descriptor;
  };
  // These and no others are to outlive the process from here on.
  Result<void> keep_links(std::span<const KeptLink> links);

  // An image of that generation is going to be in force: notes are made for it. Then it is, in that map; `image` is its
  // value and must stay until forget_former() was called after another one. What cannot be kept then is said on the
  // log.
  Result<void> prepare(std::uint32_t generation, std::span<const ActingConjunct> acting);
  void change(int map, const pk_image* image);

  // The records of the image before have been read: nobody needs to know of it any more.
  void forget_former();

  // A record was handed out.
  void note(std::span<const std::byte> record);

  // Records were looked for, just now.
  void is_alive(std::uint64_t boot);

  // About once a second: refusals that no ring had room for are known to have been lost, and not to be reported again.
  void tick();

  void enforce(bool yes);

 private:
  explicit Persistence(std::unique_ptr<PinDirectory> directory) : directory_(std::move(directory)) {}

  struct Generation {
    std::uint32_t number = 0;
    Notes notes;
    const pk_image* image = nullptr;
    std::vector<std::uint64_t> last;  // hits at the last tick(), by note
  };
  void unpin(const Generation& generation) const;

  const std::unique_ptr<PinDirectory> directory_;
  std::vector<std::string> links_;  // pins
  bool kept_ = false;
  bool off_ = false;
  Generation current_, former_, next_;
};

}  // namespace picket
