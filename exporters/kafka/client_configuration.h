// SPDX-License-Identifier: Apache-2.0
//
// KafkaSettings -> librdkafka's configuration, with every mistake that can be found without a broker said in words. No
// value of a property that is a secret is ever in an error.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "exporters/kafka/consumer.h"
#include "exporters/kafka/settings.h"
#include "rules/event/result.h"

namespace picket {

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using ClientConfiguration = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

Result<ClientConfiguration> make_client_configuration(const KafkaSettings& settings);

// What of that can be found anywhere: no certificate and no token is read, which may be on another machine.
Result<void> check_client_properties(const KafkaSettings& settings);

// The same of a member of a group.
Result<ClientConfiguration> make_consumer_configuration(const KafkaConsumerSettings& settings);

// The files that properties name: readable, certificates in them, and valid today. `path` may be a directory when it is
// for authorities.
Result<void> check_certificate_file(const std::string& property, const std::string& path);

// What that property is now: "65536". Empty when it has no value.
std::string client_property(const rd_kafka_conf_t* conf, const char* name);

}  // namespace picket
