// JSON Schema of all configs, for editors.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "engine/config/whole.hpp"
#include "tsd/engine/config.hpp"

namespace tsd {

using namespace config;
using Json = nlohmann::ordered_json;

namespace {

template <class T>
struct JsonType;
template <> struct JsonType<bool> { static constexpr const char* name = "boolean"; };
template <> struct JsonType<int> { static constexpr const char* name = "integer"; };
template <> struct JsonType<std::int64_t> { static constexpr const char* name = "integer"; };
template <> struct JsonType<std::uint64_t> { static constexpr const char* name = "integer"; };
template <> struct JsonType<double> { static constexpr const char* name = "number"; };
template <> struct JsonType<std::string> { static constexpr const char* name = "string"; };

void add_bounds(const Field& field, Json& schema) {
  if (std::isfinite(field.low)) schema[field.low_exclusive ? "exclusiveMinimum" : "minimum"] = field.low;
  if (std::isfinite(field.high)) schema[field.high_exclusive ? "exclusiveMaximum" : "maximum"] = field.high;
  if (!field.choices.empty()) schema["enum"] = field.choices;
}

template <class T>
Json type_of(const Field& field, const T*, bool) {
  Json schema = {{"type", JsonType<T>::name}};
  add_bounds(field, schema);
  return schema;
}

template <class T>
Json type_of(const Field& field, const std::optional<T>*, bool) {
  return {{"anyOf", {type_of(field, static_cast<const T*>(nullptr), false), {{"type", "null"}}}}};
}

template <class T>
Json type_of(const Field& field, const std::vector<T>*, bool outermost) {
  Json schema = {{"type", "array"}, {"items", type_of(field, static_cast<const T*>(nullptr), false)}};
  if (outermost && field.min_length > 0) schema["minItems"] = field.min_length;
  if (outermost && field.max_length < std::numeric_limits<std::size_t>::max()) schema["maxItems"] = field.max_length;
  return schema;
}

template <class T>
Json value_of(const T& value) { return value; }
template <class T>
Json value_of(const std::optional<T>& value) { return value ? Json(*value) : Json(nullptr); }

Json schema_of(const Field& field) {
  Json schema = std::visit([&](const auto* target) { return type_of(field, target, true); }, field.target);
  schema["description"] = field.meaning + (field.unit_text.empty() ? "" : " [" + field.unit_text + "]");
  if (!field.is_required) schema["default"] = std::visit([](const auto* target) { return value_of(*target); }, field.target);
  return schema;
}

Json schema_of(const Schema& group) {
  Json properties = Json::object();
  for (const Field& field : group.fields()) properties[field.key] = schema_of(field);
  for (const Schema::Group& sub : group.groups()) {
    properties[sub.key] = schema_of(*sub.schema);
    properties[sub.key]["description"] = sub.meaning;
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

Json schema_of(const Family& family) {
  const Whole whole(family);
  Json schema = schema_of(whole.schema);
  schema["title"] = family.title;
  const Json file = {{"type", "string"}};
  schema["properties"]["extends"] = {{"description", "configs to start from, relative to this file"},
                                     {"anyOf", {file, {{"type", "array"}, {"items", file}}}}};
  const Json block = {{"type", "object"},
                      {"additionalProperties", false},
                      {"minProperties", 1},
                      {"maxProperties", 1},
                      {"properties", {{"grid", {{"type", "object"}}}, {"list", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
  schema["properties"]["sweep"] = {{"type", "object"},
                                   {"description", "indices and what they stand for"},
                                   {"additionalProperties", false},
                                   {"properties", {{"first_index", {{"type", "integer"}, {"minimum", 0}}}, {"blocks", {{"type", "array"}, {"items", block}}}}}};
  return schema;
}

}  // namespace

std::string json_schema(std::span<const Family> families) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "tsd config"}, {"anyOf", Json::array()}};
  for (const Family& family : families) schema["anyOf"].push_back(schema_of(family));
  return schema.dump(2) + "\n";
}

}  // namespace tsd
