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
const std::vector<std::string> kLayers = {"io", "engine", "kernels", "nn", "families", "cli"};

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
      // src/families/<family>/..., include/tsd/families/<family>.hpp
      if (source.layer == "families")
        source.family = parts.size() > 2 ? parts[1] : fs::path(parts[1]).stem().string();
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
  static const std::regex family_include("^(tsd/)?families/([^/.]+)");
  const std::set<std::string> sharing = {"ctd_task", "ctd_data", "compare"};
  for (const auto& source : sources()) {
    if (source.layer != "families" || source.family == "families") continue;
    for (const auto& include : source.includes) {
      std::smatch match;
      if (!std::regex_search(include, match, family_include)) continue;
      CAPTURE(source.path, include);
      CHECK((match[2] == source.family || (match[2] == "ctd_shared" && sharing.contains(source.family))));
    }
  }
}

TEST_CASE("layers: LibTorch in nn and in the families only, spdlog in one source", "[layers]") {
  for (const auto& source : sources())
    for (const auto& include : source.includes) {
      CAPTURE(source.path, include);
      if (is_libtorch(include)) CHECK((source.layer == "nn" || source.layer == "families"));
      if (include.starts_with("spdlog/")) CHECK(source.path == "src/engine/log.cpp");
      if (include.starts_with("H5")) CHECK(source.layer == "io");
      if (include.starts_with("yaml-cpp/")) CHECK(source.layer == "engine");
      if (include.starts_with("CLI/")) CHECK(source.layer == "cli");
    }
}

// A source with LibTorch takes 20 s to compile, so each is there on purpose.
TEST_CASE("layers: what a family's files outside model and training see is free of LibTorch", "[layers]") {
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
    if (source.layer == "io" || source.layer == "engine" || source.layer == "kernels" ||
        source.layer == "cli" || source.path.starts_with("include/tsd/families/"))
      CHECK_FALSE(sees_libtorch(source));
  }
}

}  // namespace tsd::test
