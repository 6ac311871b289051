// SPDX-License-Identifier: Apache-2.0
//
// Conditions from arbitrary bytes: parsing never fails other than by an error that points into the text, and what was
// parsed can be printed, parsed again and copied without change.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "rules/language/parser.h"

namespace {

using namespace picket::language;

void require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text);
  if (const auto* error = std::get_if<SyntaxError>(&parsed)) {
    require(!error->message.empty());
    require(error->span.offset <= size && error->span.length <= size - error->span.offset);
    return 0;
  }
  const Node& tree = *std::get<NodePtr>(parsed);
  require(tree.span.offset <= size && tree.span.length <= size - tree.span.offset);
  require(nesting(tree) <= kMaxNesting);

  const std::string printed = print(tree);
  const auto again = parse(printed);
  require(std::holds_alternative<NodePtr>(again));
  require(print(*std::get<NodePtr>(again)) == printed);
  require(print(*clone(tree)) == printed);
  return 0;
}
