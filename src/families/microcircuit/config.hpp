// What a microcircuit config says, in the keys of the original's parameter files (microcircuit.md 5.2).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/microcircuit/model/activation.hpp"
#include "families/microcircuit/model/version.hpp"
#include "families/microcircuit/series.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::microcircuit {

enum class Task { bw_only, fw_bw, yin_yang };
enum class Model { BP, FA, PAL, DTPDRL, LDRL, KP, WM, SS, DFA };
enum class Quirks { mended, original };  // of the original's arithmetic
enum class NoiseType { OU, hold_white_noise };
enum class NoiseMode { constant, uP, uP_breve, vapi, uP_adaptive };  // what the standard deviation follows
enum class Rng { reference, fast };
enum class OnDivergence { stop, drop };

// Whether BPP learns from noise.
constexpr bool is_noisy(Model model) {
  return model == Model::PAL || model == Model::DTPDRL || model == Model::LDRL || model == Model::WM;
}

using Range = std::vector<double>;  // low, high

struct Config {
  Task task = Task::fw_bw;
  Version version = Version::current;
  Model model_type = Model::PAL;
  std::vector<int> layers = {1, 1, 1};  // n_0 .. n_N
  std::vector<std::string> activation = {"logistic"};
  std::vector<std::int64_t> random_seed;  // of the students; empty: the run's seed
  Rng rng = Rng::reference;
  Quirks quirks = Quirks::mended;
  BackendChoice backend = BackendChoice::automatic;
  OnDivergence on_divergence = OnDivergence::stop;

  double dt = 0.01, Tpres = 1, dtxi = 0.01, tauHP = 0.1, tauLO = 100, tauxi = 0.1;  // ms
  std::optional<double> settling_time;  // ms; none: kSettlingTime, phased: Tpres
  std::optional<double> taur;
  double tausyn = 0.01, Tbw = 1, taueps = 1;  // ms
  double Tmirror = 0;                         // ms
  int dataset_size = 100, epochs = 5000;
  int test_size = 1000, test_every = 1;             // samples, epochs
  std::vector<std::int64_t> data_seeds = {42, 40};  // of yin_yang's samples: to learn from, to test with
  std::vector<double> class_targets = {0, 1};       // potentials of outputs: of other classes, of the own

  NoiseType noise_type = NoiseType::OU;
  NoiseMode noise_mode = NoiseMode::constant;
  std::vector<double> noise_scale = {0.01};
  double noise_deg = 30;

  double gl = 0.03, gbas = 0.1, gapi = 0.06, gden = 0.1, gnI = 0.06, gntgt = 0.06;  // 1/ms

  std::vector<double> eta_fw = {2, 0.5}, eta_bw = {20}, eta_IP = {10}, eta_PI = {0.5};  // 1/ms
  std::vector<double> alpha = {1e-6};

  Range init_WPP_range = {-1, 0}, init_WIP_range = {-1, 1}, init_BPP_range = {-1, 0},
        init_BPI_range = {-1, 1};
  Range init_teacher_WPP_range = {0, 2}, init_teacher_WIP_range = {-1, 1}, init_teacher_BPP_range = {-1, 1},
        init_teacher_BPI_range = {-1, 1};
  bool init_in_SPS = true, copy_teacher_weights = false, copy_teacher_voltages = false;

  bool inter_low_pass = false, pyr_hi_pass = true;
  bool dWPP_low_pass = true, dWPP_r_low_pass = false, dWPP_post_low_pass = false, dWPP_use_activation = true;
  bool gate_regularizer = false, varphi_regularizer = false;

  std::string input_signal = "step";
  std::optional<std::string> init_file, input_file, test_file;
  int rec_per_steps = 100;
  int keep_weights_every = 0;  // epochs; 0: none are kept
  bool reset_sets = false;
  std::array<bool, kSeries.size()> record{};  // by Series

  static constexpr double kSettlingTime = 100;

  // LDRL of the parameter files from before 2023 is what the current version calls PAL.
  Model rule() const {
    return version == Version::current && model_type == Model::LDRL ? Model::PAL : model_type;
  }
  const VersionFacts& facts() const { return facts_of(version); }
  bool original() const { return quirks == Quirks::original; }
  // Feedback comes from the output, and one population of interneurons cancels it.
  bool skips() const { return version == Version::phased || model_type == Model::DFA; }
  int interneurons() const { return skips() ? 1 : hidden(); }              // populations
  int hidden() const { return static_cast<int>(layers.size()) - 2; }       // N - 1
  int populations() const { return static_cast<int>(layers.size()) - 1; }  // N
  bool learns_forward() const { return task != Task::bw_only || !facts().freezes_WPP; }
  bool tested() const { return task == Task::yin_yang || test_file.has_value(); }
  std::vector<Activation> activations() const;  // one per population
  std::int64_t presentation_steps() const;      // Euler steps of a sample (S)
  double settling() const {
    return settling_time.value_or(version == Version::phased ? Tpres : kSettlingTime);
  }  // ms
  std::int64_t settling_steps() const;
  std::int64_t noise_steps() const;   // Euler steps between two noise samples (K)
  std::int64_t phase_steps() const;   // from one noisy layer to the next (phased)
  std::int64_t mirror_steps() const;  // of a presentation, at its beginning (WM)
  bool records(Series series) const { return record[static_cast<std::size_t>(series)]; }
};

// Parameter files of the original name no family; those of the phased program have Tbw.
std::optional<Settings> recognise(const Settings& given);

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
inline bool needs_library(const Config& config) { return config.backend == BackendChoice::torch; }
inline std::string cpu_alone(const Config& config) {
  return config.version == Version::phased ? "version: phased" : cpu_alone(config.backend);
}
using MicrocircuitConfiguration = ConfigurationOf<Config, class MicrocircuitExperiment>;

}  // namespace tsd::microcircuit
