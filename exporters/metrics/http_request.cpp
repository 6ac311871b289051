// SPDX-License-Identifier: Apache-2.0
#include "exporters/metrics/http_request.h"

#include <algorithm>

namespace picket {
namespace {

struct Reason {
  int status;
  std::string_view text;
};
constexpr Reason kReasons[] = {{200, "OK"},
                               {400, "Bad Request"},
                               {404, "Not Found"},
                               {405, "Method Not Allowed"},
                               {408, "Request Timeout"},
                               {431, "Request Header Fields Too Large"},
                               {503, "Service Unavailable"}};

std::string_view reason_of(int status) {
  const auto* const found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                         [status](const Reason& row) { return row.status == status; });
  return found == std::end(kReasons) ? std::string_view("Unknown") : found->text;
}

// The text's beginning up to a blank, which is taken away with it.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

bool is_plain(char c) { return c > ' ' && c < '\x7f'; }

}  // namespace

// Lines end in CR LF, or, as RFC 9112 lets servers read them, in LF alone.
HttpRequest read_http_request(std::string_view bytes) {
  using State = HttpRequest::State;
  HttpRequest request;
  const bool whole = bytes.find("\r\n\r\n") != bytes.npos || bytes.find("\n\n") != bytes.npos;
  if (!whole) {
    request.state = bytes.size() >= kMostRequestBytes ? State::TooLarge : State::Incomplete;
    return request;
  }
  std::string_view line = bytes.substr(0, bytes.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view method = take_word(line), target = take_word(line);
  request.state = State::Malformed;
  const bool known = line == "HTTP/1.0" || line == "HTTP/1.1";
  if (method.empty() || !known || !target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_plain))
    return request;
  request.head = method == "HEAD";
  request.path = target.substr(0, target.find('?'));
  request.state = request.head || method == "GET" ? State::Complete : State::WrongMethod;
  return request;
}

std::string http_bytes(const HttpAnswer& answer, bool head) {
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason_of(answer.status)) +
                      "\r\nContent-Type: " + std::string(answer.type) +
                      "\r\nContent-Length: " + std::to_string(answer.body.size());
  if (answer.status == 405) bytes += "\r\nAllow: GET, HEAD";
  bytes += "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  if (!head) bytes += answer.body;
  return bytes;
}

}  // namespace picket
