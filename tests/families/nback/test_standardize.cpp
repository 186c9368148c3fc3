// backbone.standardize: what is done to features, everywhere they enter.
#include <cmath>
#include <vector>

#include "families/nback/data/features/feature_table.hpp"
#include "families/nback/experiment.hpp"
#include "families/nback/transfer.hpp"
#include "nn/made_up_weights.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

// The same objects with and without a common mean in their features. Multiples of 2^-16 are exact in float32
// even with 4 added.
struct Tables {
  test::TemporaryDirectory folder;
  FeatureFile table = synthetic_features(2, 1);

  Tables() {
    for (float& value : table.features) value = std::round(value * 65536) / 65536;
    write_features(folder / "plain.h5", table);
    FeatureFile moved = table;
    for (float& value : moved.features) value += 4;
    write_features(folder / "moved.h5", moved);
  }
  Config config(const std::string& name, Standardize standardize) const {
    Config config;
    config.n_values = {1};
    config.num_train = 32;
    config.num_val = 16;
    config.stimuli.source = StimuliSource::features;
    config.stimuli.path = folder / name;
    config.stimuli.split.train_identity_ratio = 0.5;
    config.backbone.standardize = standardize;
    config.hidden_size = 8;
    return config;
  }
};

const RunContext kContext{.directory = {}, .seed = 1, .load_weights = {}};

struct Seen {
  std::vector<Metric> row;
  std::vector<float> cnn;
};
Seen seen(const Config& config) {
  NbackExperiment experiment(config, kContext);
  for (;;)
    if (const StepReport report = experiment.step(); !report.row.empty())
      return {report.row, experiment.trace(experiment.validation()[0].sequences).cnn};
}

double distance(const Seen& a, const Seen& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.row.size(); ++i)
    largest = std::max(largest, std::abs(a.row[i].value - b.row[i].value));
  for (std::size_t i = 0; i < a.cnn.size(); ++i)
    largest = std::max(largest, static_cast<double>(std::abs(a.cnn[i] - b.cnn[i])));
  return largest;
}

}  // namespace

TEST_CASE("standardize: mean and SD are those of the training rows, applied to all", "[standardize]") {
  const std::vector<float> features = {1, 5, 100, -7, 3, 5};  // [3, 2]; row 1 is not trained on
  const std::vector<std::int32_t> training = {0, 2};
  const auto after = [&](Standardize how) {
    auto values = features;
    apply(feature_scale(values, 2, training, how), values, 2);
    return values;
  };
  CHECK(after(Standardize::none) == features);
  CHECK(after(Standardize::centre) == std::vector<float>{-1, 0, 98, -12, 1, 0});
  CHECK(after(Standardize::zscore) == std::vector<float>{-1, 0, 98, -12, 1, 0});  // SD 1; none: divided by 1
  const std::vector<float> wide = {0, 4, 10};
  CHECK(feature_scale(wide, 1, training, Standardize::zscore).mean == std::vector{5.0});
  CHECK(feature_scale(wide, 1, training, Standardize::zscore).sd == std::vector{5.0});
  CHECK(feature_scale(wide, 1, training, Standardize::centre).sd.empty());
  CHECK(feature_scale(wide, 1, training, Standardize::none).mean.empty());
}

// Whatever is common to all images is gone before training, validation, analyses and the proxy task see it,
// natively and plain. Raw features are the control.
TEST_CASE("standardize: a common mean changes nothing where features are centred", "[standardize]") {
  const test::OneThread one;
  const Tables tables;
  for (const Mode mode : {Mode::train, Mode::proxy})
    for (const BackendChoice backend : {BackendChoice::native, BackendChoice::torch})
      for (const Standardize how : {Standardize::centre, Standardize::zscore, Standardize::none}) {
        const auto run = [&](const std::string& name) {
          Config config = tables.config(name, how);
          config.mode = mode;
          config.backend = backend;
          return seen(config);
        };
        INFO(name_of(how) << (mode == Mode::proxy ? ", proxy" : "")
                          << (backend == BackendChoice::torch ? ", torch" : ""));
        const double change = distance(run("plain.h5"), run("moved.h5"));
        // The means differ by their rounding in double precision, a feature by its last bit of float32
        // (6e-8).
        if (how == Standardize::none)
          CHECK(change > 1e-2);
        else
          CHECK(change < 1e-5);
      }
}

TEST_CASE("standardize: the run keeps what was done, and init_from refuses weights of other features",
          "[standardize]") {
  const test::OneThread one;
  const Tables tables;
  const auto finished = [&](Standardize how) {
    NbackExperiment experiment(
        tables.config("moved.h5", how),
        {.directory = {}, .seed = 1, .load_weights = [](const auto&) { return std::nullopt; }});
    while (experiment.step().row.empty()) {
    }
    const auto folder = tables.folder / name_of(how);
    std::filesystem::create_directory(folder);
    Hdf5Writer results(folder / "results.h5");
    experiment.write_results(results);
    results.close();
    return experiment.weights();
  };
  const Arrays weights = finished(Standardize::zscore);
  finished(Standardize::none);
  const Hdf5Reader results(tables.folder / "zscore/results.h5"), raw(tables.folder / "none/results.h5");
  const Array split = results.dataset("/stimuli/split"), mean = results.dataset("/stimuli/feature_mean");
  double expected = 0, count = 0;
  for (std::size_t i = 0; i < split.as<std::uint8_t>().size(); ++i)
    if (split.as<std::uint8_t>()[i] == 0) expected += tables.table.features[i * 2048 + 3], ++count;
  CHECK(count == 48);  // 4 objects, 3 angles, 4 places
  CHECK(mean.as<double>()[3] == Approx(expected / count + 4));
  CHECK(results.dataset("/stimuli/feature_sd").shape == Shape{2048});
  CHECK_FALSE(raw.exists("/stimuli/feature_mean"));
  CHECK(raw.text_attribute("/stimuli", "standardize") == "none");

  CHECK_NOTHROW(started_from(tables.folder / "zscore", Standardize::zscore, weights));
  CHECK_THROWS_WITH(started_from(tables.folder / "zscore", Standardize::centre, weights),
                    Catch::Contains("init_from: expected features like this run's, backbone.standardize "
                                    "centre, got zscore"));
}

}  // namespace tsd::nback
