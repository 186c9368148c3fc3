// A config file merged with what it extends.
#pragma once
#include <filesystem>
#include <optional>

#include "engine/config/report.hpp"
#include "engine/yaml/document.hpp"

namespace tsd::config {

// `extends: a.yaml` or `extends: [a.yaml, b.yaml]`, relative to the file that says so. Later ones win over
// earlier ones, the file over all of them. Mappings are merged, but for `sweep`, which is inherited or
// replaced as a whole. The tree has no `extends` any more. Nothing if a file could not be read as YAML; the
// report says why.
std::optional<Node> load(const std::filesystem::path& path, Report& report);

}  // namespace tsd::config
