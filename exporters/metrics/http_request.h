// SPDX-License-Identifier: Apache-2.0
//
// The little of HTTP that scraping needs: one GET or HEAD, without a body, for each connection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace picket {

inline constexpr std::size_t kMostRequestBytes = 8192;  // head, all its lines

struct HttpRequest {
  enum class State {
    Incomplete,  // more bytes may make it one
    Complete,
    Malformed,    // 400
    WrongMethod,  // 405
    TooLarge,     // 431
  } state = State::Incomplete;
  bool head = false;      // only the head of the answer is wanted
  std::string_view path;  // of the bytes; what follows a '?' is cut off
};

// Of the bytes that came so far, which may be anything.
HttpRequest read_http_request(std::string_view bytes);

struct HttpAnswer {
  int status = 200;
  std::string_view type = "text/plain; charset=utf-8";
  std::string body;
};

// The bytes of the answer, after which the connection ends.
std::string http_bytes(const HttpAnswer& answer, bool head);

}  // namespace picket
