// SPDX-License-Identifier: Apache-2.0
//
// What values are told apart by in tables of keys.
#pragma once

#include <span>
#include <string>

#include "rules/event/alert.h"

namespace picket {

// Appends bytes that no other values of as many pieces have: type, text and length of each. Missing is a value, too.
void append_distinct(std::string& bytes, std::span<const OutputPiece> pieces, const Event& event, Scratch& scratch);

// Appends the bytes of a number.
template <class Number>
void append_bytes(std::string& bytes, const Number& number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace picket
