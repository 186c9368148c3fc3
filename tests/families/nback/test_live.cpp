// backbone.bn: live, through a whole epoch.
#include <ATen/ops/equal.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <vector>

#include "families/nback/data/features/feature_table.hpp"
#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "families/nback/experiment.hpp"
#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/nn/archive.hpp"

namespace tsd::nback {
namespace {

constexpr std::uint64_t kSeed = 3;

// Two airplanes as files: 32 images are enough.
StimulusImages two_objects(const std::filesystem::path& folder) {
  StimuliConfig built_in;
  built_in.identities = 2;
  StimulusImages images = load_images(built_in, 1);
  images.set = factorial_set({"airplane"}, std::vector{2});
  images.pixels.resize(images.set.stimuli.size() * kImageBytes);
  write_images(images, folder, 1);
  return images;
}

// An epoch of one training batch of 2 x 3 images, then validation on images that are not in it.
Config one_batch(const std::filesystem::path& images) {
  Config config;
  config.n_values = {1};
  config.sequence_length = 3;
  config.num_train = config.batch_size = 2;
  config.num_val = 4;
  config.validation = {"novel_angle"};
  config.task_features = {"location"};
  config.stimuli.source = StimuliSource::images;
  config.stimuli.path = images;
  config.stimuli.split.train_identity_ratio = 0.5;
  config.backbone = {
      .arch = Arch::mobilenet_v2, .weights = "random", .bn = BnMode::live, .standardize = Standardize::none};
  config.hidden_size = 16;
  return config;
}

std::vector<Metric> epoch(NbackExperiment& experiment) {
  for (;;)
    if (const StepReport report = experiment.step(); !report.row.empty()) return report.row;
}

}  // namespace

// The same epoch from a table: what training sees stands there as its batch's statistics make it, everything
// else as the running statistics that this batch leaves behind do.
TEST_CASE("live: training sees each batch under its own statistics, validation under the running ones",
          "[live]") {
  const test::OneThread one;
  const RunContext context{.directory = {}, .seed = kSeed, .load_weights = {}};
  const test::TemporaryDirectory folder;
  const StimulusImages images = two_objects(folder.path());
  Config config = one_batch(folder.path());
  NbackExperiment live(config, context);
  const auto got = epoch(live);

  Batch batch;
  make_training_stream(config, images.set, make_splits(images.set, config.stimuli.split), kSeed)->next(batch);
  REQUIRE(batch.stimulus.size() == 6);
  Perceptual perceptual(locate_weights(config.backbone), "cpu", kSeed);
  const std::size_t F = static_cast<std::size_t>(perceptual.features());
  const auto of_batch = perceptual.features_in_training(images.pixels, batch.stimulus);
  std::vector<std::int32_t> all(images.set.stimuli.size());
  std::iota(all.begin(), all.end(), 0);
  auto features = perceptual.features_of(images.pixels, all);
  for (std::size_t i = 0; i < batch.stimulus.size(); ++i)
    std::copy_n(&of_batch[i * F], F, &features[static_cast<std::size_t>(batch.stimulus[i]) * F]);

  write_features(folder / "table.h5", {images.set, static_cast<int>(F), features, "", "", ""});
  config.stimuli.source = StimuliSource::features;
  config.stimuli.path = folder / "table.h5";
  NbackExperiment tabular(config, context);
  const auto expected = epoch(tabular);

  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO(expected[i].name);
    CHECK(got[i].value == Approx(expected[i].value).epsilon(1e-6));
  }
  // And the checkpoint carries the statistics.
  const auto saved = live.weights();
  for (const Array& statistic : perceptual.state()) {
    INFO(statistic.name);
    CHECK(torch::equal(nn::to_tensor(find(saved, statistic.name)), nn::to_tensor(statistic)));
  }
}

}  // namespace tsd::nback
