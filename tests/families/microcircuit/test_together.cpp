// Runs of a sweep that take their steps together in the lanes of one vector leave what each leaves alone.
#include <chrono>
#include <thread>

#include "families/microcircuit/batch.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"

using namespace tsd;
using namespace tsd::test;
using namespace tsd::microcircuit;
namespace fs = std::filesystem;

namespace {

// Constants of every kind, and what makes another batch: models, a rate of zero, filters, another net.
const std::string kSweep = R"(sweep:
  blocks:
    - grid: {model_type: [BP, FA, PAL], eta_bw: [[20, 20], [5, 40]]}
    - list:
        - {eta_fw: [1, 3, 0.1], seed: 2}
        - {alpha: [1e-3, 1e-4], noise_scale: [0.1, 0.01], tauxi: 0.2, tauHP: 0.2, tauLO: 10}
        - {gbas: 0.2, gapi: 0.01, gntgt: 0.1, gnI: 0.02}
        - {init_WPP_range: [-2, 2], random_seed: [7, 8, 9]}
        - {taur: 0.5}
        - {taur: 0.25}
        - {eta_PI: [0, 0.5]}
        - {dWPP_low_pass: false}
        - {init_in_SPS: false}
        - {rec_per_steps: 50}
        - {layers: [2, 3, 3, 2]}
        - {epochs: 5}
        - {task: bw_only, eta_IP: [0, 0]}
        - {task: bw_only, eta_IP: [0, 0], init_in_SPS: false}
)";
constexpr int kPoints = 20;

struct Sweep {
  explicit Sweep(const std::string& sweep) {
    spit(folder / "points.yaml", "extends: " TSD_SOURCE_DIR "/configs/microcircuit/smoke.yaml\n" + sweep);
  }

  std::vector<std::string> words(const std::string& out, const std::vector<std::string>& more) const {
    std::vector<std::string> all{TSD_BINARY, "train",      "--config", folder / "points.yaml",
                                 "--out",    folder / out, "--quiet"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome run(const std::string& out, const std::vector<std::string>& more) const {
    return run_process(words(out, more));
  }
  fs::path root(const std::string& out, int index) const {
    return folder / (out + "/points/" + std::to_string(index));
  }
  RunState state(const std::string& out, int index) const {
    return read_status(RunDirectory{root(out, index)}.status())->state;
  }

  TemporaryDirectory folder;
};

}  // namespace

TEST_CASE("together: points of a sweep equal the same points one after the other", "[microcircuit]") {
  const Sweep sweep(kSweep);
  REQUIRE(sweep.run("alone", {"--threads", "1"}).code == 0);
  REQUIRE(sweep.run("together", {"--jobs", "20", "--threads", "1"}).code == 0);
  REQUIRE(sweep.run("some", {"--jobs", "3", "--threads", "1"}).code == 0);
  for (int index = 0; index < kPoints; ++index) {
    CAPTURE(index);
    CHECK(differing(sweep.root("alone", index), sweep.root("together", index)) == "");
    CHECK(differing(sweep.root("alone", index), sweep.root("some", index)) == "");
  }
}

TEST_CASE("together: points killed on their way, at different steps, end in the same files",
          "[microcircuit]") {
  const Sweep sweep("sweep:\n  grid: {model_type: [FA, PAL], eta_fw: [[2, 2, 0.5], [1, 1, 1]]}\n");
  const auto words = [](const std::vector<std::string>& more) {
    std::vector<std::string> all{"--threads", "1", "epochs=400", "run.checkpoint_every=0.01"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto together = words({"--jobs", "4"});
  REQUIRE(sweep.run("whole", words({})).code == 0);
  {
    Process ahead(sweep.words("parts", words({"--index", "2"})));
    REQUIRE(eventually([&] { return fs::exists(sweep.root("parts", 2) / "checkpoints/last.safetensors"); }));
    ahead.kill(SIGTERM);
    REQUIRE(ahead.wait().code == 75);  // it was still on its way
  }
  Process process(sweep.words("parts", together));
  REQUIRE(eventually([&] { return fs::exists(sweep.root("parts", 3) / "checkpoints/last.safetensors"); }));
  process.kill(SIGKILL);
  REQUIRE(process.wait().signal == SIGKILL);
  REQUIRE(sweep.run("parts", together).code == 0);
  for (int index = 0; index < 4; ++index) {
    CAPTURE(index);
    CHECK(differing(sweep.root("whole", index), sweep.root("parts", index)) == "");
  }
}

TEST_CASE("together: a point that diverges leaves its neighbours alone", "[microcircuit]") {
  const Sweep sweep("sweep:\n  grid: {alpha: [[1e-5, 1e-5], [1e9, 1e9], [1e-3, 1e-3]]}\n");
  for (const int index : {0, 2})
    REQUIRE(sweep.run("alone", {"--index", std::to_string(index), "--threads", "1"}).code == 0);
  const Outcome outcome = sweep.run("together", {"--jobs", "3", "--threads", "1"});
  CHECK(outcome.code == static_cast<int>(Exit::diverged));
  CHECK(outcome.err.find("points/1: student 1, epoch 1, samples 1 to 20: weights are not finite") !=
        std::string::npos);
  CHECK(sweep.state("together", 1) == RunState::diverged);
  for (const int index : {0, 2})
    CHECK(differing(sweep.root("alone", index), sweep.root("together", index)) == "");
}

TEST_CASE("together: threads change no bit", "[microcircuit]") {
  const auto states = [](int threads) {
    std::vector<std::unique_ptr<MicrocircuitExperiment>> runs;
    std::vector<Experiment*> all;
    for (const char* rates : {"[1,1,1]", "[2,2,2]", "[3,3,3]", "[4,4,4]", "[5,5,5]"}) {
      const Config config = published("smoke", {std::string("eta_fw=") + rates});
      runs.push_back(std::make_unique<MicrocircuitExperiment>(config, Finished::context(1)));
      all.push_back(runs.back().get());
    }
    for (std::int64_t step = 0; step < all[0]->total_steps(); ++step)
      for (const StepOutcome& outcome : MicrocircuitExperiment::step_together(all, threads))
        REQUIRE_FALSE(outcome.error);
    std::vector<std::vector<std::byte>> bytes;
    for (const auto& run : runs)
      for (const Array& array : run->state()) bytes.push_back(array.bytes);
    return bytes;
  };
  const auto one = states(1);
  CHECK((states(2) == one));
  CHECK((states(3) == one));
}

TEST_CASE("together: points that differ in numbers share the lanes of a batch", "[microcircuit]") {
  const auto sizes = [](const std::vector<std::vector<std::string>>& points, int threads) {
    std::vector<std::unique_ptr<MicrocircuitExperiment>> runs;
    std::vector<Student> students;
    std::vector<Seat> seats;
    students.reserve(points.size());
    for (const auto& overrides : points) {
      runs.push_back(
          std::make_unique<MicrocircuitExperiment>(published("smoke", overrides), Finished::context(1)));
      students.push_back({1, NumpyLegacy(1), std::vector<std::int64_t>(20), runs.back()->students()[0].state,
                          runs.back()->students()[0].state,
                          Recorder(runs.back()->config(), runs.back()->circuit(), runs.back()->layout())});
      seats.push_back({runs.back().get(), &students.back()});
    }
    return batches(seats, threads).size();
  };
  if (native_lanes() < 4) return;
  CHECK(sizes({{}, {"eta_fw=[1,1,1]"}, {"gbas=0.2"}, {"tauLO=50", "seed=3"}}, 1) == 1);
  CHECK(sizes({{}, {"eta_fw=[1,1,1]"}, {"gbas=0.2"}, {"tauLO=50", "seed=3"}}, 2) == 2);
  CHECK(sizes({{}, {"model_type=FA"}, {"eta_PI=[0,1]"}, {"taur=0.5"}}, 1) == 4);
  CHECK(sizes({{}, {"model_type=FA"}, {}, {"model_type=FA"}}, 2) == 2);
}
