// SPDX-License-Identifier: Apache-2.0
//
// Orders: that one machine's sensor may stop refusing for a while, under the authority of a trusted key. A sealed text
// (seal.h) that `picket enforce token` makes, and that works once:
//
//   picket enforcement order 1
//   key 2d711642b7...
//   machine 4c4c4544003...           /etc/machine-id of the one machine that it is for
//   off 600                          for so many seconds at most
//   expires 1763757073               since 1970: it has to be used before
//   nonce 9f86d081884...             SHA-256 of random bytes: no two orders are the same
//   signature q83vEjRWeJ...==
//
// Against replay: the nonces of orders that were used are kept in a file until they have expired, also over a restart.
// An order that cannot be recorded there is refused. Whoever can change root's files, or root's clock, could use one
// again, and could do worse.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/event/result.h"
#include "sensor/trust/keys.h"

namespace picket::trust {

inline constexpr std::string_view kOrderTitle = "picket enforcement order 1";
inline constexpr std::uint64_t kLongestOff = 24 * 3600;           // seconds
inline constexpr std::uint64_t kLongestValidity = 7 * 24 * 3600;  // seconds from when it is used to when it expires
inline constexpr std::size_t kLargestOrder = 2048;                // bytes

struct Order {
  std::string machine;        // 32 hexadecimal digits
  std::uint64_t seconds = 0;  // 1 to kLongestOff
  std::uint64_t expires = 0;  // seconds since 1970
  std::string nonce;          // 64 hexadecimal digits

  bool operator==(const Order&) const = default;
};

// The lines of the body, and back. Strict: each order has one text.
std::string print(const Order& order);
std::variant<Order, Diagnostic> parse_order(const std::string& path, std::string_view body, std::size_t first_line);

bool is_machine_id(std::string_view text);
// From the system's random numbers.
std::string make_nonce();

// The orders that were used. Used from one thread at a time.
class Orders {
 public:
  // Reads `record`, the file of used nonces; what happens to the file later changes nothing.
  static Result<std::unique_ptr<Orders>> open(const std::string& record);

  struct Accepted {
    Order order;
    std::string key;  // the id of whose it is
  };
  // Whether the order is signed by one of the keys, for this machine, has not expired at `now` (seconds since 1970) and
  // was not used before. Then it counts as used. Waits for the disk. `path` is used in messages.
  std::variant<Accepted, Diagnostic> accept(const std::string& path, std::string_view text,
                                            std::span<const PublicKey> keys, std::string_view machine,
                                            std::uint64_t now);

 private:
  using Used = std::map<std::string, std::uint64_t>;  // nonces, with when they expire

  Orders(std::string path, Used used) : path_(std::move(path)), used_(std::move(used)) {}

  std::string path_;
  Used used_;
};

}  // namespace picket::trust
