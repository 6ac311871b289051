// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/property_names.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "rules/event/diagnostic.h"

namespace picket {

namespace {

// The list that librdkafka prints for people, with a row "name   |  P  | ..." for each, and headings. No other of its
// lists has the properties that have no value.
std::string property_list() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const list = open_memstream(&text, &size);
  if (list == nullptr) return "";
  rd_kafka_conf_properties_show(list);
  std::fclose(list);
  std::string result(text, size);
  std::free(text);
  return result;
}

}  // namespace

std::string suggest_property(const std::string& name) {
  const std::string list = property_list();
  std::vector<std::string_view> names;
  for (std::string_view rest = list; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty() || std::islower(static_cast<unsigned char>(line[0])) == 0) continue;
    names.push_back(line.substr(0, line.find_first_of(" |")));
  }
  return suggestion(name, names);
}

}  // namespace picket
