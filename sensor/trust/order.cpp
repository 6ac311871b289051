// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/order.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "sensor/trust/encoding.h"
#include "sensor/trust/lines.h"
#include "sensor/trust/own_file.h"
#include "sensor/trust/seal.h"

namespace picket::trust {
namespace {

constexpr std::string_view kRecordTitle = "picket used orders 1";
constexpr std::size_t kMostUsed = 1000;  // that have not expired yet
constexpr std::size_t kLargestRecord = 256u << 10;

Error unreadable(const std::string& path, const std::string& why) {
  return {"cannot tell which orders were used before: " + path + ": " + why,
          "without that one could be used twice; restore the file, or remove it"};
}

}  // namespace

bool is_machine_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string make_nonce() {
  char bytes[32];
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) std::abort();  // cannot be: so few always come at once
  return sha256({bytes, sizeof bytes});
}

std::string print(const Order& order) {
  return "machine " + order.machine + "\noff " + std::to_string(order.seconds) + "\nexpires " +
         std::to_string(order.expires) + "\nnonce " + order.nonce + "\n";
}

std::variant<Order, Diagnostic> parse_order(const std::string& path, std::string_view body, std::size_t first_line) {
  Lines lines(path, body, first_line);
  Order order;
  if (!lines.next() || !lines.take("machine") || !is_machine_id(lines.left())) {
    return lines.expected("'machine' and 32 hexadecimal digits");
  }
  order.machine = lines.left();
  const auto seconds = lines.next() && lines.take("off") ? parse_number(lines.left()) : std::nullopt;
  if (!seconds || *seconds == 0 || *seconds > kLongestOff) {
    return lines.expected("'off' and seconds, from 1 to " + std::to_string(kLongestOff));
  }
  order.seconds = *seconds;
  const auto expires = lines.next() && lines.take("expires") ? parse_number(lines.left()) : std::nullopt;
  if (!expires) return lines.expected("'expires' and the seconds since 1970");
  order.expires = *expires;
  if (!lines.next() || !lines.take("nonce") || !is_sha256(lines.left())) {
    return lines.expected("'nonce' and 64 hexadecimal digits");
  }
  order.nonce = lines.left();
  if (print(order) != body) {
    lines.next();
    return lines.expected("the end of the order");
  }
  return order;
}

Result<std::unique_ptr<Orders>> Orders::open(const std::string& path) {
  const auto text = read_own_file(path, kLargestRecord);
  if (!text) return unreadable(path, text.error().message);
  Used used;
  if (!*text) return std::unique_ptr<Orders>(new Orders(path, std::move(used)));
  Lines lines(path, **text);
  if (!lines.next() || lines.line() != kRecordTitle) return unreadable(path, "its content is none of ours");
  while (lines.next() && !lines.line().empty()) {
    const std::string nonce(lines.line().substr(0, lines.line().find(' ')));
    const auto expires = is_sha256(nonce) && lines.take(nonce) ? parse_number(lines.left()) : std::nullopt;
    if (!expires) return unreadable(path, "its content is none of ours");
    used.emplace(nonce, *expires);
  }
  return std::unique_ptr<Orders>(new Orders(path, std::move(used)));
}

std::variant<Orders::Accepted, Diagnostic> Orders::accept(const std::string& path, std::string_view text,
                                                          std::span<const PublicKey> keys, std::string_view machine,
                                                          std::uint64_t now) {
  const auto opened = open_seal(path, kOrderTitle, text, keys);
  if (const auto* wrong = std::get_if<Diagnostic>(&opened)) return *wrong;
  const auto& [body, key] = std::get<OpenedSeal>(opened);
  const auto parsed = parse_order(path, body, Seal::kFirstBodyLine);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) return *wrong;
  const Order& order = std::get<Order>(parsed);
  if (order.machine != machine) {
    return about(path, "this order is for the machine " + order.machine + ", not for " + std::string(machine));
  }
  if (order.expires <= now) return about(path, "this order has expired", "have a new one made");
  if (order.expires - now > kLongestValidity) {
    return about(path, "this order expires in more than " + std::to_string(kLongestValidity / 86400) + " days");
  }
  if (used_.contains(order.nonce)) return about(path, "this order was used before", "have a new one made");

  Used used = used_;
  std::erase_if(used, [now](const auto& each) { return each.second <= now; });
  if (used.size() >= kMostUsed) return about(path, "too many orders are used and have not expired");
  used.emplace(order.nonce, order.expires);
  std::string record(kRecordTitle);
  for (const auto& [nonce, expires] : used) record += "\n" + nonce + " " + std::to_string(expires);
  int code = write_down(path_ + ".new", record + "\n");
  if (code == 0) code = put_in_place(path_ + ".new", path_);
  if (code != 0) {
    return about(path,
                 "cannot record that this order is used: " + path_ + ": " + std::generic_category().message(code));
  }
  used_ = std::move(used);
  return Accepted{order, key->id()};
}

}  // namespace picket::trust
