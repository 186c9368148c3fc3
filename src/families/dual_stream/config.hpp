// What a dual-stream config says, in the option names of the original (dual_stream.md 5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "families/dual_stream/data/stimuli.hpp"
#include "families/dual_stream/fit/fit_config.hpp"
#include "families/dual_stream/model/model.hpp"
#include "families/dual_stream/rivals/rival.hpp"
#include "tsd/engine/backend_choice.hpp"
#include "tsd/engine/experiment.hpp"

namespace tsd::dual_stream {

enum class FastName {
  none,
  clustering,
  multiunit_clustering,
  distr_learner,
  distr_learner_mu,
  distr_learner_wta,
  distr_learner_wta_mu,
  exemplar,
  exemplar_mu,
  exemplar_kde,
  first_rival  // and one for each of rivals()
};
enum class IfFull { learn, rest };
enum class SlowName { none, dnn };
enum class Rng { reference, fast };
enum class Accumulate { float32, float64 };
enum class OnDivergence { stop, drop };
enum class Teacher { shared, separate };
enum class Reseed { automatic, each_run, once };
enum class Lesion { none, fast, slow };
enum class Procedure { epochs, nosofsky1994 };

struct FastConfig {
  // clustering
  std::optional<int> max_num_clusters, in_features;
  double r = 2, q = 1, specificity = 0.25, beta = 3, temp_softwta = 0.012, thr = -0.4;
  std::string temp_competition = "equivalent", high_attn_constraint = "sumtoone";
  double lr_clustering = 0.1, center_lr_multiplier = 1, high_attn_lr_multiplier = 1, asso_lr_multiplier = 1;
  // multiunit_clustering
  int n_units = 10000;
  double phi = 7, lr_clusters = 0.15;
  std::string attn_type = "dimensional_local", ties = "torch";
  std::string noise = "None", lesion = "None";
  // distribution learners and exemplars
  std::optional<int> max_nunits, n_dims;
  double novelty = 0.01, p = 1;
  IfFull if_full = IfFull::learn;
  double attn_weighting = 0.02, lr_units = 0.002, momentum = 0;
  std::string unit_recruit_type = "feedback";
  Covariance covariance = Covariance::diagonal;
  // defaults that depend on the stream
  std::optional<double> Phi, c, k, lr_nn, lr_attn;
};

struct SlowConfig {
  std::optional<int> input_size, output_size;
  int n_units = 25, networks_depth = 3;
  double lr = 0.1, mom = 0, dropout = 0;
};

struct Consolidation {
  double gate = 1;                 // of the fast stream in the sum
  std::optional<int> anneal_from;  // epoch from which the gate falls to 0
  int anneal_epochs = 100;
  int replay = 0;  // after each epoch
  Teacher teacher = Teacher::shared;
  Lesion lesion = Lesion::none;  // at test
};

struct Config {
  std::string config_version;
  FastName fast = FastName::clustering;
  SlowName slow = SlowName::dnn;
  LossKind loss_fn = LossKind::bcelogits;
  int random_seed = 999, epochs = 350, n_runs = 50;
  FastConfig fast_config;
  SlowConfig slow_config;
  std::vector<std::vector<double>> rival_parameters = published_parameters();  // as rivals()

  Task task = Task::automatic;
  std::vector<int> problem_types = {1, 2, 3, 4, 5, 6}, held_out;
  std::optional<std::string> stimuli_file, order_file, init_file;

  Rng rng = Rng::reference;
  bool shuffle = true;
  Procedure procedure = Procedure::epochs;
  std::optional<std::int64_t> init_seed;
  std::int64_t init_offset = 0;
  bool init_across_types = false;
  Reseed reseed = Reseed::automatic;
  bool honour_momentum = true;

  Accumulate accumulate = Accumulate::float32;
  OnDivergence on_divergence = OnDivergence::stop;
  Consolidation consolidation;
  FitConfig fit;
  bool save_trials = false, save_init = false;
  int map_points = 0;
  BackendChoice backend = BackendChoice::automatic;
  std::optional<std::string> ref;
  std::string ref_name;

  Task resolved_task() const;
  int features() const;  // as the streams say, else those of the task
  bool features_given() const;
  bool is_rival() const { return fast >= FastName::first_rival; }
  std::size_t rival() const {  // place in rivals()
    return static_cast<std::size_t>(fast) - static_cast<std::size_t>(FastName::first_rival);
  }
  bool single_stream() const { return fast == FastName::none || slow == SlowName::none; }
  bool draws_weights() const;  // initial ones
  bool reseeds() const;
  float gate(std::int64_t epoch) const;
  ModelSpec spec(int D, int K, int items) const;
};

// Of the competition; none where it is to be equivalent to a power (or the text is no number).
std::optional<double> temperature_of(const FastConfig& config);

void describe(Schema& schema, FastConfig& config);
void describe(Schema& schema, SlowConfig& config);
void describe(Schema& schema, Consolidation& config);

struct RivalValues {
  const RivalFacts& facts;
  std::vector<double>& values;
};
void describe(Schema& schema, RivalValues& values);
std::vector<std::pair<std::string, FastName>> fast_names();

// Keys that were set, but that no chosen stream or task reads.
void check_unread(const Config& config, Problems& problems);

// Whether `fit` names numbers, and ranges that they may have.
void check_fit(const Config& config, Problems& problems);

// What a file of the original leaves unsaid, its streams above all; nothing if it is none.
std::optional<Settings> recognise(const Settings& given);

void describe(Schema& schema, Config& config);
void check(const Config& config, Problems& problems);
std::vector<MemoryNeed> memory(const Config& config);
inline bool needs_library(const Config& config) { return config.backend == BackendChoice::torch; }
std::string cpu_alone(const Config& config);

class DualStreamConfiguration final : public Configuration {
 public:
  void describe(Schema& schema) override { dual_stream::describe(schema, config_); }
  void check(Problems& problems) const override { dual_stream::check(config_, problems); }
  std::vector<MemoryNeed> memory() const override { return dual_stream::memory(config_); }
  bool needs_library() const override { return dual_stream::needs_library(config_); }
  std::string cpu_alone() const override { return dual_stream::cpu_alone(config_); }
  std::unique_ptr<Experiment> build(
      const RunContext& context) const override;  // a run, or the search for one

 private:
  Config config_;
};

}  // namespace tsd::dual_stream
