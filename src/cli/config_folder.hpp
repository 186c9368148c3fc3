// A folder of config files in place of one file, as the dual stream's original takes it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace tsd::cli {

// Those of its config files whose names end in a number from `begin` to `end`, as config7.yaml does, by name
// and number; without bounds all. UsageError where there are none.
std::vector<std::filesystem::path> configs_in(const std::filesystem::path& folder,
                                              std::optional<std::int64_t> begin,
                                              std::optional<std::int64_t> end);

}  // namespace tsd::cli
