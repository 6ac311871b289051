// SPDX-License-Identifier: Apache-2.0
//
// OutputStream: one format, and the sinks that want it. What they want is written once, however many they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/format/formats.h"
#include "exporters/format/human.h"
#include "exporters/sink/sink.h"
#include "rules/event/alert.h"

namespace picket {

// What sinks may choose by, and file under, of something that is to be written.
struct Topic {
  std::uint64_t time = 0;  // boot clock: of the hook; 0: none, or one of another time
  std::uint64_t id = 0;    // of an alert
  MessageType type = MessageType::Notice;
  Priority priority = Priority::Notice;
  std::string_view rule = {};
  std::span<const std::string> tags = {};
  std::string_view kind = {};        // static
  std::string_view container = {};   // its id
  const Process* process = nullptr;  // nullptr: none
};

// Used from one thread. Allocates nothing per message once its buffers have grown.
class OutputStream {
 public:
  // A format for machines, or nullptr for people; `colour` is for those.
  OutputStream(const Format* format, bool colour, const Host& host);

  bool is(const Format* format, bool colour) const { return format_ == format && colour_ == colour; }
  void add(Sink& sink);  // which outlives it

  // Writes it behind what is kept, when a sink wants it.
  template <class Subject>
  void write(const Topic& topic, const Subject& subject, Scratch& scratch) {
    if (!choose(topic)) return;
    if (formatter_) {
      formatter_->append(text_, subject, scratch);
    } else {
      append_human(human_, subject, colour_, scratch);
      text_.append(human_);
      human_.clear();
    }
    keep(topic);
  }

  // What comes next is of that host. Costs what making a formatter costs when it is another one.
  void set_host(const Host& host);

  std::size_t size() const { return text_.size(); }  // of what is kept, in bytes

  std::uint64_t written() const { return put_out_ + text_.size(); }  // bytes of all that was written

  // Gives every sink what it wants of it.
  void put_out();

 private:
  struct Line {
    std::size_t end;     // of its text; it begins where the one before ends
    std::size_t labels;  // where its labels end; likewise
    std::uint64_t time, id;
    std::uint32_t rule, container;
    MessageType type;
    Priority priority;
    std::string_view kind;
  };
  struct Reader {
    Sink* sink;
    bool wants_all;
    std::vector<std::uint32_t> wanted;  // which lines, unless it wants all
  };

  bool choose(const Topic& topic);
  void keep(const Topic& topic);
  void make_messages();

  const Format* format_;
  bool colour_;
  std::string host_name_, boot_id_;
  std::unique_ptr<Formatter> formatter_;  // none: for people
  std::vector<Reader> readers_;
  bool labels_ = false;  // a sink asks for them
  TextBuffer text_;
  std::uint64_t put_out_ = 0;  // bytes
  std::string human_;
  TextBuffer label_text_;  // rule, container and process of each line
  std::vector<Line> lines_;
  std::vector<Message> messages_, chosen_;  // while they are put out
};

}  // namespace picket
