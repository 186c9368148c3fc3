#include "tsd/engine/memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>

#include "tsd/error.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;
constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// The number after `name` in a file of "name value" lines; `otherwise` where there is none.
double entry(const fs::path& file, const std::string& name, double otherwise) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    double value = 0;
    if (words >> first && first == name && words >> value) return value;
  }
  return otherwise;
}

double number_in(const fs::path& file, double otherwise) {
  double value = 0;
  return std::ifstream(file) >> value ? value : otherwise;  // "max": no limit
}

double of_machine(const fs::path& root) {
  constexpr double kKilobyte = 1024;
  return kKilobyte * entry(root / "proc/meminfo", "MemAvailable:", kNoLimit);
}

// What is left of the limits of one control group and those above it. Pages of files can be given up.
double of_group(const fs::path& top, const fs::path& group, const char* limit, const char* used,
                const char* files) {
  double free = kNoLimit;
  for (fs::path at = group.relative_path();; at = at.parent_path()) {
    const fs::path folder = at.empty() ? top : top / at;
    const double most = number_in(folder / limit, kNoLimit);
    const double taken = number_in(folder / used, 0) - entry(folder / "memory.stat", files, 0);
    free = std::min(free, most - std::max(0.0, taken));
    if (at.empty()) return free;
  }
}

// Each line of the file is "number:controllers:path"; version 2 has number 0 and no controllers.
double of_groups(const fs::path& root) {
  double free = kNoLimit;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    const fs::path top = root / "sys/fs/cgroup";
    if (controllers.empty())
      free = std::min(free, of_group(top, group, "memory.max", "memory.current", "inactive_file"));
    if (("," + controllers + ",").find(",memory,") != std::string::npos)
      free = std::min(free, of_group(top / "memory", group, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                     "total_inactive_file"));
  }
  return free;
}

double of_limit(const fs::path& root) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  const double pages = number_in(root / "proc/self/statm", 0);
  return static_cast<double>(limit.rlim_cur) - pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

double free_memory(const fs::path& root) {
  return std::max(0.0, std::min({of_machine(root), of_groups(root), of_limit(root)}));
}

double total_bytes(const std::vector<MemoryNeed>& needs) {
  double bytes = 0;
  for (const MemoryNeed& need : needs) bytes += need.bytes;
  return bytes;
}

std::string bytes_text(double bytes) {
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (bytes /= 1e3; bytes >= 999.5 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1e3;
  char text[64];
  std::snprintf(text, sizeof text,
                bytes < 10    ? "%.1f %s"
                : bytes < 1e6 ? "%.0f %s"
                              : "%.1e %s",
                bytes, kUnits[unit]);
  return text;
}

std::string to_blame(const std::vector<Asked>& keys) {
  return std::ranges::max_element(keys, {}, [](const Asked& a) { return a.value / a.usual; })->key;
}

void require_memory(const std::vector<MemoryNeed>& needs, double most) {
  const double needed = total_bytes(needs);
  if (needed <= most) return;
  const MemoryNeed& largest = *std::ranges::max_element(needs, {}, &MemoryNeed::bytes);
  throw OutOfMemory(largest.key + ": too large for this machine; expected at most " + bytes_text(most) +
                    ", its share of the memory that is free, got at least " + bytes_text(needed) + ", " +
                    bytes_text(largest.bytes) + " of them for this key");
}

}  // namespace tsd
