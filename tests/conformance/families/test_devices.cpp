// Configs that compute on the CPU alone: another device is refused, and auto is the CPU on a machine with a GPU.
#include <fstream>

#include "conformance/requests.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"

namespace tsd {
namespace {

struct Case {
  std::string config;
  std::vector<std::string> words;
  std::string because;
};

std::vector<Case> cases() {
  return {{"compare/smoke.yaml", {}, "family: compare"},
          {"dual_stream/rivals.yaml", {"epochs=16", "n_runs=2"}, "fast: gcm"},
          {"dual_stream/smoke.yaml", {"backend=native"}, "backend: native"},
          {"microcircuit/phased_template.yaml", {}, "version: phased"},
          {"microcircuit/smoke.yaml", {"backend=native"}, "backend: native"},
          {"nback/smoke.yaml", {"backend=native"}, "backend: native"},
          {"plastic/smoke.yaml", {"backend=native"}, "backend: native"},
          {"ctd_task/smoke.yaml", {"backend=native"}, "backend: native"},
          {"ctd_data/smoke.yaml", {"backend=native"}, "backend: native"}};
}

// A machine with a GPU that auto takes.
Accelerator with_gpu() {
  Accelerator facts = subject_accelerator();
  facts.resolve_device = [](const std::string& wanted) { return wanted == "auto" ? "cuda" : wanted; };
  return facts;
}

}  // namespace

TEST_CASE("devices: what has the CPU alone refuses another in one line, with its place", "[devices]") {
  for (const Case& c : cases()) {
    CAPTURE(c.config, c.because);
    const Subject subject{TSD_SOURCE_DIR "/configs/" + c.config, c.words};
    for (const std::string device : {"cuda", "cuda:1"})
      CHECK(refusal<ConfigError>([&] { request_for(subject, "unused", {"run.device=" + device}); }) ==
            "command line: run.device=" + device + ": run.device: " + c.because +
                " computes on the CPU alone; expected auto or cpu, got " + device);
    CHECK(request_for(subject, "unused", {"run.device=cpu"}).config.run.device == "cpu");
    CHECK(request_for(subject, "unused").config.run.device == "cpu");
  }
}

// Such runs are there: another device was once taken, with a warning.
TEST_CASE("devices: a finished run that named another is looked at again", "[devices]") {
  const TemporaryDirectory temporary;
  const auto file = temporary / "config.yaml";
  std::ofstream(file)
      << "extends: " TSD_SOURCE_DIR
         "/configs/dual_stream/rivals.yaml\nfast: gcm\nepochs: 16\nrun: {device: cuda}\nsweep: null\n";
  const ConfigFile config(file, subject_families());
  const LookBack back{"learning", temporary / "results.h5", {}};
  CHECK(config.resolve(std::nullopt, {}, &back).run.device == "cpu");
  CHECK_THROWS_AS(config.resolve(std::nullopt, {}, nullptr), ConfigError);
  CHECK_THROWS_AS(config.resolve(std::nullopt, {"run.device=cuda"}, &back), ConfigError);
}

TEST_CASE("devices: what has others as well takes them", "[devices]") {
  for (const std::string config :
       {"dual_stream/smoke.yaml", "microcircuit/smoke.yaml", "nback/smoke.yaml", "plastic/smoke.yaml",
        "ctd_task/smoke.yaml", "ctd_data/smoke.yaml", "layered/smoke.yaml"}) {
    CAPTURE(config);
    const Subject subject{TSD_SOURCE_DIR "/configs/" + config, {}};
    CHECK(request_for(subject, "unused").config.run.device == "auto");
    CHECK(request_for(subject, "unused", {"run.device=cuda:1"}).config.run.device == "cuda:1");
  }
}

TEST_CASE("devices: where auto is the CPU, a run on a machine with a GPU says so", "[devices]") {
  for (const Case& c : cases()) {
    if (c.because != "family: compare" && c.because != "fast: gcm") continue;
    CAPTURE(c.config);
    const TemporaryDirectory temporary;
    const auto request = request_for({TSD_SOURCE_DIR "/configs/" + c.config, c.words}, temporary / "run");
    REQUIRE(run_one(request, with_gpu()).state == RunState::done);
    const RunDirectory directory{request.directory};
    CHECK(read_status(directory.status())->device == "cpu");
    CHECK(Hdf5Reader(directory.results()).text_attribute("/", "device") == "cpu");
  }
}

}  // namespace tsd
