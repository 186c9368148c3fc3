// Every path that a config may name, in every family: a file exchanged while a run stands still is refused, and
// an analysis needs those alone that it reads.
#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "conformance/families/image_network.hpp"
#include "conformance/subject.hpp"
#include "families/nback/data/features/feature_table.hpp"
#include "support/catch.hpp"
#include "support/npy.hpp"
#include "support/refusal.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/analyze.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/inputs.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;
using namespace test;

using Words = std::vector<std::string>;

const fs::path kConfigs = TSD_SOURCE_DIR "/configs";

RunRequest request_for(const std::string& family, const Words& words, const fs::path& directory,
                       const std::string& config = "smoke.yaml") {
  set_quiet(true);
  RunRequest request;
  request.config = ConfigFile(kConfigs / family / config, subject_families()).resolve(std::nullopt, words);
  request.directory = directory;
  return request;
}

fs::path finished_run(const std::string& family, const Words& words, const fs::path& directory) {
  REQUIRE(run_one(request_for(family, words, directory), subject_accelerator()).state == RunState::done);
  return directory;
}

// The parameters that a run begins with, which another one may begin with.
fs::path own_weights(const std::string& family, const Words& words, const fs::path& file) {
  RunContext context;
  context.seed = 1;  // of a microcircuit, also its student
  write_safetensors(file,
                    {request_for(family, words, {}).config.configuration->build(context)->weights(), {}});
  return file;
}

fs::path copied(const std::string& shipped, const fs::path& file) {
  fs::copy_file(kConfigs / shipped, file);
  return file;
}

fs::path own_items(const fs::path& file) {
  spit(file, "0,0,0\n0,1,0\n0.2,0.4,0\n1,0,1\n1,1,1\n0.7,0.4,1\n");
  return file;
}

fs::path own_curve(const fs::path& file) {
  spit(file, "epoch,error\n0,0.5\n1,0.4\n");
  return file;
}

fs::path slow_stream(const fs::path& file) {
  const auto array = [](const std::string& name, Shape shape) {
    std::int64_t size = 1;
    for (const auto extent : shape) size *= extent;
    return make_array<float>("run/SlowModel.layers." + name,
                             std::vector<float>(static_cast<std::size_t>(size), 0.1f), shape);
  };
  write_safetensors(file, {{array("0.weight", {9, 2}), array("0.bias", {9}), array("1.weight", {9, 9}),
                            array("1.bias", {9}), array("2.weight", {9, 9}), array("2.bias", {9}),
                            array("3.weight", {2, 9}), array("3.bias", {2})},
                           {}});
  return file;
}

fs::path own_order(const fs::path& file) {
  write_npy(file, {0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0, 1, 0, 3, 2, 5, 4}, "(1, 3, 6)");
  return file;
}

// Twenty samples of two inputs, of two classes.
fs::path own_samples(const fs::path& file) {
  std::string text = "input_1,input_2,class\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(0.05 * i) + ",0.5," + std::to_string(i % 2) + "\n";
  spit(file, text);
  return file;
}

// Eight sequences of ten scenes, some of them familiar.
fs::path own_sequences(const fs::path& file) {
  std::vector<float> frames(8 * 10 * 4 * 10);
  for (std::size_t i = 0; i < frames.size(); ++i) frames[i] = (i * 7 + i / 10) % 3 == 0 ? 1 : -1;
  std::vector<std::int64_t> labels(8 * 10);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i % 3 == 2;
  Hdf5Writer writer(file);
  writer.dataset<float>("/frames", std::span<const float>(frames), {8, 10, 4, 10}, {"", "", "frames"});
  writer.dataset<std::int64_t>("/labels", std::span<const std::int64_t>(labels), {8, 10}, {"", "", "labels"});
  writer.close();
  return file;
}

// Images of 8 x 8 pixels under MNIST's names.
fs::path own_images(const fs::path& folder) {
  fs::create_directories(folder);
  const auto write = [&](const std::string& name, std::string bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i % 16);
    spit(folder / name, bytes);
  };
  for (const std::string set : {"train", "t10k"}) {
    write(set + "-images-idx3-ubyte", {0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 8, 0, 0, 0, 8}, 40 * 64);
    write(set + "-labels-idx1-ubyte", {0, 0, 8, 1, 0, 0, 0, 40}, 40);
  }
  return folder;
}

struct Case {
  std::string family, key;
  Words words;                                    // beside the key
  std::function<fs::path(const fs::path&)> make;  // something valid at this path
  std::string analysis = {};                      // that does not read it, if there is one
  bool is_list = false;
  std::string config = "smoke.yaml";
};

const Words kItems = {"task=file", "held_out=[]", "num_runs=1", "num_blocks=3"}, kOne = {"n_runs=1"};

Words with(Words words, const std::string& word) {
  words.push_back(word);
  return words;
}

std::vector<Case> cases(const fs::path& folder) {
  const auto weights = [](const std::string& family, const Words& words) {
    return [=](const fs::path& file) { return own_weights(family, words, file); };
  };
  const auto run = [](const std::string& family) {
    return [=](const fs::path& directory) { return finished_run(family, {}, directory); };
  };
  const auto copy = [](const std::string& shipped) {
    return [=](const fs::path& file) { return copied(shipped, file); };
  };
  const Words items = with(kItems, "stimuli_file=" + own_items(folder / "other.csv").string());
  const Words samples = {"input_file=" + own_samples(folder / "samples.csv").string()};
  return {
      {"nback", "init_from", {}, run("nback"), "extract"},
      {"nback", "analysis.against", {}, run("nback"), "extract"},
      {"nback",
       "stimuli.path",
       {"stimuli.source=features"},
       [](const fs::path& file) {
         nback::write_features(file, nback::synthetic_features(4, 1));
         return file;
       }},
      {"nback",
       "backbone.weights",
       {"stimuli.source=box", "backbone.arch=torchscript", "backbone.bn=imagenet"},
       write_image_network},
      {"microcircuit", "init_file", {}, weights("microcircuit", {"seed=1"}), "updates_bp"},
      {"microcircuit",
       "input_file",
       {},
       [](const fs::path& file) {
         finished_run("microcircuit", {}, file.string() + "_run");
         fs::copy_file(file.string() + "_run/results.h5", file);
         return file;
       },
       "updates_bp"},
      {"microcircuit", "test_file", samples, own_samples},
      {"dual_stream", "stimuli_file", kItems, own_items, "learning"},
      {"dual_stream",
       "fit.target",
       {"fit.parameters=[slow_config.lr]", "fit.low=[0.01]", "fit.high=[1]", "fit.evaluations=2",
        "fit.starts=1"},
       own_curve},
      {"dual_stream", "order_file", items, own_order, "learning"},
      {"dual_stream", "init_file", items, slow_stream, "learning"},
      {"dual_stream",
       "ref",
       {},
       [](const fs::path& directory) {
         own_items(directory / "lc.csv");
         return directory;
       },
       "learning"},
      {"layered", "data.folder", {"data.source=idx"}, own_images},
      {"plastic", "init_file", kOne, weights("plastic", kOne), "matrices"},
      {"plastic", "data_file", {"n_runs=1", "batch_size=4"}, own_sequences, "matrices"},
      {"ctd_task", "weights", kOne, weights("ctd_task", kOne), "recording"},
      {"ctd_data", "data.file", {}, copy("ctd_data/smoke_recording.h5")},
      {"ctd_data", "weights", {}, weights("ctd_data", {})},
      {"ctd_data", "nlb.target", {}, copy("ctd_data/nlb_recording.h5")},
      {"ctd_data",
       "data.sessions",
       {"model.readin_dim=6"},
       copy("ctd_data/nlb_session_2.h5"),
       "",
       true,
       "nlb.yaml"},
      {"compare", "reference.recording", {}, copy("compare/smoke/recording.h5")},
      {"compare", "reference.task_model", {}, copy("compare/smoke/network.safetensors")},
      {"compare", "models.files", {}, copy("compare/smoke/node_0.h5"), "", true},
  };
}

std::string name_of(const Case& c) {
  const std::map<std::string, std::string> ends = {
      {"stimuli_file", ".csv"}, {"fit.target", ".csv"},   {"order_file", ".npy"}, {"data_file", ".h5"},
      {"input_file", ".h5"},    {"stimuli.path", ".h5"},  {"data.file", ".h5"},   {"models.files", ".h5"},
      {"nlb.target", ".h5"},    {"data.sessions", ".h5"}, {"test_file", ".csv"}};
  const auto end = ends.find(c.key);
  return c.family + "_" + c.key +
         (end != ends.end()                                                            ? end->second
          : c.key.ends_with("recording")                                               ? ".h5"
          : c.key.starts_with("init_from") || c.key == "ref" || c.key == "data.folder" ? ""
                                                                                       : ".safetensors");
}

Words words_of(const Case& c, const fs::path& path) {
  return with(c.words, c.key + "=" + (c.is_list ? "[" + path.string() + "]" : path.string()));
}

// One byte more, in a folder in the file that counts.
void exchange(const fs::path& path) {
  fs::path file = path;
  if (fs::is_directory(path))
    file = fs::exists(path / "results.h5") ? path / "results.h5" : fs::directory_iterator(path)->path();
  std::ofstream(file, std::ios::app | std::ios::binary) << '\n';
}

void add_keys(const Schema& schema, const std::string& prefix, std::set<std::string>& keys) {
  for (const Field& field : schema.fields())
    if (field.path_must_exist) keys.insert(prefix + field.key);
  for (const auto& group : schema.groups()) add_keys(*group.schema, prefix + group.key + ".", keys);
}

}  // namespace

TEST_CASE("inputs: the cases are every path of every family", "[conformance]") {
  const TemporaryDirectory folder;
  std::set<std::string> all, tried;
  for (const Family& family : subject_families()) {
    Schema schema;
    const auto configuration = family.make();
    configuration->describe(schema);
    add_keys(schema, family.name + " ", all);
  }
  for (const Case& c : cases(folder.path())) tried.insert(c.family + " " + c.key);
  CHECK(all == tried);
}

TEST_CASE("inputs: what is exchanged while a run stands still is refused with both digests",
          "[conformance]") {
  const TemporaryDirectory folder;
  for (const Case& c : cases(folder.path())) {
    CAPTURE(c.family, c.key);
    const fs::path path = c.make(folder / name_of(c));
    auto request = request_for(c.family, words_of(c, path), folder / (name_of(c) + "_tried"), c.config);
    request.stop = [] { return SIGTERM; };
    REQUIRE(run_one(request, subject_accelerator()).state == RunState::stopped);
    const RunDirectory directory{request.directory};
    const std::string kept = slurp(directory.checkpoints() / "last.safetensors");
    exchange(path);
    const auto inputs = digested(request.config.inputs);
    const auto input = std::ranges::find(inputs, c.key + (c.is_list ? "[0]" : ""), &Input::key);
    REQUIRE(input != inputs.end());
    const std::string message = refusal([&] { run_one(request, subject_accelerator()); });
    CHECK_THAT(message, Catch::Contains(input->key + ": expected what the run began with"));
    CHECK_THAT(message, Catch::Contains(path.string()));
    CHECK_THAT(message, Catch::Contains(input->sha256));
    const auto was = read_status(directory.status())->inputs;
    CHECK_THAT(message, Catch::Contains(std::ranges::find(was, input->key, &Input::key)->sha256));
    CHECK(slurp(directory.checkpoints() / "last.safetensors") == kept);
  }
}

TEST_CASE("inputs: an analysis goes without those that it does not read", "[conformance]") {
  const TemporaryDirectory folder;
  for (const Case& c : cases(folder.path())) {
    if (c.analysis.empty()) continue;
    CAPTURE(c.family, c.key);
    const fs::path path = c.make(folder / name_of(c));
    const fs::path run = finished_run(c.family, words_of(c, path), folder / (name_of(c) + "_tried"));
    const auto& analyses = family_of_run(run, subject_families()).analyses;
    const auto analysis = std::ranges::find(analyses, c.analysis, &Analysis::name);
    const auto analyze = [&](const Words& words) {
      return results_payload(analyze_run(run, *analysis, subject_families(), subject_accelerator(), words));
    };
    const std::string with_it = analyze({});
    exchange(path);
    CHECK(analyze({}) == with_it);
    fs::remove_all(path);
    CHECK(analyze({}) == with_it);
    CHECK_THROWS_AS(analyze({c.key + "=" + path.string()}), ConfigError);  // asked for, and not there
  }
}

}  // namespace tsd
