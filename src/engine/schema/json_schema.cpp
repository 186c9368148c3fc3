// JSON Schema of all configs, for editors.
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/config/settings.hpp"
#include "engine/config/text.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/words.hpp"
#include "tsd/engine/config/config.hpp"

namespace tsd {

using namespace config;
using Json = nlohmann::ordered_json;

namespace {

template <class T>
struct JsonType;
template <>
struct JsonType<bool> {
  static constexpr const char* name = "boolean";
};
template <>
struct JsonType<int> {
  static constexpr const char* name = "integer";
};
template <>
struct JsonType<std::int64_t> {
  static constexpr const char* name = "integer";
};
template <>
struct JsonType<std::uint64_t> {
  static constexpr const char* name = "integer";
};
template <>
struct JsonType<double> {
  static constexpr const char* name = "number";
};
template <>
struct JsonType<std::string> {
  static constexpr const char* name = "string";
};

void add_bounds(const Field& field, Json& schema) {
  if (std::isfinite(field.low)) schema[field.low_exclusive ? "exclusiveMinimum" : "minimum"] = field.low;
  if (std::isfinite(field.high)) schema[field.high_exclusive ? "exclusiveMaximum" : "maximum"] = field.high;
  if (!field.choices.empty() && !field.path_must_exist) schema["enum"] = field.choices;
}

template <class T>
Json type_of(const Field& field, const T*, bool) {
  Json schema = {{"type", JsonType<T>::name}};
  add_bounds(field, schema);
  if (std::is_unsigned_v<T> && !std::is_same_v<T, bool> && !schema.contains("minimum")) schema["minimum"] = 0;
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
  if (outermost && field.max_length < std::numeric_limits<std::size_t>::max())
    schema["maxItems"] = field.max_length;
  if (outermost && field.single_allowed) return {{"anyOf", {schema["items"], schema}}};
  return schema;
}

template <class T>
Json value_of(const T& value) {
  return value;
}
template <class T>
Json value_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json schema_of(const Field& field) {
  Json schema = std::visit([&](const auto* target) { return type_of(field, target, true); }, field.target);
  schema["description"] = field.meaning + (field.unit_text.empty() ? "" : " [" + field.unit_text + "]");
  if (field.changeable) schema["x-fork"] = true;  // for programs: a fork may change it
  if (field.is_required) return schema;
  Json value = std::visit([](const auto* target) { return value_of(*target); }, field.target);
  const bool infinite =
      value.is_number_float() && !std::isfinite(value.get<double>());  // JSON has no word for it
  if (!infinite) schema["default"] = std::move(value);
  return schema;
}

Json schema_of(const Schema& group) {
  Json properties = Json::object();
  for (const Field& field : group.fields()) properties[field.key] = schema_of(field);
  for (const Schema::Group& sub : group.groups()) {
    properties[sub.key] = schema_of(*sub.schema);
    properties[sub.key]["description"] = sub.meaning;
  }
  for (const Field& field : group.fields())
    if (!field.former_key.empty())
      properties[field.former_key] = {{"description", "stands for " + field.key}};
  for (const auto& [key, path] : group.aliases()) properties[key] = {{"description", "stands for " + path}};
  for (const auto& [key, values] : group.fixed())
    properties[key] = {{"description", "only " + joined(values, " or ")}};
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

// Required keys of a group and those of its groups; null if there are none.
Json requirements(const Schema& group) {
  Json keys = Json::array(), properties = Json::object();
  for (const Field& field : group.fields())
    if (field.is_required && field.key != "family") keys.push_back(field.key);
  for (const Schema::Group& sub : group.groups()) {
    Json below = requirements(*sub.schema);
    if (below.is_null()) continue;
    keys.push_back(sub.key);
    properties[sub.key] = std::move(below);
  }
  if (keys.empty()) return nullptr;
  Json schema = {{"required", std::move(keys)}};
  if (!properties.empty()) schema["properties"] = std::move(properties);
  return schema;
}

Json mapping(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json list_of(Json items) { return {{"type", "array"}, {"minItems", 1}, {"items", std::move(items)}}; }

// What a sweep may set, by key path; `at` is the JSON pointer of the schema of the group.
void add_settings(const Schema& group, const std::string& at, const std::string& prefix, bool in_grid,
                  Json& settings) {
  for (const Field& field : group.fields()) {
    Json value = {{"$ref", at + "/properties/" + field.key}};
    if (can_be_swept(prefix + field.key))
      settings[prefix + field.key] = in_grid ? list_of(std::move(value)) : std::move(value);
  }
  for (const Schema::Group& sub : group.groups())
    add_settings(*sub.schema, at + "/properties/" + sub.key, prefix + sub.key + ".", in_grid, settings);
}

// What a key may be drawn from, whatever the key: its type is told by the program.
Json draw_schema() {
  const Json bounds = {{"type", "array"}, {"minItems", 2}, {"maxItems", 2}, {"items", {{"type", "number"}}}};
  Json kinds = {{"uniform", bounds}, {"log_uniform", bounds}, {"integer", bounds}};
  kinds["integer"]["items"]["type"] = "integer";
  kinds["choice"] = {{"type", "array"}, {"minItems", 1}};
  Json schema = mapping(std::move(kinds));
  schema["minProperties"] = 1;
  schema["maxProperties"] = 1;
  return schema;
}

void add_keys(const Schema& group, const std::string& prefix, const Json& value, Json& keys) {
  for (const Field& field : group.fields())
    if (can_be_swept(prefix + field.key)) keys[prefix + field.key] = value;
  for (const Schema::Group& sub : group.groups()) add_keys(*sub.schema, prefix + sub.key + ".", value, keys);
}

Json random_schema(const Schema& root) {
  Json space = Json::object();
  add_keys(root, "", {{"$ref", "#/$defs/draw"}}, space);
  Json space_schema = mapping(std::move(space));
  space_schema["minProperties"] = 1;
  Json schema = mapping({{"n", {{"type", "integer"}, {"minimum", 1}, {"maximum", kMostSettings}}},
                         {"seed", {{"type", "integer"}, {"minimum", 0}}},
                         {"method", {{"enum", {"independent", "latin_hypercube"}}}},
                         {"space", std::move(space_schema)}});
  schema["required"] = {"n", "space"};
  return schema;
}

Json sweep_schema(const Schema& root, const std::string& at) {
  Json grid = Json::object(), settings = Json::object();
  add_settings(root, at, "", true, grid);
  add_settings(root, at, "", false, settings);
  Json grid_schema = mapping(std::move(grid));
  grid_schema["minProperties"] = 1;
  const Json kinds = {{"grid", std::move(grid_schema)},
                      {"list", list_of(mapping(std::move(settings)))},
                      {"random", random_schema(root)}};
  const auto required = [](const char* key) { return Json{{"required", {key}}}; };
  Json block = mapping(kinds);
  block["oneOf"] = {required("list"), {{"anyOf", {required("grid"), required("random")}}}};
  Json keys = kinds;
  keys["blocks"] = list_of(std::move(block));
  keys["first_index"] = {{"type", "integer"}, {"minimum", 0}};
  Json schema = mapping(std::move(keys));
  schema["type"] = {"object", "null"};  // null: not the sweep of what this config extends
  schema["if"] = {{"type", "object"}};
  schema["then"] = {
      {"oneOf", {required("blocks"), required("list"), {{"anyOf", {required("grid"), required("random")}}}}}};
  schema["description"] = "indices and what they stand for: blocks, or a single grid, list or random";
  return schema;
}

Json schema_of(const Family& family) {
  const Whole whole(family);
  Json schema = schema_of(whole.schema);
  schema["title"] = family.title;
  const Json file = {{"type", "string"}};
  schema["properties"]["extends"] = {{"description", "configs to start from, relative to this file"},
                                     {"anyOf", {file, list_of(file)}}};
  schema["properties"]["sweep"] = sweep_schema(whole.schema, "#/$defs/" + family.name);
  const Json keys = requirements(whole.schema);
  if (!keys.is_null())  // a config that extends another, or a sweep, may give them elsewhere
    schema["anyOf"] = {{{"required", {"extends"}}}, {{"required", {"sweep"}}}, keys};
  return schema;
}

}  // namespace

std::string json_schema(std::span<const Family> families) {
  Json names = Json::array(), any = Json::array(), rules = Json::array(), definitions = Json::object();
  for (const Family& family : families) {
    const Json definition = {{"$ref", "#/$defs/" + family.name}};
    const Json named = {{"properties", {{"family", {{"const", family.name}}}}}, {"required", {"family"}}};
    names.push_back(family.name);
    any.push_back(definition);
    rules.push_back({{"if", named}, {"then", definition}});
    definitions[family.name] = schema_of(family);
  }
  definitions["draw"] = draw_schema();
  // The family may be that of the config it extends.
  rules.push_back(
      {{"if", {{"required", {"family"}}}}, {"else", {{"required", {"extends"}}, {"anyOf", any}}}});
  const Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "tsd config"},
                       {"type", "object"},
                       {"properties", {{"family", {{"enum", names}}}}},
                       {"allOf", rules},
                       {"$defs", definitions}};
  return schema.dump(2) + "\n";
}

}  // namespace tsd
