// What is read from recordings, and what is refused in which words.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "families/ctd/data/data/doubts.hpp"
#include "families/ctd/data/data/recording.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_data {
namespace {

using tsd::test::TemporaryDirectory;

// Parts of a recording by name, to be changed before they are written.
struct Parts {
  std::map<std::string, std::pair<Shape, std::vector<double>>> all;

  explicit Parts(bool nlb = false) {
    for (const auto& [side, n] : {std::pair{nlb ? "eval" : "valid", 2}, {"train", 4}}) {
      const std::string name = std::string(side) + "_";
      add(name + (nlb ? "spikes_heldin" : "encod_data"), {n, 5, 3});
      add(name + (nlb ? "spikes_heldout" : "recon_data"), {n, 5, nlb ? 1 : 4});
      if (nlb) continue;
      auto& held_in = all[name + "encod_data"].second;  // the first three of the four
      for (std::size_t k = 0; k < held_in.size(); ++k) held_in[k] = static_cast<double>(k / 3 * 4 + k % 3);
      add(name + "inputs", {n, 5, 2});
      add(name + "activity", {n, 5, 4});
      add(name + "latents", {n, 5, 6});
      add(name + "extra", {n, 2});
    }
  }
  void add(const std::string& name, const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(count(shape)));
    std::iota(values.begin(), values.end(), 0);
    all[name] = {shape, values};
  }
  std::string write(const TemporaryDirectory& folder) const {
    const std::string path = folder / "recording.h5";
    Hdf5Writer file(path);
    for (const auto& [name, part] : all) file.dataset<double>("/" + name, part.second, part.first, {});
    file.close();
    return path;
  }
};

Config config_for(const std::string& path) {
  Config c;
  c.data.file = path;
  return c;
}

std::string refusal(
    const Parts& parts, const std::function<void(Config&)>& set = [](Config&) {}) {
  TemporaryDirectory folder;
  Config c = config_for(parts.write(folder));
  set(c);
  try {
    read_recording(c);
  } catch (const DataError& error) {
    const std::string message = error.what(), path = c.data.file + ": ";
    return message.starts_with(path) ? message.substr(path.size()) : message;
  }
  return "accepted";
}

}  // namespace

TEST_CASE("ctd_data: a recording is read as it is") {
  TemporaryDirectory folder;
  const Recording r = read_recording(config_for(Parts().write(folder)));
  CHECK(r.extents.T == 5);
  CHECK(r.extents.N_in == 3);
  CHECK(r.extents.N_all == 4);
  CHECK(r.extents.U == 2);
  CHECK(r.true_latents == 6);
  CHECK(r.train.n == 4);
  CHECK(r.valid.n == 2);
  CHECK(r.train.recon[21] == 21);
  CHECK(r.train.lengths.empty());  // not asked for
  CHECK(r.sha256.size() == 64);
}

TEST_CASE("ctd_data: lengths of trials are in the second column of extra") {
  TemporaryDirectory folder;
  Parts parts;
  parts.all["train_extra"].second = {9, 1, 9, 3, 9, 5, 9, 2};
  Config c = config_for(parts.write(folder));
  c.train.loss = LossKind::multitask;
  CHECK(read_recording(c).train.lengths == std::vector<int>{1, 3, 5, 2});
}

TEST_CASE("ctd_data: lfads-torch's true rates are in a unit of their own") {
  TemporaryDirectory folder;
  Parts parts;
  for (const std::string side : {"train", "valid"}) {
    parts.all[side + "_truth"] = parts.all[side + "_activity"];
    parts.all.erase(side + "_activity");
  }
  parts.all["conversion_factor"] = {{}, {0.02}};
  const Recording r = read_recording(config_for(parts.write(folder)));
  CHECK(r.valid.rates[21] == Approx(21 / 0.02));
  parts.all["conversion_factor"] = {{}, {0}};
  CHECK_THROWS_WITH(read_recording(config_for(parts.write(folder))),
                    Catch::EndsWith("/conversion_factor: expected one number above 0, got 0"));
}

TEST_CASE("ctd_data: held-in and held-out spikes of the Neural Latents Benchmark go side by side") {
  TemporaryDirectory folder;
  Config c = config_for(Parts(true).write(folder));
  c.data.provide_inputs = false;
  const Recording r = read_recording(c);
  CHECK(r.extents.N_in == 3);
  CHECK(r.extents.N_all == 4);
  CHECK(r.extents.U == 0);
  CHECK(std::vector(r.train.recon.begin(), r.train.recon.begin() + 8) ==
        std::vector<float>{0, 1, 2, 0, 3, 4, 5, 1});
}

TEST_CASE("ctd_data: steps that the encoders don't see are at the end of recon_data") {
  TemporaryDirectory folder;
  Parts parts;
  for (const auto& [side, n] : {std::pair<std::string, int>{"train", 4}, {"valid", 2}}) {
    parts.add(side + "_recon_data", {n, 7, 4});
    for (const char* other : {"_activity", "_latents"}) parts.all.erase(side + other);
  }
  const Recording r = read_recording(config_for(parts.write(folder)));
  CHECK(r.extents.T == 7);
  CHECK(r.extents.encoded() == 5);
  CHECK(r.train.encod.size() == 4 * 5 * 3);
  CHECK(r.train.recon.size() == 4 * 7 * 4);
  // Inputs go on as zeros.
  CHECK(std::vector(r.train.inputs.begin() + 8, r.train.inputs.begin() + 16) ==
        std::vector<float>{8, 9, 0, 0, 0, 0, 10, 11});
  parts.add("valid_recon_data", {2, 6, 4});
  CHECK(refusal(parts) ==
        "validation trials: expected those of training, 7 steps (5 of them encoded), 3 of 4 neurons, 2 "
        "inputs, got 6 steps (5 of them encoded), 3 of 4 neurons, 2 inputs");
}

TEST_CASE("ctd_data: trials that are to be predicted need held-in spikes alone") {
  TemporaryDirectory folder;
  Parts parts;
  parts.add("test_encod_data", {3, 5, 3});
  parts.add("test_inputs", {3, 5, 2});
  const Recording r = read_recording(config_for(parts.write(folder)));
  CHECK(r.test.n == 3);
  CHECK(r.test.encod.size() == 3 * 5 * 3);
  CHECK(r.test.recon == std::vector<float>(3 * 5 * 4, 0));
  parts.add("test_encod_data", {3, 5, 2});
  CHECK(refusal(parts) == "/test_encod_data: expected 5 steps of 3 neurons, as in training, got [3, 5, 2]");
}

TEST_CASE("ctd_data: the benchmark's forward steps follow, and its test phase has no held-out spikes") {
  TemporaryDirectory folder;
  Parts parts(true);
  for (const auto& [side, n] : {std::pair<std::string, int>{"train", 4}, {"eval", 2}}) {
    parts.add(side + "_spikes_heldin_forward", {n, 2, 3});
    parts.add(side + "_spikes_heldout_forward", {n, 2, 1});
  }
  Config c = config_for(parts.write(folder));
  c.data.provide_inputs = false;
  const Recording r = read_recording(c);
  CHECK(r.extents.T == 7);
  CHECK(r.extents.encoded() == 5);
  // The last of the first five steps, the first of the two that follow, the next trial.
  CHECK(std::vector(r.train.recon.begin() + 16, r.train.recon.begin() + 32) ==
        std::vector<float>{12, 13, 14, 4, 0, 1, 2, 0, 3, 4, 5, 1, 15, 16, 17, 5});
  for (const char* part : {"_spikes_heldout", "_spikes_heldin_forward", "_spikes_heldout_forward"})
    parts.all.erase(std::string("eval") + part);
  c.data.file = parts.write(folder);
  CHECK_THROWS_WITH(read_recording(c), Catch::Contains("data.reshuffle_tv_ratio"));
  c.data.reshuffle_tv_seed = 0, c.data.reshuffle_tv_ratio = 0.25;
  const Recording test_phase = read_recording(c);
  CHECK(test_phase.train.n == 3);
  CHECK(test_phase.valid.n == 1);
  CHECK(test_phase.test.n == 2);
  CHECK(test_phase.of_training == 4);
  std::vector<std::int64_t> places = test_phase.train.places;
  places.push_back(test_phase.valid.places[0]);
  std::ranges::sort(places);
  CHECK(places == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("ctd_data: sessions become one recording, each trial with its own neurons") {
  TemporaryDirectory first, second;
  Parts parts, other;
  for (const auto& [side, n] : {std::pair<std::string, int>{"train", 6}, {"valid", 1}}) {
    other.add(side + "_encod_data", {n, 5, 2});
    other.add(side + "_recon_data", {n, 5, 4});
    other.add(side + "_inputs", {n, 5, 2});
    for (const char* name : {"_activity", "_latents", "_extra"}) other.all.erase(side + name);
  }
  Config c = config_for(parts.write(first));
  c.data.sessions = {other.write(second)};
  c.model.family = ModelFamily::lfads, c.model.lfads.readin_dim = 2;
  const Recording r = read_recording(c);
  CHECK(r.extents.N_in == 5);
  CHECK(r.extents.N_all == 8);
  CHECK(r.train.n == 10);
  CHECK(r.valid.n == 3);
  CHECK(r.train.session == std::vector<int>{0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  // Held-in of the first and of the second, held-out of both.
  const auto row = [](const std::vector<float>& all, int k, int width) {
    return std::vector(all.begin() + k * width, all.begin() + (k + 1) * width);
  };
  CHECK(row(r.train.encod, 1, 5) == std::vector<float>{4, 5, 6, 0, 0});
  CHECK(row(r.train.encod, 21, 5) == std::vector<float>{0, 0, 0, 2, 3});
  const auto recon = row(r.train.recon, 21, 8);
  CHECK(std::isnan(recon[0]));
  CHECK(std::isnan(recon[5]));
  CHECK(std::vector{recon[3], recon[4], recon[6], recon[7]} == std::vector<float>{4, 5, 6, 7});
  CHECK(row(r.train.recon, 1, 8)[5] == 7);
  CHECK(r.train.sessions->parts[1].neurons() == 4);
  CHECK(r.train.sessions->mean[3] == 29);  // of 0, 2, .. 58
  other.add("valid_recon_data", {1, 6, 4}), other.add("train_recon_data", {6, 6, 4});
  c.data.sessions = {other.write(second)};
  CHECK_THROWS_WITH(read_recording(c), Catch::Contains("expected trials as those of " + c.data.file +
                                                       ", 5 steps, 5 of them encoded, "
                                                       "2 inputs, got 6 steps, 5 of them encoded, 2 inputs"));
  c.data.sessions = {c.data.file};
  CHECK_THROWS_WITH(read_recording(c),
                    Catch::Contains("data.sessions: expected a recording of other neurons"));
}

TEST_CASE("ctd_data: trials are split anew as scikit-learn splits them") {
  TemporaryDirectory folder;
  Config c = config_for(Parts().write(folder));
  c.data.reshuffle_tv_seed = 5;
  // sklearn.model_selection.train_test_split(range(6), test_size=2, random_state=5)
  const Recording r = read_recording(c);
  const auto first = [](const Trials& t, int width) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < t.n; ++i) values.push_back(t.recon[static_cast<std::size_t>(i * width)]);
    return values;
  };
  // Trials 0 to 3 begin with 0, 20, 40, 60, trials 4 and 5, of validation before, with 0 and 20.
  CHECK(first(r.train, 20) == std::vector<float>{0, 20, 0, 60});
  CHECK(first(r.valid, 20) == std::vector<float>{20, 40});
}

namespace {

// Poisson-like counts of neurons that follow courses of their own; [trial, time, neuron], or the axes swapped.
Table counts_of(int trials, int steps, int neurons, bool swapped, double height = 2) {
  const int rows = swapped ? neurons : steps, columns = swapped ? steps : neurons;
  Table table{{trials, rows, columns}, {}};
  for (int i = 0; i < trials; ++i)
    for (int a = 0; a < rows; ++a)
      for (int b = 0; b < columns; ++b) {
        const int t = swapped ? b : a, n = swapped ? a : b;
        const double rate = height * (1 + std::sin(0.2 * t + 2.4 * n)),
                     draw = std::fabs(std::sin(12.9898 * i + 78.233 * t + 37.719 * n) * 43758.5453);
        table.values.push_back(static_cast<float>(std::floor(rate + draw - std::floor(draw))));
      }
  return table;
}

}  // namespace

TEST_CASE("ctd_data: what is odd about a recording is said") {
  const auto doubts = [](const Table& recon) { return doubts_of(recon, recon); };
  const Table right = counts_of(20, 60, 15, false), wrong = counts_of(20, 60, 15, true);
  CHECK(doubts(right).empty());
  REQUIRE(doubts(wrong).size() == 1);
  CHECK_THAT(doubts(wrong)[0], Catch::StartsWith("recon_data: looks like trial x neuron x time, expected"));
  Table time_first{{60, 20, 15}, {}};
  for (std::size_t t = 0; t < 60; ++t)
    for (std::size_t i = 0; i < 20; ++i)
      for (std::size_t n = 0; n < 15; ++n) time_first.values.push_back(right.values[(i * 60 + t) * 15 + n]);
  REQUIRE(doubts(time_first).size() == 1);
  CHECK_THAT(doubts(time_first)[0],
             Catch::StartsWith("recon_data: looks like time x trial x neuron, expected"));
  // Blocks of alike trials are alike, but so are steps.
  Table blocks = right;
  for (std::size_t k = 0; k < blocks.values.size(); ++k) {
    const auto n = static_cast<double>(k % 15), t = static_cast<double>(k / 15 % 60);
    blocks.values[k] =
        static_cast<float>(std::floor(4 + 3 * std::sin(0.2 * t + 2.4 * n + (k / 9000 > 0 ? 1 : 0))));
  }
  CHECK(doubts(blocks).empty());
  // Sorted by what they prefer, neurons are alike, and so are steps.
  Table sorted = right;
  for (std::size_t k = 0; k < sorted.values.size(); ++k) {
    const auto n = static_cast<double>(k % 15), t = static_cast<double>(k / 15 % 60);
    sorted.values[k] = static_cast<float>(std::floor(4 + 3 * std::sin(0.2 * t + 0.3 * n)));
  }
  CHECK(doubts(sorted).empty());

  Table silent = right;
  for (std::size_t k = 4; k < silent.values.size(); k += 15) silent.values[k] = 0;
  REQUIRE(doubts(silent).size() == 1);
  CHECK(doubts(silent)[0] ==
        "recon_data: neurons without a spike: 4 (1 of 15); scores count them, better leave them out");

  Table other{{20, 60, 2}, {}};  // neurons 1 and 0
  for (std::size_t k = 0; k < right.values.size(); k += 15)
    other.values.push_back(right.values[k + 1]), other.values.push_back(right.values[k]);
  REQUIRE(doubts_of(other, right).size() == 1);
  CHECK_THAT(doubts_of(other, right)[0], Catch::StartsWith("encod_data: differs from recon_data at [0, "));

  Table rare = right;
  for (std::size_t k = 0; k < rare.values.size(); ++k) rare.values[k] = k % 151 == 0;
  REQUIRE(!doubts(rare).empty());
  CHECK_THAT(doubts(rare).back(), Catch::StartsWith("recon_data: a spike in one of 150 bins, and never two"));

  Table per_second = right;  // bins of 20 ms
  for (float& count : per_second.values) count *= 50;
  REQUIRE(doubts(per_second).size() == 1);
  CHECK(
      doubts(per_second)[0] ==
      "recon_data: every count is a multiple of 50: expected spikes per step; if they are per second, divide by "
      "50");
  Table rates = right;  // counts are right on the mean
  CHECK(about_rates(rates, right).empty());
  CHECK(about_rates({}, right).empty());
  for (float& rate : rates.values) rate *= 50;
  CHECK_THAT(about_rates(rates, right), Catch::StartsWith("activity: a mean of "));
  for (float& rate : rates.values) rate /= 2500;
  CHECK_THAT(about_rates(rates, right), Catch::StartsWith("activity: a mean of "));
}

TEST_CASE("ctd_data: datasets whose names are near those that are read are told, with both names") {
  const auto told = [](const std::vector<std::string>& names) { return about_names(names, {"hand_vel"}); };
  const std::vector<std::string> right = {"train_encod_data",  "train_recon_data",
                                          "train_latents",     "train_hand_vel",
                                          "conversion_factor", "psth",
                                          "train_units",       "notes",
                                          "mc_maze_20"};
  CHECK(told(right) == "");
  CHECK(
      told({"train_recon_data", "train_latent", "valid_latent"}) ==
      "datasets that nothing reads: train_latent (is train_latents meant?), valid_latent (is valid_latents meant?)");
  CHECK(
      told({"trian_inputs", "valid_Truth", "eval_hand_vle", "conversion_facter"}) ==
      "datasets that nothing reads: trian_inputs (is train_inputs meant?), valid_Truth (is valid_truth meant?), "
      "eval_hand_vle (is eval_hand_vel meant?), conversion_facter (is conversion_factor meant?)");
  CHECK(told({"train_latents", "train_latent"}) == "");  // what is meant is there
}

TEST_CASE("ctd_data: bad recordings are refused with place, expected and got") {
  Parts parts;
  CHECK(refusal(parts) == "accepted");
  parts.all.erase("valid_recon_data");
  CHECK(refusal(parts) ==
        "/valid_recon_data: expected a dataset (or those of the Neural Latents Benchmark), got none");
  parts = Parts();
  parts.all["train_encod_data"].second[17] = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal(parts) ==
        "/train_encod_data[1, 0, 2]: expected a count of spikes, 0, 1, 2, .. below 16777216, got NaN");
  parts = Parts();
  parts.all["valid_recon_data"].second[1] = -2;
  CHECK(refusal(parts) ==
        "/valid_recon_data[0, 0, 1]: expected a count of spikes, 0, 1, 2, .. below 16777216, got -2");
  const std::string count = ": expected a count of spikes, 0, 1, 2, .. below 16777216, got ";
  for (const auto& [value, text] : {std::pair{0.37, "0.37"}, {1e9, "1000000000"}}) {
    parts = Parts();
    parts.all["valid_recon_data"].second[33] = value;
    CHECK(refusal(parts) == "/valid_recon_data[1, 3, 1]" + count + text);
    const auto any = [](Config& c) {
      c.model.family = ModelFamily::lfads, c.model.lfads.likelihood = Likelihood::gaussian;
    };
    CHECK(refusal(parts, any) == "accepted");
  }
  parts = Parts();
  for (double& x : parts.all["train_recon_data"].second) x = 0;
  CHECK(refusal(parts) == "/train_recon_data: expected spikes, got none in 4 trials");
  parts = Parts();
  parts.all["valid_activity"].second[7] = -0.5;
  CHECK(refusal(parts) ==
        "/valid_activity[0, 1, 3]: expected a rate in spikes per step, at least 0, not its logarithm, got "
        "-0.5");
  parts = Parts();
  parts.all["train_inputs"].second[13] = std::numeric_limits<double>::infinity();
  CHECK(refusal(parts) == "/train_inputs[1, 1, 1]: expected a finite number, got inf");
  parts = Parts();
  parts.add("train_recon_data", {3, 5, 4});
  CHECK(
      refusal(parts) ==
      "/train_recon_data: expected the 4 trials of encod_data, of at least its 5 steps, got [3, 5, 4], where "
      "one of both looks like neuron x time x trial");
  parts = Parts();
  parts.add("train_recon_data", {4, 4, 4});
  CHECK(refusal(parts) ==
        "/train_recon_data: expected the 4 trials of encod_data, of at least its 5 steps, got [4, 4, 4]");
  parts = Parts();
  parts.add("train_latents", {4, 6, 6});
  CHECK(refusal(parts) ==
        "/train_latents: expected trials and steps of recon_data, [4, 5] + columns, got [4, 6, 6]");
  parts = Parts();
  parts.add("train_encod_data", {4, 3, 5}), parts.add("train_recon_data", {4, 4, 5});
  CHECK(
      refusal(parts) ==
      "/train_inputs: expected trials and steps of recon_data, [4, 4] + columns, got [4, 5, 2], where one of "
      "both looks like trial x neuron x time");
  parts = Parts();
  parts.add("train_activity", {4, 4, 5});
  CHECK(
      refusal(parts) ==
      "/train_activity: expected trials and steps of recon_data, [4, 5] + columns, got [4, 4, 5], where one of "
      "both looks like trial x neuron x time");
  parts = Parts();
  parts.add("train_activity", {4, 5, 4}), parts.add("train_latents", {6, 5, 4});
  CHECK(
      refusal(parts) ==
      "/train_latents: expected trials and steps of recon_data, [4, 5] + columns, got [6, 5, 4], where one of "
      "both looks like neuron x time x trial");
  parts = Parts();
  parts.add("train_encod_data", {3, 5, 4});  // [neuron, time, trial]
  CHECK_THAT(refusal(parts), Catch::StartsWith("/train_recon_data: expected the 3 trials of encod_data") &&
                                 Catch::EndsWith(", where one of both looks like neuron x time x trial"));
  parts = Parts();
  parts.add("train_encod_data", {3, 5, 7}), parts.add("train_recon_data", {4, 5, 7});
  CHECK(refusal(parts) ==
        "/train_recon_data: expected the 3 trials of encod_data, of at least its 5 steps, got [4, 5, 7]; if "
        "that is neuron x time x trial, reverse the axes of all");
  parts = Parts();  // without held-out neurons; as many of them as there are trials of training
  for (const auto& [side, n] : {std::pair{"train_", 7}, {"valid_", 3}}) {
    for (const char* name : {"encod_data", "recon_data", "activity"})
      parts.add(side + std::string(name), {4, 5, n});
    parts.add(side + std::string("inputs"), {4, 5, 2}), parts.add(side + std::string("latents"), {4, 5, 6});
  }
  CHECK_THAT(refusal(parts),
             Catch::StartsWith("validation trials: expected those of training") &&
                 Catch::EndsWith("; if that is neuron x time x trial, reverse the axes of all"));
  parts = Parts();
  parts.add("train_recon_data", {4, 5, 2});
  CHECK(refusal(parts) == "/train_recon_data: expected at least the 3 held-in neurons, got 2 neurons");
  parts = Parts();
  parts.add("valid_encod_data", {2, 5, 2});
  CHECK(refusal(parts) ==
        "validation trials: expected those of training, 5 steps, 3 of 4 neurons, 2 inputs, got 5 steps, 2 of "
        "4 neurons, 2 "
        "inputs");
  parts = Parts();
  for (const auto& [name, columns] :
       {std::pair{"encod_data", 3}, {"recon_data", 4}, {"inputs", 2}, {"activity", 4}, {"latents", 6}})
    parts.add(std::string("valid_") + name, {4, 3, columns});
  CHECK(
      refusal(parts) ==
      "validation trials: expected those of training, 5 steps, 3 of 4 neurons, 2 inputs, got 3 steps, 3 of 4 neurons, 2 "
      "inputs, as in time x trial x neuron");
  parts = Parts();
  parts.add("train_activity", {4, 5, 3});
  CHECK(refusal(parts) == "/train_activity: expected 4 neurons, got 3");
  parts = Parts();
  parts.all.erase("train_inputs");
  CHECK(refusal(parts) == "/train_inputs: expected a dataset, or data.provide_inputs=false, got none");
  parts = Parts();
  const auto multitask = [](Config& c) { c.train.loss = LossKind::multitask; };
  CHECK(refusal(parts, multitask) ==
        "/train_extra[3, 1]: expected a length in steps, a whole number from 1 to 5, got 7");
  parts.all["train_extra"].second = {9, 1, 9, 3.5, 9, 5, 9, 2};
  CHECK(refusal(parts, multitask) ==
        "/train_extra[1, 1]: expected a length in steps, a whole number from 1 to 5, got 3.5");
  parts.all.erase("train_extra");
  CHECK(refusal(parts, multitask) == "/train_extra: expected trial lengths in column 1, got none");
  CHECK(refusal(Parts(), [](Config& c) { c.data.reshuffle_tv_seed = 1, c.data.reshuffle_tv_ratio = 0.99; }) ==
        "data.reshuffle_tv_ratio: expected some trials on both sides, got 6 of 6 for validation");
}

}  // namespace tsd::ctd_data
