#include "engine/config/paths.hpp"

#include <algorithm>

#include "engine/schema/each_field.hpp"

namespace tsd::config {

namespace fs = std::filesystem;

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
  each_field(schema, [&](const std::string&, Field& field) {
    for (std::string* path : paths_of(field))
      if (fs::exists(*path, ignored)) *path = absolute_path(*path);
  });
}

std::vector<Input> inputs_of(const Schema& schema) {
  std::vector<Input> inputs;
  each_field(schema, [&](const std::string& key, const Field& field) {
    if (field.unread && !field.unread().empty()) return;
    const auto paths = paths_of(field);
    const bool is_list = std::holds_alternative<std::vector<std::string>*>(field.target);
    for (std::size_t i = 0; i < paths.size(); ++i)
      inputs.push_back({key + (is_list ? "[" + std::to_string(i) + "]" : ""), *paths[i], ""});
  });
  return inputs;
}

}  // namespace tsd::config
