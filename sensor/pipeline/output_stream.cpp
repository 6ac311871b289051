// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/output_stream.h"

#include "exporters/format/fields.h"

namespace picket {
namespace {

void append_entity_id(TextBuffer& text, std::string_view boot_id, pk_key key) {
  char digits[kHexSize];
  put_hex(digits, key);
  text.append(boot_id);
  text.append("-");
  text.append({digits, sizeof digits});
}

}  // namespace

OutputStream::OutputStream(const Format* format, bool colour, const Host& host)
    : format_(format),
      colour_(colour),
      host_name_(host.name),
      boot_id_(host.boot_id),
      formatter_(format == nullptr ? nullptr : format->make(host)) {}

void OutputStream::set_host(const Host& host) {
  if (host.name == host_name_ && host.boot_id == boot_id_) return;
  host_name_ = host.name;
  boot_id_ = host.boot_id;
  if (format_ != nullptr) formatter_ = format_->make(host);
}

void OutputStream::add(Sink& sink) {
  readers_.push_back({&sink, sink.traits().filter.everything(), {}});
  labels_ = labels_ || sink.traits().labels;
}

// Notes who wants the line that comes next; false when nobody does.
bool OutputStream::choose(const Topic& topic) {
  bool any = false;
  for (Reader& reader : readers_) {
    const bool wants =
        reader.wants_all || reader.sink->traits().filter.wants(topic.type, topic.priority, topic.rule, topic.tags);
    any = any || wants;
    if (wants && !reader.wants_all) reader.wanted.push_back(static_cast<std::uint32_t>(lines_.size()));
  }
  return any;
}

// What the topic's views point to may go before the lines are put out.
void OutputStream::keep(const Topic& topic) {
  Line& line = lines_.emplace_back();
  line.end = text_.size();
  line.time = topic.time;
  line.id = topic.id;
  line.type = topic.type;
  line.priority = topic.priority;
  line.kind = topic.kind;
  if (labels_) {
    label_text_.append(topic.rule);
    label_text_.append(topic.container);
    if (topic.process != nullptr) append_entity_id(label_text_, boot_id_, topic.process->key);
    line.rule = static_cast<std::uint32_t>(topic.rule.size());
    line.container = static_cast<std::uint32_t>(topic.container.size());
  }
  line.labels = label_text_.size();
}

void OutputStream::make_messages() {
  messages_.clear();
  const std::string_view text = text_.view(), labels = label_text_.view();
  std::size_t begin = 0, label = 0;
  for (const Line& line : lines_) {
    Message& message = messages_.emplace_back();
    message.time = line.time;
    message.id = line.id;
    message.type = line.type;
    message.priority = line.priority;
    message.text = text.substr(begin, line.end - begin);
    message.kind = line.kind;
    if (line.labels != label) {
      message.rule = labels.substr(label, line.rule);
      message.container = labels.substr(label + line.rule, line.container);
      const std::size_t process = label + line.rule + line.container;
      message.process = labels.substr(process, line.labels - process);
    }
    begin = line.end;
    label = line.labels;
  }
}

void OutputStream::put_out() {
  if (lines_.empty()) return;
  make_messages();
  for (Reader& reader : readers_) {
    if (reader.wants_all) {
      reader.sink->take(messages_);
      continue;
    }
    chosen_.clear();
    for (const std::uint32_t line : reader.wanted) chosen_.push_back(messages_[line]);
    reader.wanted.clear();
    if (!chosen_.empty()) reader.sink->take(chosen_);
  }
  put_out_ += text_.size();
  text_.clear();
  label_text_.clear();
  lines_.clear();
}

}  // namespace picket
