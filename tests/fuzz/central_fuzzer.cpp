// SPDX-License-Identifier: Apache-2.0
//
// Messages of a Kafka topic are anybody's bytes. Whatever is taken for an event has a value of every field, and what is
// written of it is the same event again.
#include <cstdlib>

#include "exporters/format/native.h"
#include "rules/event/catalogue.h"
#include "sensor/central/event_reader.h"

namespace {

using namespace picket;

std::string written(const central::EventReader& reader, Scratch& scratch) {
  Alert alert;
  alert.event = &reader.event();
  TextBuffer out;
  NativeJson(reader.host()).append(out, alert, scratch);
  return std::string(out.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static central::EventReader reader;
  static Scratch scratch;
  scratch.clear();
  if (reader.read({reinterpret_cast<const char*>(data), size})) return 0;
  for (const Field& field : all_fields()) {
    (void)field.get(reader.event(), field.argument == Argument::None ? -1 : 0, scratch);
  }
  const std::string once = written(reader, scratch);
  if (reader.read(once) || written(reader, scratch) != once) std::abort();
  return 0;
}
