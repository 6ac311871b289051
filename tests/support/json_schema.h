// SPDX-License-Identifier: Apache-2.0
//
// JSON Schema, as far as docs/schema and OCSF's compiled schemas use it (draft-07): enough to say whether a document is
// valid. A keyword that is not known here aborts, so that no part of a schema goes unchecked.
//
// Not valijson: Debian's package of it brings Qt and Poco, 175 packages for one test.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace picket::test {

class JsonSchema {
 public:
  explicit JsonSchema(nlohmann::json root) : root_(std::move(root)) {}

  // "" when the document is valid, otherwise the first reason: "/process/pid: type".
  std::string complaint(const nlohmann::json& document) const { return check(root_, document, ""); }

 private:
  using json = nlohmann::json;
  using Check = std::string (JsonSchema::*)(const json& schema, const json& value, const std::string& at) const;

  std::string check(const json& schema, const json& value, const std::string& at) const {
    static const std::map<std::string, Check> kChecks = {
        {"$ref", &JsonSchema::reference},
        {"maxItems", &JsonSchema::max_items},
        {"type", &JsonSchema::type},
        {"required", &JsonSchema::required},
        {"properties", &JsonSchema::members},
        {"patternProperties", &JsonSchema::annotation},
        {"additionalProperties", &JsonSchema::annotation},
        {"items", &JsonSchema::items},
        {"enum", &JsonSchema::choice},
        {"const", &JsonSchema::constant},
        {"pattern", &JsonSchema::pattern},
        {"minimum", &JsonSchema::minimum},
        {"maximum", &JsonSchema::maximum},
        {"uniqueItems", &JsonSchema::unique},
        {"oneOf", &JsonSchema::one_of},
        {"anyOf", &JsonSchema::any_of},
        {"if", &JsonSchema::condition},
        {"then", &JsonSchema::annotation},
        {"minLength", &JsonSchema::min_length},
        {"maxLength", &JsonSchema::max_length},
        {"minProperties", &JsonSchema::min_properties},
        {"propertyNames", &JsonSchema::names},
        {"$defs", &JsonSchema::annotation},
        {"allOf", &JsonSchema::all_of},
        {"$schema", &JsonSchema::annotation},
        {"$id", &JsonSchema::annotation},
        {"title", &JsonSchema::annotation},
        {"description", &JsonSchema::annotation},
        {"definitions", &JsonSchema::annotation},
        {"contentEncoding", &JsonSchema::annotation},
        {"examples", &JsonSchema::annotation},
        {"$comment", &JsonSchema::annotation},
    };
    if (schema.is_boolean()) return schema.get<bool>() ? "" : at + ": not allowed";
    for (const auto& [keyword, content] : schema.items()) {
      const auto found = kChecks.find(keyword);
      if (found == kChecks.end()) std::abort();
      const std::string why = (this->*found->second)(schema, value, at);
      if (!why.empty()) return why;
    }
    const bool closed = schema.contains("additionalProperties") && !schema.contains("properties");
    return closed ? members(schema, value, at) : "";
  }

  // Each expression is compiled once: that takes longer than all the rest.
  static bool matches(const std::string& expression, const std::string& text) {
    static std::map<std::string, std::regex> compiled;
    auto found = compiled.find(expression);
    if (found == compiled.end()) found = compiled.emplace(expression, std::regex(expression)).first;
    return std::regex_search(text, found->second);
  }

  static std::string fail_unless(bool holds, const std::string& at, const char* keyword) {
    return holds ? "" : at + ": " + keyword;
  }

  std::string annotation(const json&, const json&, const std::string&) const { return ""; }

  std::string reference(const json& schema, const json& value, const std::string& at) const {
    return check(root_.at(json::json_pointer(schema.at("$ref").get<std::string>().substr(1))), value, at);
  }

  static bool has_type(const std::string& name, const json& value) {
    if (name == "integer") return value.is_number_integer();
    if (name == "number") return value.is_number();
    return name == value.type_name();
  }

  std::string type(const json& schema, const json& value, const std::string& at) const {
    const json& types = schema.at("type");
    bool any = types.is_string() && has_type(types, value);
    for (std::size_t i = 0; types.is_array() && i < types.size(); ++i) any |= has_type(types[i], value);
    return fail_unless(any, at, "type");
  }

  std::string required(const json& schema, const json& value, const std::string& at) const {
    for (const json& name : schema.at("required")) {
      if (value.is_object() && !value.contains(name.get<std::string>())) return at + ": lacks " + name.dump();
    }
    return "";
  }

  // properties, patternProperties and additionalProperties of one object, which belong together.
  std::string members(const json& schema, const json& value, const std::string& at) const {
    if (!value.is_object()) return "";
    static const json kNone = json::object();
    const json& patterns = schema.contains("patternProperties") ? schema["patternProperties"] : kNone;
    for (const auto& item : value.items()) {
      const std::string& name = item.key();
      const json& member = item.value();
      bool matched = false;
      const std::string place = at + "/" + name;
      const auto apply = [&](const json& to) {
        matched = true;
        return check(to, member, place);
      };
      std::string why;
      if (schema.contains("properties") && schema["properties"].contains(name)) why = apply(schema["properties"][name]);
      for (const auto& [expression, to] : patterns.items()) {
        if (why.empty() && matches(expression, name)) why = apply(to);
      }
      if (!matched && schema.contains("additionalProperties")) why = apply(schema["additionalProperties"]);
      if (!why.empty()) return why;
    }
    return "";
  }

  std::string items(const json& schema, const json& value, const std::string& at) const {
    if (!value.is_array()) return "";
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string why = check(schema.at("items"), value[i], at + "/" + std::to_string(i));
      if (!why.empty()) return why;
    }
    return "";
  }

  std::string choice(const json& schema, const json& value, const std::string& at) const {
    const json& all = schema.at("enum");
    return fail_unless(std::find(all.begin(), all.end(), value) != all.end(), at, "enum");
  }
  std::string constant(const json& schema, const json& value, const std::string& at) const {
    return fail_unless(schema.at("const") == value, at, "const");
  }
  std::string pattern(const json& schema, const json& value, const std::string& at) const {
    if (!value.is_string()) return "";
    return fail_unless(matches(schema.at("pattern").get<std::string>(), value.get<std::string>()), at, "pattern");
  }
  std::string minimum(const json& schema, const json& value, const std::string& at) const {
    return fail_unless(!value.is_number() || value >= schema.at("minimum"), at, "minimum");
  }
  std::string maximum(const json& schema, const json& value, const std::string& at) const {
    return fail_unless(!value.is_number() || value <= schema.at("maximum"), at, "maximum");
  }
  std::string max_items(const json& schema, const json& value, const std::string& at) const {
    return fail_unless(!value.is_array() || value.size() <= schema.at("maxItems"), at, "maxItems");
  }
  std::string unique(const json& schema, const json& value, const std::string& at) const {
    if (!schema.at("uniqueItems").get<bool>() || !value.is_array()) return "";
    return fail_unless(std::set<json>(value.begin(), value.end()).size() == value.size(), at, "uniqueItems");
  }
  std::string one_of(const json& schema, const json& value, const std::string& at) const {
    int valid = 0;
    for (const json& each : schema.at("oneOf")) valid += check(each, value, at).empty() ? 1 : 0;
    return fail_unless(valid == 1, at, "oneOf");
  }
  std::string any_of(const json& schema, const json& value, const std::string& at) const {
    std::string why;
    for (const json& each : schema.at("anyOf")) {
      why = check(each, value, at);
      if (why.empty()) return "";
    }
    return why + " (anyOf)";
  }
  // if and then, which belong together.
  std::string condition(const json& schema, const json& value, const std::string& at) const {
    return check(schema.at("if"), value, at).empty() ? check(schema.at("then"), value, at) : "";
  }
  std::string max_length(const json& schema, const json& value, const std::string& at) const {
    const bool fits = !value.is_string() || value.get<std::string>().size() <= schema.at("maxLength");
    return fail_unless(fits, at, "maxLength");
  }
  std::string min_length(const json& schema, const json& value, const std::string& at) const {
    const bool fits = !value.is_string() || value.get<std::string>().size() >= schema.at("minLength");
    return fail_unless(fits, at, "minLength");
  }
  std::string min_properties(const json& schema, const json& value, const std::string& at) const {
    return fail_unless(!value.is_object() || value.size() >= schema.at("minProperties"), at, "minProperties");
  }
  std::string names(const json& schema, const json& value, const std::string& at) const {
    if (!value.is_object()) return "";
    for (const auto& item : value.items()) {
      const std::string why = check(schema.at("propertyNames"), item.key(), at + "/" + item.key());
      if (!why.empty()) return why;
    }
    return "";
  }
  std::string all_of(const json& schema, const json& value, const std::string& at) const {
    for (const json& each : schema.at("allOf")) {
      const std::string why = check(each, value, at);
      if (!why.empty()) return why;
    }
    return "";
  }

  json root_;
};

}  // namespace picket::test
