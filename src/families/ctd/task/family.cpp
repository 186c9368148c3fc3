#include "tsd/families/ctd_task.hpp"

#include "families/ctd/task/analysis/recording.hpp"
#include "families/ctd/task/analysis/simulator.hpp"
#include "families/ctd/task/config.hpp"
#include "families/ctd/task/experiment.hpp"
#include "families/ctd/task/outputs.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd_task {

namespace {

const Config& config_of(const Configuration& configuration) {
  return static_cast<const CtdTaskConfiguration&>(configuration).config();
}

void record(Experiment& finished, Hdf5Writer& file) {
  auto& experiment = dynamic_cast<CtdTaskExperiment&>(finished);
  const Learner& learner = experiment.learners()[0];
  write_recording(experiment.config(), learner.seed(), learner.parameters(), experiment.context().device,
                  experiment.context().threads, file);
}

void simulate_weights(const Configuration& configuration, const RunContext& context,
                      const std::filesystem::path& out) {
  const Config& config = config_of(configuration);
  if (!config.weights) throw UsageError("ctd-simulate: expected weights=FILE.safetensors, got none");
  const auto parameters = given_parameters(*config.weights, Layout(config.spec()), context.seed);
  make_directories(out);
  Hdf5Writer file(out / recording_name(config.simulator));
  write_recording(config, context.seed, parameters, context.device, context.threads, file);
  file.close();
  log_info((out / recording_name(config.simulator)).string());
}

void write_task_data(const Configuration& configuration, const RunContext& context,
                     const std::filesystem::path& out) {
  write_data(config_of(configuration), context.seed, out);
}

}  // namespace

Family family() {
  Family f;
  f.name = "ctd_task";
  f.command = "ctd-task";
  f.title = "recurrent networks trained on memory, decision and reaching tasks";
  f.paper =
      "Versteeg et al. 2025, Computation-through-Dynamics Benchmark: simulated datasets and quality metrics "
      "for dynamical models of neural activity, github.com/snel-repo/ComputationThruDynamicsBenchmark";
  f.tasks = {"NBFF", "MultiTask", "RandomTarget"};
  f.analyses = {{"recording", "spikes of simulated neurons that read the first network's latents",
                 recording_outputs(), record}};
  f.outputs = outputs();
  f.example = "configs/ctd_task.yaml";
  f.tools = {
      {"ctd-simulate",
       "turn the latents of a network with given weights into a recording under the reference's name",
       "data/ctd", simulate_weights},
      {"ctd-task-data", "write a task's trials for training and simulation under the reference's names",
       "data/ctd", write_task_data}};
  f.make = [] { return std::make_unique<CtdTaskConfiguration>(); };
  return f;
}

}  // namespace tsd::ctd_task
