#include "tsd/engine/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace tsd {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr double kMultiplyAddsPerThread = 4e7;  // a millisecond, to a factor of three

int allowed_processors() {
  for (int bits = 1024; bits <= 1 << 20; bits *= 4) {  // the kernel refuses a set smaller than its own
    cpu_set_t* set = CPU_ALLOC(bits);
    const std::size_t bytes = CPU_ALLOC_SIZE(bits);
    const bool known = set && sched_getaffinity(0, bytes, set) == 0;
    const int count = known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (known) return count;
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, separator);) all.push_back(word);
  return all;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> all;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

// A mounted hierarchy of control groups that rules processor time, and where in it this process is.
struct Hierarchy {
  bool unified = false;  // version 2
  std::string shown;     // the group that the mount point shows
  std::filesystem::path mount_point;
};

bool has(const std::string& list, const std::string& name) {
  const auto names = words(list, ',');
  return std::ranges::find(names, name) != names.end();
}

// A line of /proc/self/mountinfo: id parent device root mount-point options... - type source options.
std::vector<Hierarchy> hierarchies(const std::filesystem::path& root) {
  std::vector<Hierarchy> all;
  for (const std::string& line : lines_of(root / "proc/self/mountinfo")) {
    const auto fields = words(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 4) continue;
    const bool unified = dash[1] == "cgroup2";
    if (unified || (dash[1] == "cgroup" && has(dash[3], "cpu")))
      all.push_back({unified, fields[3], root / std::filesystem::path(fields[4]).relative_path()});
  }
  return all;
}

// A line of /proc/self/cgroup: number:controllers:group; no controllers: version 2.
std::string group_in(const Hierarchy& hierarchy, const std::filesystem::path& root) {
  for (const std::string& line : lines_of(root / "proc/self/cgroup")) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (hierarchy.unified ? controllers.empty() : has(controllers, "cpu")) return line.substr(second + 1);
  }
  return "/";
}

double ratio(const std::string& quota, const std::string& period) {
  try {
    const double q = std::stod(quota), p = std::stod(period);  // quota: -1 or "max" where there is none
    return q > 0 && p > 0 ? q / p : kUnlimited;
  } catch (const std::exception&) {
    return kUnlimited;
  }
}

double quota_of(const std::filesystem::path& group, bool unified) {
  const auto line = [&](const char* name) {
    const auto lines = lines_of(group / name);
    return lines.empty() ? std::string() : lines[0];
  };
  if (!unified) return ratio(line("cpu.cfs_quota_us"), line("cpu.cfs_period_us"));
  const auto fields = words(line("cpu.max"), ' ');
  return fields.size() == 2 ? ratio(fields[0], fields[1]) : kUnlimited;
}

// A container may see its group as the mount's root, whatever the group is called outside.
double least_quota(const Hierarchy& hierarchy, std::string group) {
  if (hierarchy.shown != "/" && group.starts_with(hierarchy.shown)) group.erase(0, hierarchy.shown.size());
  std::filesystem::path at = hierarchy.mount_point;
  double least = quota_of(at, hierarchy.unified);
  for (const auto& name : std::filesystem::path(group).relative_path()) {
    at /= name;
    least = std::min(least, quota_of(at, hierarchy.unified));
  }
  return least;
}

}  // namespace

double processor_quota(const std::filesystem::path& root) {
  double least = kUnlimited;
  for (const Hierarchy& hierarchy : hierarchies(root))
    least = std::min(least, least_quota(hierarchy, group_in(hierarchy, root)));
  return least;
}

// A quota of 2.5 pays for two threads that are always at work; a third would stop all of them in turn.
int processor_count() {
  const double count = std::min<double>(allowed_processors(), processor_quota());
  return std::max(1, static_cast<int>(count));
}

int threads_for(double multiply_adds, int threads) {
  const double worth = multiply_adds / kMultiplyAddsPerThread;
  return worth >= threads ? std::max(1, threads) : std::max(1, static_cast<int>(worth));
}

}  // namespace tsd
