// SPDX-License-Identifier: Apache-2.0
//
// Tokens (SASL/OAUTHBEARER) from a file that somebody else keeps fresh: a volume of Kubernetes with a service account's
// token, an agent of the identity provider. The property is that of Java's clients:
//
//   sasl.oauthbearer.token.endpoint.url: file:///run/secrets/kafka/token
//
// The file is read when a token is needed, and again when four fifths of its time are over; while it holds none that
// is valid, every ten seconds.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/event/result.h"

namespace picket {

struct KafkaToken {
  std::string text;      // a JSON Web Token, as it is sent
  std::string who;       // its claim sub; "-" when it has none
  std::int64_t ends_ms;  // its claim exp: milliseconds since 1970
};

// "file:///run/token" -> "/run/token"; nothing when it is another URL.
std::optional<std::string> path_of_token_url(std::string_view url);

// The token may have expired. Who signed it, and for whom, is the broker's to ask. No error has anything of the token.
Result<KafkaToken> read_token_file(const std::string& path);

// Clients of that configuration take their tokens from that file, in the thread that polls them.
void take_tokens_from_file(rd_kafka_conf_t* conf, const std::string& path);

}  // namespace picket
