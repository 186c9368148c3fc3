// The order of the layers, read off the #include lines.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/process.hpp"

namespace tsd::test {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = TSD_SOURCE_DIR;
const std::vector<std::string> kLayers = {"io", "engine", "kernels",  "math",
                                          "nn", "train",  "families", "cli"};

struct Source {
  std::string path;   // relative to the root
  std::string layer;  // "" for src/main.cpp; "light" stands in for LibTorch's sources of nn and families
  std::string family;
  std::vector<std::string> includes;
};

std::vector<std::string> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const auto& part : path) parts.push_back(part);
  return parts;
}

std::vector<Source> sources() {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Source> all;
  for (const char* top : {"include/tsd", "src"})
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp") continue;
      Source source;
      source.path = fs::relative(entry.path(), kRoot);
      const auto parts = parts_of(fs::relative(entry.path(), kRoot / top));
      if (parts.size() > 1) source.layer = parts[0];
      // src/families/<family>/..., src/families/ctd/<family>/..., include/tsd/families/<family>.hpp
      if (source.layer == "families")
        source.family = parts.size() < 3    ? fs::path(parts[1]).stem().string()
                        : parts[1] == "ctd" ? "ctd/" + parts[2]
                                            : parts[1];
      std::istringstream text(slurp(entry.path()));
      for (std::string line; std::getline(text, line);) {
        std::smatch match;
        if (std::regex_search(line, match, include)) source.includes.push_back(match[1]);
      }
      all.push_back(std::move(source));
    }
  return all;
}

// The layer an include belongs to: "tsd/<layer>/x.hpp" or "<layer>/x.hpp"; empty for all else.
std::string layer_of(const std::string& include) {
  auto parts = parts_of(include);
  if (parts[0] == "tsd") parts.erase(parts.begin());
  if (parts.size() < 2) return "";
  return std::find(kLayers.begin(), kLayers.end(), parts[0]) == kLayers.end() ? "" : parts[0];
}

std::ptrdiff_t rank(const std::string& layer) {
  return std::find(kLayers.begin(), kLayers.end(), layer) - kLayers.begin();
}

bool is_libtorch(const std::string& include) {
  for (const char* start : {"torch/", "ATen/", "c10/"})
    if (include.starts_with(start)) return true;
  return false;
}

}  // namespace

TEST_CASE("layers: every source lies in a known one", "[layers]") {
  const auto all = sources();
  CHECK(all.size() > 50);  // the tree was found
  for (const auto& source : all) {
    CAPTURE(source.path);
    CHECK((source.path == "src/main.cpp" || source.layer == "light" ||
           source.path == "include/tsd/error.hpp" ||
           std::find(kLayers.begin(), kLayers.end(), source.layer) != kLayers.end()));
  }
}

TEST_CASE("layers: no source includes a later one", "[layers]") {
  for (const auto& source : sources()) {
    if (source.layer.empty() || source.layer == "light") continue;
    for (const auto& include : source.includes) {
      const auto layer = layer_of(include);
      CAPTURE(source.path, include);
      // The command line is handed its families; it knows none.
      const bool allowed =
          layer.empty() || (rank(layer) <= rank(source.layer) &&
                            !(source.layer == "cli" && (layer == "families" || layer == "nn")));
      CHECK(allowed);
    }
  }
}

TEST_CASE("layers: no family includes another, but for what the ctd families share", "[layers]") {
  static const std::regex family_include("^families/(ctd/[^/.]+|[^/.]+)");
  for (const auto& source : sources()) {
    if (source.layer != "families" || source.family == "families") continue;
    for (const auto& include : source.includes) {
      std::smatch match;
      if (!std::regex_search(include, match, family_include)) continue;
      CAPTURE(source.path, include);
      const bool shared = match[1] == "ctd/shared" && source.family.starts_with("ctd/");
      CHECK((match[1] == source.family || shared));
    }
  }
}

TEST_CASE("layers: LibTorch in nn, under math and in the families' plain parts, spdlog in one source",
          "[layers]") {
  for (const auto& source : sources())
    for (const auto& include : source.includes) {
      CAPTURE(source.path, include);
      const bool plain = source.layer == "families" && source.path.find("/plain/") != std::string::npos;
      if (is_libtorch(include))
        CHECK((source.layer == "nn" || source.path.starts_with("src/math/") || plain));
      if (include.starts_with("spdlog/")) CHECK(source.path == "src/engine/run/log.cpp");
      if (include.starts_with("H5")) CHECK(source.layer == "io");
      if (include.starts_with("yaml-cpp/")) CHECK(source.layer == "engine");
      if (include.starts_with("CLI/")) CHECK(source.layer == "cli");
    }
}

// A header and its source are one unit; parts of a kernel (-inl) belong to whoever includes them.
TEST_CASE("layers: no circle of units that include each other", "[layers]") {
  const auto unit_of = [](fs::path path) {
    if (path.string().starts_with("tsd/")) path = path.string().substr(4);
    return path.replace_extension().string();
  };
  const auto is_part = [](const std::string& unit) { return unit.ends_with("-inl"); };
  std::map<std::string, std::set<std::string>> included;
  for (const auto& source : sources()) {
    const std::string unit = unit_of(source.path.substr(source.path.find('/') + 1));
    for (const auto& include : source.includes)
      if (const std::string other = unit_of(include); other != unit && !is_part(unit) && !is_part(other))
        included[unit].insert(other);
  }
  std::set<std::string> done;
  std::vector<std::string> way;
  const std::function<void(const std::string&)> follow = [&](const std::string& unit) {
    const auto met = std::find(way.begin(), way.end(), unit);
    if (met != way.end()) {
      std::string circle;
      for (auto step = met; step != way.end(); ++step) circle += *step + " -> ";
      FAIL_CHECK("circle: " << circle << unit);
      return;
    }
    if (done.contains(unit)) return;
    way.push_back(unit);
    for (const auto& other : included[unit]) follow(other);
    way.pop_back();
    done.insert(unit);
  };
  std::vector<std::string> units;
  for (const auto& [unit, others] : included) units.push_back(unit);
  for (const auto& unit : units) follow(unit);
}

// A source with LibTorch takes 20 s to compile, so each is there on purpose.
TEST_CASE("layers: what has no business with LibTorch does not see it", "[layers]") {
  std::map<std::string, const Source*> by_include;
  const auto all = sources();
  for (const auto& source : all) {
    if (source.path.starts_with("src/")) by_include[source.path.substr(4)] = &source;
    if (source.path.starts_with("include/")) by_include[source.path.substr(8)] = &source;
  }
  const std::function<bool(const Source&)> sees_libtorch = [&](const Source& source) {
    for (const auto& include : source.includes) {
      if (is_libtorch(include)) return true;
      const auto found = by_include.find(include);
      if (found != by_include.end() && sees_libtorch(*found->second)) return true;
    }
    return false;
  };
  for (const auto& source : all) {
    CAPTURE(source.path);
    const bool may = source.layer == "nn" || source.path.starts_with("src/math/") ||
                     source.path.find("/plain/") != std::string::npos;
    if (!may) CHECK_FALSE(sees_libtorch(source));
  }
}

TEST_CASE("layers: a folder is a room of fewer than 25 sources", "[layers]") {
  std::map<std::string, int> count;
  for (const Source& source : sources()) ++count[fs::path(source.path).parent_path()];
  for (const auto& [folder, n] : count) {
    INFO(folder << " holds " << n << ": give those that belong together a folder of their own");
    CHECK(n < 25);
  }
}

}  // namespace tsd::test
