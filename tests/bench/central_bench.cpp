// SPDX-License-Identifier: Apache-2.0
//
// picket central, from messages to alerts: 100,000 events of all kinds, of many processes of some hosts, with the
// built-in rules. Against the parser alone, which reads the same bytes once and looks into nothing.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <chrono>
#include <random>

#include "rules/compile/compile.h"
#include "rules/event/outcome.h"
#include "rules/policy/documents.h"
#include "sensor/central/evaluation.h"
#include "sensor/central/event_reader.h"
#include "tests/support/memory_sink.h"
#include "tests/support/native_line.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

constexpr std::size_t kEvents = 100'000;
constexpr std::uint32_t kProcesses = 200;  // whose events are mixed; a few dozen events of one, until it is another

class Messages {
 public:
  Messages() {
    auto records = test::one_of_every_kind();
    std::erase_if(records, [this](auto& record) {
      return !kDone.contains(record->event(sample_.process, &sample_.names).kind());
    });
    std::mt19937 random(1);
    Scratch scratch;
    std::vector<std::unique_ptr<test::SampleAlert>> processes;
    std::vector<std::unique_ptr<NativeJson>> writers;
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
      auto& process = *processes.emplace_back(std::make_unique<test::SampleAlert>());
      process.process.pid = process.process.vpid = 1000 + i;
      process.process.key = pk_process_key(1000 + i, process.process.start_time);
      process.revise();
      writers.push_back(std::make_unique<NativeJson>(process.host));
    }
    TextBuffer out;
    for (std::size_t i = 0; i < kEvents; ++i) {
      auto& of = *processes[random() % kProcesses];
      auto& record = *records[random() % records.size()];
      const_cast<pk_header&>(*record.event(of.process, &of.names).header).time = 63'000'000'000 + i * 1000;
      out.clear();
      writers[i % kProcesses]->append(out, of.alert(record), scratch);
      begins_.push_back(text_.size());
      text_ += out.view();
    }
    begins_.push_back(text_.size());
    text_.append(128, ' ');
  }

  std::size_t size() const { return kEvents; }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(text_).substr(begins_[i], begins_[i + 1] - begins_[i]);
  }

 private:
  test::SampleAlert sample_;
  std::string text_;
  std::vector<std::size_t> begins_;
};

const Messages& messages() {
  static const Messages all;
  return all;
}

class Central {
 public:
  void take(std::size_t i) {
    if (reader_.read(messages()[i])) std::abort();
    evaluation_.evaluate(reader_.event(), reader_.host(), {0, static_cast<std::int64_t>(i)});
  }
  std::uint64_t alerts() const { return evaluation_.alerts(); }

 private:
  std::size_t bytes_ = 0;
  Policy policy_ = compile(policy::load({PICKET_SOURCE_DIR "/rules/builtin"})).policy;
  Host host_{"central-1", "cccccccccccccccccccccccccccccccc"};
  Outputs outputs_{host_, test::call_sinks([this](const Message& message) { bytes_ += message.text.size(); })};
  central::EventReader reader_;
  central::Evaluation evaluation_{policy_, "picket", host_, outputs_};
};

// As fast as the library is, without looking at anything: every member is passed over.
void parse(simdjson::ondemand::parser& parser, std::string_view text) {
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object)) std::abort();
  for (auto field : object) benchmark::DoNotOptimize(field.error());
}

// By turns of a thousand events. items_per_second is that of the member; `of_parser` is its time by the parser's.
void central_messages(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  Central central;
  simdjson::ondemand::parser parser;
  messages();  // made before anything is measured
  Clock::duration own{}, parsed{};
  constexpr std::size_t kTurn = 1000;
  std::size_t at = 0, done = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    for (std::size_t i = at; i < at + kTurn; ++i) central.take(i);
    const auto middle = Clock::now();
    for (std::size_t i = at; i < at + kTurn; ++i) parse(parser, messages()[i]);
    parsed += Clock::now() - middle;
    own += middle - begin;
    state.SetIterationTime(std::chrono::duration<double>(middle - begin).count());
    at = (at + kTurn) % messages().size();
    done += kTurn;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  state.counters["of_parser"] = static_cast<double>(own.count()) / static_cast<double>(parsed.count());
  state.counters["alerts_each"] = static_cast<double>(central.alerts()) / static_cast<double>(done);
  state.counters["bytes_each"] = static_cast<double>(messages()[0].size());
}
BENCHMARK(central_messages)->UseManualTime();

}  // namespace
}  // namespace picket
