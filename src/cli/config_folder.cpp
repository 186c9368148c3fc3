#include "cli/config_folder.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>

#include "tsd/error.hpp"

namespace tsd::cli {
namespace fs = std::filesystem;

namespace {

struct Numbered {
  std::string name;  // before the number
  std::int64_t number = -1;
  fs::path path;

  auto order() const { return std::tie(name, number, path); }
};

Numbered numbered(const fs::path& path) {
  const std::string stem = path.stem().string();
  const std::size_t last = stem.find_last_not_of("0123456789");
  const std::size_t digits = last == std::string::npos ? 0 : last + 1;
  Numbered file{stem.substr(0, digits), -1, path};
  std::from_chars(stem.data() + digits, stem.data() + stem.size(), file.number);
  return file;
}

}  // namespace

std::vector<fs::path> configs_in(const fs::path& folder, std::optional<std::int64_t> begin,
                                 std::optional<std::int64_t> end) {
  if (fs::exists(folder / "status.json") && fs::exists(folder / "config.yaml"))
    throw UsageError(folder.string() +
                     ": expected a config or a folder of configs, got a run; its config is " +
                     (folder / "config.yaml").string());
  std::vector<Numbered> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".yaml" && extension != ".yml" && extension != ".json") continue;
    const Numbered file = numbered(entry.path());
    if ((begin || end) && file.number < 0) continue;
    if ((begin && file.number < *begin) || (end && file.number > *end)) continue;
    found.push_back(file);
  }
  if (found.empty())
    throw UsageError(folder.string() + ": expected config files" +
                     (begin || end ? " whose names end in a number from --begin to --end" : "") +
                     ", got none");
  std::ranges::sort(found, {}, &Numbered::order);
  std::vector<fs::path> paths;
  for (const Numbered& file : found) paths.push_back(file.path);
  return paths;
}

}  // namespace tsd::cli
