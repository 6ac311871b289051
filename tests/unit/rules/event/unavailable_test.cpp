// SPDX-License-Identifier: Apache-2.0
//
// What is said of names that are no fields.
#include "rules/event/unavailable.h"

#include <gtest/gtest.h>

#include <set>

#include "rules/event/catalogue.h"

namespace picket {
namespace {

TEST(Unavailable, RowsAreWholeAndNoFieldsOfOurs) {
  std::set<std::string_view> names;
  for (const Unavailable& row : unavailable_fields()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.why.empty()) << row.name;
    EXPECT_FALSE(row.instead.empty()) << row.name;
  }
  for (const Field& field : all_fields()) EXPECT_EQ(find_unavailable(field.name), nullptr) << field.name;
}

TEST(Unavailable, Names) {
  const struct {
    std::string_view name, message, hint;
  } rows[] = {
      {"fd.sproto", "field 'fd.sproto' is not known here: names of ports depend on the host's /etc/services",
       "use fd.sport"},
      {"k8s.svc.name", "field 'k8s.svc.name' is not known here: the Kubernetes API is not asked",
       "use k8s.pod.name or k8s.pod.labels"},
      {"evt.type.is.open", "field 'evt.type.is.open' is not known here: it is a second way to write evt.type",
       "write 'evt.type = open' for evt.type.is.open"},
      {"k8s.svc.", "unknown field 'k8s.svc.'", ""},
      {"proc.nmae", "unknown field 'proc.nmae'", "did you mean 'proc.name'?"},
      {"no.such.thing", "unknown field 'no.such.thing'", ""},
  };
  for (const auto& row : rows) {
    const UnknownField unknown = unknown_field(row.name);
    EXPECT_EQ(unknown.message, row.message);
    EXPECT_EQ(unknown.hint, row.hint);
  }
}

}  // namespace
}  // namespace picket
