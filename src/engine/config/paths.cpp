#include "engine/config/paths.hpp"

#include <algorithm>
#include <type_traits>

namespace tsd::config {
namespace {

namespace fs = std::filesystem;

void add_inputs(const Schema& schema, const std::string& prefix, std::vector<Input>& inputs) {
  for (const Field& field : schema.fields()) {
    const auto paths = paths_of(field);
    const bool is_list = std::holds_alternative<std::vector<std::string>*>(field.target);
    for (std::size_t i = 0; i < paths.size(); ++i)
      inputs.push_back({prefix + field.key + (is_list ? "[" + std::to_string(i) + "]" : ""), *paths[i], ""});
  }
  for (const Schema::Group& group : schema.groups())
    add_inputs(*group.schema, prefix + group.key + ".", inputs);
}

}  // namespace

std::vector<std::string*> paths_of(const Field& field) {
  std::vector<std::string*> paths;
  if (!field.path_must_exist) return paths;
  const auto add = [&](std::string& value) {
    if (!value.empty() && std::ranges::count(field.choices, value) == 0) paths.push_back(&value);
  };
  if (auto* const* one = std::get_if<std::string*>(&field.target)) add(**one);
  if (auto* const* one = std::get_if<std::optional<std::string>*>(&field.target))
    if (*one && (*one)->has_value()) add(**(*one));
  if (auto* const* many = std::get_if<std::vector<std::string>*>(&field.target))
    for (std::string& value : **many) add(value);
  return paths;
}

std::string absolute_path(const fs::path& path) { return fs::absolute(path).lexically_normal().string(); }

void complete_paths(Schema& schema) {
  std::error_code ignored;
  for (Field& field : schema.fields())
    for (std::string* path : paths_of(field))
      if (fs::exists(*path, ignored)) *path = absolute_path(*path);
  for (Schema::Group& group : schema.groups()) complete_paths(*group.schema);
}

std::vector<Input> inputs_of(const Schema& schema) {
  std::vector<Input> inputs;
  add_inputs(schema, "", inputs);
  return inputs;
}

}  // namespace tsd::config
