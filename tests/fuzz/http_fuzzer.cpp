// SPDX-License-Identifier: Apache-2.0
//
// Requests to the endpoint for metrics: any bytes are read without a fault, in pieces as at once, and a path that comes
// out is plain text of the request.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporters/metrics/http_request.h"
#include "exporters/metrics/http_server.h"

using picket::HttpRequest;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HttpRequest whole = picket::read_http_request(bytes);
  if (whole.state == HttpRequest::State::Complete) {
    expect(whole.path.starts_with('/') && whole.path.data() > bytes.data());
    expect(whole.path.data() + whole.path.size() <= bytes.data() + bytes.size());
    for (const char c : whole.path) expect(c > ' ' && c < '\x7f' && c != '?');
  }
  if (whole.state == HttpRequest::State::Incomplete) expect(size < picket::kMostRequestBytes);

  // What decides about it does not change when more comes.
  const auto half = picket::read_http_request(bytes.substr(0, size / 2));
  if (half.state != HttpRequest::State::Incomplete && half.state != HttpRequest::State::TooLarge) {
    expect(half.state == whole.state && half.path == whole.path);
  }
  (void)picket::parse_listen_address(bytes);
  return 0;
}
