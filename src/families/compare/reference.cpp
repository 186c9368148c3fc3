#include "families/compare/reference.hpp"

#include <algorithm>

#include "families/ctd_shared/values.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {
namespace {

Series finite_series(const Hdf5Reader& file, const std::string& source, const std::string& dataset) {
  Series s = read_series(file, source, dataset);
  ctd::check_finite(s.values, s.shape(), source + ": " + dataset);
  return s;
}

void expect(bool holds, const std::string& source, const std::string& dataset, const std::string& expected,
            const Series& got) {
  if (!holds)
    throw DataError(source + ": " + dataset + ": expected " + expected + ", got shape " +
                    to_string(got.shape()));
}

// The column of timing, where the settings name one; else every step counts.
std::vector<std::int64_t> lengths_of(const Hdf5Reader& file, const std::string& source,
                                     const std::string& part, TrialLengths rule, const Series& latents) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(latents.trials), latents.steps);
  const std::string told = "/" + part + "_trial_len", extra = "/" + part + "_extra";
  if (rule == TrialLengths::automatic && file.exists(told)) {
    const Array array = file.dataset(told, DType::i64, {latents.trials});
    std::ranges::copy(array.as<std::int64_t>(), lengths.begin());
  } else if (rule == TrialLengths::extra) {
    const Array array = file.dataset(extra, DType::f32, {latents.trials, -1});
    const auto columns = static_cast<std::size_t>(array.shape[1]);
    if (columns < 2)
      throw DataError(source + ": " + extra + ": expected a second column with lengths, got " +
                      std::to_string(columns) + " columns");
    for (std::size_t i = 0; i < lengths.size(); ++i)
      lengths[i] = ctd::checked_length(array.as<float>()[i * columns + 1], latents.steps,
                                       source + ": " + extra + to_string(Shape{std::int64_t(i), 1}));
    return lengths;
  }
  for (std::size_t i = 0; i < lengths.size(); ++i)
    ctd::checked_length(static_cast<double>(lengths[i]), latents.steps,
                        source + ": " + told + to_string(Shape{std::int64_t(i)}));
  return lengths;
}

// The same inputs once more, with new noise.
void resimulate(const std::string& source, std::uint64_t seed, int threads, Reference& r) {
  const TaskNetwork& network = *r.network;
  if (!network.noise)
    throw DataError(source +
                    ": expected a run directory of ctd_task for reference.latents=resimulate, which "
                    "tells the noise, got weights alone");
  r.train_latents = roll_out(network, r.train_inputs, *network.noise, seed, "train", threads);
  r.val_latents = roll_out(network, r.val_inputs, *network.noise, seed, "valid", threads);
}

}  // namespace

// The closed loop's environment is not here, and what trimming cut can't be made again.
bool is_whole_and_open(const Hdf5Reader& recording) {
  const bool trimmed = recording.has_attribute("/", "simulation_trim_begin") ||
                       (recording.exists("/simulation") &&
                        recording.has_attribute("/simulation", "trim_begin"));  // of earlier files
  return !trimmed && !recording.exists("/train_joints");
}

Reference read_reference(const ReferenceSettings& settings, std::uint64_t seed, int threads) {
  Reference r;
  r.source = settings.recording;
  const Hdf5Reader file(settings.recording);
  const auto read = [&](const char* name) { return finite_series(file, r.source, name); };
  r.train_latents = read("/train_latents"), r.val_latents = read("/valid_latents");
  r.train_inputs = read("/train_inputs"), r.val_inputs = read("/valid_inputs");
  r.val_rates = read("/valid_activity"), r.val_spikes = read("/valid_recon_data");
  ctd::check_rates(r.val_rates.values, r.val_rates.shape(), r.source + ": /valid_activity");
  ctd::check_counts(r.val_spikes.values, r.val_spikes.shape(), r.source + ": /valid_recon_data");
  const Series heldin = read("/valid_encod_data");
  if (file.exists("/valid_targets")) r.val_targets = read("/valid_targets");
  r.heldin = heldin.width;
  const auto same = [&](const Series& s, const Series& of, const char* name) {
    expect(s.trials == of.trials && s.steps == of.steps, r.source, name,
           std::to_string(of.trials) + " trials of " + std::to_string(of.steps) + " steps, as of its latents",
           s);
  };
  same(r.train_inputs, r.train_latents, "/train_inputs");
  same(r.val_inputs, r.val_latents, "/valid_inputs");
  same(r.val_rates, r.val_latents, "/valid_activity");
  same(r.val_spikes, r.val_latents, "/valid_recon_data");
  same(heldin, r.val_latents, "/valid_encod_data");
  if (!r.val_targets.values.empty()) same(r.val_targets, r.val_latents, "/valid_targets");
  expect(r.val_spikes.width == r.val_rates.width, r.source, "/valid_recon_data",
         std::to_string(r.val_rates.width) + " neurons, as of /valid_activity", r.val_spikes);
  expect(heldin.width <= r.neurons(), r.source, "/valid_encod_data",
         "at most " + std::to_string(r.neurons()) + " neurons", heldin);
  expect(r.train_latents.width == r.val_latents.width && r.train_latents.steps == r.val_latents.steps,
         r.source, "/valid_latents",
         "steps and units of /train_latents " + to_string(r.train_latents.shape()), r.val_latents);
  r.train_lengths = lengths_of(file, r.source, "train", settings.trial_lengths, r.train_latents);
  r.val_lengths = lengths_of(file, r.source, "valid", settings.trial_lengths, r.val_latents);
  if (!settings.task_model) return r;
  r.network = read_task_network(*settings.task_model);
  const nn::CellParameters& cell = r.network->cell;
  if (cell.units() != r.train_latents.width)
    throw DataError(*settings.task_model + ": a network of " + std::to_string(cell.units()) +
                    " units, expected the " + std::to_string(r.train_latents.width) + " of " + r.source);
  if (settings.latents == ReferenceLatents::stored) return r;
  if (!is_whole_and_open(file))
    throw DataError(r.source +
                    ": expected whole trials of a network without environment for "
                    "reference.latents=resimulate, got trimmed ones or those of an arm");
  if (cell.inputs() != r.train_inputs.width)
    throw DataError(*settings.task_model + ": a network of " + std::to_string(cell.inputs()) +
                    " inputs, expected the " + std::to_string(r.train_inputs.width) + " of " + r.source);
  resimulate(*settings.task_model, seed, threads, r);
  return r;
}

}  // namespace tsd::compare
