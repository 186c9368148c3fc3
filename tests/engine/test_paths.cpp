// A config's paths: found however they are written, and no part of what a run is.
#include <cstdlib>

#include "engine/config/paths.hpp"
#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;
using test::spit;
using test::TemporaryDirectory;

const std::vector<Family>& families() {
  static const std::vector<Family> all = {sample::family()};
  return all;
}

const std::string kLeast = "family: sample\nepochs: 3\n";

RunConfig read(const fs::path& file, const std::vector<std::string>& overrides = {}) {
  return ConfigFile(file, families()).resolve(std::nullopt, overrides);
}

std::string data_of(const RunConfig& config) {
  return dynamic_cast<const sample::SampleConfiguration&>(*config.configuration).o.data;
}

// A working directory for as long as it lives.
class Inside {
 public:
  explicit Inside(const fs::path& folder) { fs::current_path(folder); }
  ~Inside() { fs::current_path(before_); }

 private:
  fs::path before_ = fs::current_path();
};

std::string error_of(const fs::path& file) {
  try {
    read(file);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("paths: a run is the same however the path of its input is written", "[config]") {
  const TemporaryDirectory folder;
  spit(folder / "data/x.h5", "x");
  fs::create_directory(folder / "other");
  fs::create_symlink(folder / "data", folder / "link");
  spit(folder / "configs/a.yaml", kLeast + "data: ../data/x.h5\n");
  spit(folder / "configs/b.yaml", kLeast + "data: " + std::string(folder / "link/x.h5") + "\n");
  const auto first = read(folder / "configs/a.yaml");
  CHECK(read(folder / "configs/b.yaml").sha256 == first.sha256);
  const Inside inside(folder / "other");
  const auto elsewhere = read("../configs/a.yaml");
  CHECK(elsewhere.sha256 == first.sha256);
  CHECK(elsewhere.yaml == first.yaml);
  CHECK(first.inputs.size() == 1);
  CHECK(first.inputs[0].key == "data");
  CHECK(first.inputs[0].path == folder / "data/x.h5");
  CHECK(read("../configs/a.yaml", {"data=\"\""}).sha256 != first.sha256);  // no input is something else
}

TEST_CASE("paths: a file that nothing reads is no input", "[config]") {
  std::string data = "/data", weights = "/weights";
  bool reads = false;
  Schema schema;
  schema.field("data", data, "what to learn from").must_exist().unread = [&] {
    return reads ? "" : "made up";
  };
  schema.field("weights", weights, "where to start").must_exist();
  const auto keys = [&] {
    std::string all;
    for (const Input& input : config::inputs_of(schema)) all += input.key + " ";
    return all;
  };
  CHECK(keys() == "weights ");
  reads = true;
  CHECK(keys() == "data weights ");
}

TEST_CASE("paths: the resolved config finds its inputs from anywhere", "[config]") {
  const TemporaryDirectory folder, away;
  spit(folder / "data/x.h5", "x");
  spit(folder / "a.yaml", kLeast + "data: data/x.h5\n");
  RunConfig first;
  {
    const Inside inside(folder.path());
    first = read("a.yaml");
  }
  spit(away / "run/config.yaml", first.yaml);
  const Inside inside(away.path());
  const auto again = read("run/config.yaml");
  CHECK(again.yaml == first.yaml);
  CHECK(again.sha256 == first.sha256);
}

TEST_CASE("paths: ~ and variables are what a shell would have made of them", "[config]") {
  const TemporaryDirectory folder;
  spit(folder / "data/x.h5", "x");
  setenv("TSD_TEST_DATA", (folder / "data").c_str(), 1);
  setenv("HOME", folder.path().c_str(), 1);
  unsetenv("TSD_TEST_NONE");
  const std::string x = folder / "data/x.h5";
  for (const std::string path : {"~/data/x.h5", "$TSD_TEST_DATA/x.h5", "${TSD_TEST_DATA}/x.h5"}) {
    CHECK(expanded_path(path) == x);
    spit(folder / "a.yaml", kLeast + "data: " + path + "\n");
    CHECK(data_of(read(folder / "a.yaml")) == x);
  }
  spit(folder / "b.yaml", "extends: $TSD_TEST_DATA/../a.yaml\n");
  CHECK(data_of(read(folder / "b.yaml")) == x);
  CHECK(expanded_path("~") == folder.path());
  CHECK(expanded_path("plain/5$") == "plain/5$");
  CHECK_THROWS_AS(expanded_path("~somebody/x.h5"), UsageError);
  spit(folder / "a.yaml", kLeast + "data: $TSD_TEST_NONE/x.h5\n");
  CHECK(error_of(folder / "a.yaml") ==
        std::string(folder / "a.yaml") +
            ":3:7: data: not a path; expected a path that exists, got $TSD_TEST_NONE/x.h5; "
            "$TSD_TEST_NONE/x.h5: the environment variable TSD_TEST_NONE is not set; set it, or write the "
            "path");
  const Inside inside(folder.path());
  spit(folder / "~odd", "x");
  CHECK(expanded_path("~odd") == "~odd");  // a file of that very name
}

TEST_CASE("paths: a run is named after its config, and after the folder too where many are called so",
          "[config]") {
  const TemporaryDirectory folder;
  const auto name = [&](const std::string& path) {
    spit(folder / path, kLeast);
    return read(folder / path).name;
  };
  CHECK(name("nback/stsf.yaml") == "stsf");
  CHECK(name("nback/smoke_test.yaml") == "smoke_test");
  CHECK(name("nback/smoke.yaml") == "nback_smoke");
  CHECK(name("compare/smoke.yaml") == "compare_smoke");
  CHECK(name("Fig3/params.json") == "Fig3_params");
  CHECK(name("results/seeds/3/config.yaml") == "seeds_3_config");
  const Inside inside(folder / "nback");
  CHECK(read("smoke.yaml").name == "nback_smoke");
  CHECK(read("../compare/../nback/smoke.yaml").name == "nback_smoke");
}

}  // namespace tsd
