// SPDX-License-Identifier: Apache-2.0
//
// picket central.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "exporters/kafka/settings.h"
#include "rules/event/time.h"
#include "sensor/central/member.h"
#include "sensor/central/metrics.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/metrics_endpoint.h"

namespace picket::cli {
namespace {

constexpr std::chrono::milliseconds kConnectWait{10'000};

Result<KafkaConsumerSettings> settings_of(const Config& config, const CentralRequest& request) {
  const std::string& from = request.from.empty() ? config.central.from : request.from;
  if (from.empty()) {
    return Error{"it is not said where events come from",
                 "--from kafka://HOST:PORT/TOPIC, or from in the section central"};
  }
  auto settings = parse_kafka_url(from);
  if (!settings) return settings.error();
  settings->group = request.group.empty() ? config.central.group : request.group;
  settings->properties = config.central.properties;
  settings->from_beginning = request.from_beginning;
  if (request.since) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    settings->since_ms = std::max<std::int64_t>(now - static_cast<std::int64_t>(*request.since / 1'000'000), 0);
  }
  return settings;
}

// Alerts that come back as events would make alerts without end.
Result<void> check_outputs(const Config& config, const KafkaConsumerSettings& from) {
  for (const SinkConfig& sink : config.sinks) {
    if (sink.type->name != "kafka") continue;
    const auto topics = TopicTemplate::parse(sink.settings.get("topic", KafkaSettings{}.topic))->all();
    if (std::find(topics.begin(), topics.end(), from.topic) == topics.end()) continue;
    return Error{"the output " + sink.name + " writes to the topic that is read, " + from.topic,
                 "give the alerts of central a topic of their own"};
  }
  return {};
}

// What was read and found, and how fast: for people, on standard error.
void say_report(const central::Member& member, const central::Evaluation& evaluation, double seconds) {
  const auto messages = member.counts().messages;
  std::fprintf(stderr, "picket: %llu messages, %llu events, %llu alerts, %.3f seconds\n",
               static_cast<unsigned long long>(messages), static_cast<unsigned long long>(evaluation.events()),
               static_cast<unsigned long long>(evaluation.alerts()), seconds);
  const std::string problems = describe_problems(member.counts());
  if (!problems.empty()) std::fprintf(stderr, "picket: no events: %s\n", problems.c_str());
}

// Lives as long as somebody may ask: the endpoint's thread reads `health`.
struct Endpoint {
  Health health{"picket central starts: no broker has let it in yet"};
  std::unique_ptr<MetricsEndpoint> server;  // nullptr: not asked for
};

Result<std::unique_ptr<Endpoint>> open_endpoint(const std::optional<ListenAddress>& address) {
  auto endpoint = std::make_unique<Endpoint>();
  if (!address) return endpoint;
  auto opened = MetricsEndpoint::open(*address, endpoint->health);
  if (!opened) return opened.error();
  endpoint->server = std::move(*opened);
  return endpoint;
}

ExitCode run_member(const Config& config, const CentralRequest& request, const KafkaConsumerSettings& settings,
                    const Policy& policy) {
  const Host host = read_host(config.host_root);
  auto outputs = open_outputs(config, host);
  if (!outputs) {
    say(outputs.error());
    return ExitCode::Failure;
  }
  const auto endpoint = open_endpoint(request.metrics_listen);
  if (!endpoint) {
    say(endpoint.error());
    return ExitCode::Failure;
  }
  const Signals& signals = handle_signals(false);
  central::Evaluation evaluation(policy, settings.topic, host, *outputs);
  central::Member member(evaluation, *outputs, signals.stop);
  auto consumer = KafkaConsumer::open(settings, member, kConnectWait);
  if (!consumer) {
    say(consumer.error());
    return ExitCode::Failure;
  }
  spdlog::info("reads {} as a member of the group {}", settings.topic, settings.group);
  const central::MemberSources sources{.member = member,
                                       .evaluation = evaluation,
                                       .outputs = *outputs,
                                       .consumer = **consumer,
                                       .started = boot_clock() + static_cast<std::uint64_t>(wall_clock_offset()),
                                       .rules = policy.rules.size()};
  Health& health = (*endpoint)->health;
  member.on_turn([&sources, &health, server = (*endpoint)->server.get()] {
    health.turned(boot_clock());
    if (server != nullptr) server->look([&sources] { return central::measure(sources); });
  });
  health.ready(boot_clock());
  const auto begin = std::chrono::steady_clock::now();
  const auto ended = member.run(**consumer);
  const auto end = std::chrono::steady_clock::now();
  health.ending();
  consumer->reset();
  outputs->finish();
  for (const std::string& loss : outputs->losses()) spdlog::error("{}", loss);
  say_report(member, evaluation, std::chrono::duration<double>(end - begin).count());
  if (ended) say(*ended);
  return ended ? ExitCode::Failure : ExitCode::Ok;
}

}  // namespace

ExitCode central(const Config& config, const CentralRequest& request) {
  const auto settings = settings_of(config, request);
  if (!settings) {
    say(settings.error());
    return ExitCode::Usage;
  }
  if (const auto fine = check_outputs(config, *settings); !fine) {
    say(fine.error());
    return ExitCode::Usage;
  }
  const LoadedPolicy loaded = load_policy(config.rules);
  if (!loaded.ok) return ExitCode::Rules;
  if (loaded.policy.rules.empty()) {
    spdlog::error("no rule is enabled: there is nothing to look for");
    return ExitCode::Rules;
  }
  for (const std::string& limit : central::limits_of(loaded.policy)) spdlog::warn("{}", limit);
  return run_member(config, request, *settings, loaded.policy);
}

}  // namespace picket::cli
