// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/formats.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "exporters/format/ecs.h"
#include "exporters/format/falco.h"
#include "exporters/format/native.h"
#include "exporters/format/ocsf.h"

namespace picket {
namespace {

// Formats that keep nothing: a function for each thing that they write.
template <class Subject>
using Append = void (*)(TextBuffer& out, const Subject& subject, const Host& host, Scratch& scratch);

template <Append<Alert> alert, Append<Event> event, Append<Throttled> throttled, Append<EnforcementChange> change,
          Append<Undelivered> undelivered>
class Forgetful final : public Formatter {
 public:
  explicit Forgetful(Host host) : host_(std::move(host)) {}

  void append(TextBuffer& out, const Alert& subject, Scratch& scratch) override { alert(out, subject, host_, scratch); }
  void append(TextBuffer& out, const Event& subject, Scratch& scratch) override { event(out, subject, host_, scratch); }
  void append(TextBuffer& out, const Throttled& subject, Scratch& scratch) override {
    throttled(out, subject, host_, scratch);
  }
  void append(TextBuffer& out, const EnforcementChange& subject, Scratch& scratch) override {
    change(out, subject, host_, scratch);
  }
  void append(TextBuffer& out, const Undelivered& subject, Scratch& scratch) override {
    undelivered(out, subject, host_, scratch);
  }

 private:
  Host host_;
};

using Falco = Forgetful<append_falco, append_falco, append_falco, append_falco, append_falco>;
using Ocsf = Forgetful<append_ocsf, append_ocsf, append_ocsf, append_ocsf, append_ocsf>;
using Ecs = Forgetful<append_ecs, append_ecs, append_ecs, append_ecs, append_ecs>;

template <class Made>
std::unique_ptr<Formatter> make(Host host) {
  return std::make_unique<Made>(std::move(host));
}

constexpr Format kFormats[] = {
    {"native", "Picket's own JSON (docs/schema)", make<NativeJson>},
    {"falco", "Falco's JSON output", make<Falco>},
    {"ocsf", "OCSF 1.8.0: Detection Findings with their evidence", make<Ocsf>},
    {"ecs", "Elastic Common Schema", make<Ecs>},
};

}  // namespace

std::span<const Format> all_formats() { return kFormats; }

const Format* find_format(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [name](const Format& row) { return row.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace picket
