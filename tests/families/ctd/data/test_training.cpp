// Training: five updates against torch.optim (scripts/reference/oracles/ctd/auto_encoders.py), interruptions, threads.
#include <cstring>
#include <numeric>

#include "families/ctd/data/learner.hpp"
#include "families/ctd/data/made_up.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::ctd_data {
namespace {

using namespace test;

const Arrays& golden() {
  static const Arrays all =
      read_safetensors(TSD_SOURCE_DIR "/tests/golden/ctd_data.safetensors", Checksum::if_present).arrays;
  return all;
}

Recording made_up_recording() {
  Recording r;
  r.extents = {kT, kIn, kAll, kU};
  r.train = r.valid = made_up_trials();
  r.true_inputs = kU;
  r.valid.true_inputs = r.valid.inputs;
  return r;
}

// A learner that starts from the made-up parameters.
struct Started {
  Config config;
  Recording recording = made_up_recording();
  tsd::test::TemporaryDirectory folder;
  std::unique_ptr<Learner> learner;

  explicit Started(const Config& c, std::uint64_t seed = 1, int threads = 1) : config(c) {
    const Layout layout(c.model);
    config.weights = (folder / "weights.safetensors").string();
    write_safetensors(*config.weights, {nn::to_arrays(layout, made_up_parameters(layout)), {}});
    learner =
        std::make_unique<Learner>(config, seed, recording, native_backend(config, config.model, threads));
  }
  void epochs(int n) {
    for (int k = 0; k < n; ++k) {
      for (std::int64_t u = 0; u < learner->updates_per_epoch(); ++u) learner->update();
      learner->end_epoch();
    }
  }
};

void check_course(const std::string& name, const Config& config) {
  Started started(config);
  started.epochs(5);
  const auto expected = find(golden(), name + "/course").as<double>();
  for (std::size_t k = 0; k < 5; ++k) {
    const Epoch& epoch = started.learner->history()[k];
    CHECK(epoch.train_loss == Approx(expected[2 * k]).epsilon(1e-5));
    CHECK(epoch.grad_norm == Approx(expected[2 * k + 1]).epsilon(1e-4));  // of float32 sums
  }
  for (const nn::Slot& slot : started.learner->layout().slots()) {
    if (slot.name.starts_with("ic_prior") || slot.name.starts_with("co_prior")) continue;
    CAPTURE(slot.name);
    const auto values = find(golden(), name + "/parameters/" + slot.name).as<double>();
    double worst = 0;  // Adam divides by the gradient's size: five steps of 0.02
    for (std::size_t k = 0; k < values.size(); ++k)
      worst = std::max(worst, std::fabs(values[k] - started.learner->parameters()[slot.offset + k]));
    CHECK(worst < 2e-4);
  }
}

}  // namespace

TEST_CASE("ctd_data: an auto-encoder's updates are those of torch.optim.Adam") {
  Config c = small_sae(CellType::gru);
  c.model.dropout = 0;
  c.train.lr = 0.02, c.train.weight_decay = 0.003, c.train.epochs = 5;
  check_course("course_sae", c);
}

TEST_CASE("ctd_data: LFADS's updates are those of torch.optim.AdamW, decay and penalty on a ramp") {
  Config c = small_lfads(true);
  c.model.dropout = 0, c.model.lfads.variational = false, c.augment = {};
  c.train.lr = 0.02, c.train.weight_decay = 0.1, c.train.adam_epsilon = 1e-7, c.train.epochs = 5;
  c.train.loss_scale = 100, c.train.l2_increase_epoch = 2, c.train.l2_gen_scale = 0.7;
  c.train.lr_scheduler = false;
  check_course("course_lfads", c);
}

TEST_CASE("ctd_data: LFADS goes on from a checkpoint to the same bits, all its random numbers on") {
  Config c = small_lfads(true, CoPrior::student_t);
  c.data.batch_size = 2, c.train.epochs = 6, c.metrics_every = 2, c.augment.spike_jitter_width = 1;
  c.augment.temporal_shift_std = 1, c.train.lr_patience = 0;
  Started whole(c), before(c), after(c);
  whole.epochs(6);
  before.epochs(3);
  before.learner->update();  // within an epoch
  after.learner->restore(before.learner->save());
  after.learner->update();
  after.learner->end_epoch();
  after.epochs(2);
  const Arrays a = whole.learner->save(), b = after.learner->save();
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    CAPTURE(a[k].name);
    REQUIRE(a[k].bytes.size() == b[k].bytes.size());
    CHECK(std::memcmp(a[k].bytes.data(), b[k].bytes.data(), a[k].bytes.size()) == 0);  // NaN scores too
  }
  CHECK(whole.learner->parameters() != Started(c).learner->parameters());
  Started other(c, 2);
  other.epochs(6);
  CHECK(other.learner->parameters() != whole.learner->parameters());
}

TEST_CASE("ctd_data: the number of threads changes no bit") {
  for (const Config& c : {small_sae(CellType::gru), small_lfads(true)}) {
    Config config = c;
    config.model.extents.U = kU;
    Trials trials = made_up_trials();
    std::vector<std::int64_t> rows(300);  // more than two blocks
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = static_cast<std::int64_t>(k % kB);
    const Layout layout(config.model);
    const auto parameters = made_up_parameters(layout);
    std::vector<float> one(layout.size()), three(layout.size());
    const Pass pass{noise_of(1, 0), true, true};
    const double loss =
        native_backend(config, config.model, 1)->gradient(parameters, {&trials, rows}, pass, {}, one).recon;
    CHECK(native_backend(config, config.model, 3)
              ->gradient(parameters, {&trials, rows}, pass, {}, three)
              .recon == loss);
    CHECK(one == three);
  }
}

TEST_CASE("ctd_data: augmentations keep what they should") {
  Config c = small_lfads(false);
  c.model.dropout = 0;
  Trials trials = made_up_trials();
  trials.seen.assign(trials.encod.size(), 1);
  const std::vector<std::int64_t> rows = {0, 1, 2};
  const std::vector<int> places = {0, 1, 2};
  const Pass pass{noise_of(3, 8), true, true};
  const auto sum = [](math::Matrix m) { return std::accumulate(m.data, m.data + m.size(), 0.0); };
  const double spikes = std::accumulate(trials.recon.begin(), trials.recon.end(), 0.0);

  c.augment = {};
  c.augment.spike_jitter_width = 2;  // spikes move, none is lost; held-in ones alike
  Preparation jitter(c, c.model.extents);
  const Prepared& moved = jitter.prepare({&trials, rows}, pass, places);
  CHECK(sum(moved.recon) == spikes);
  for (int row = 0; row < kB * kT; ++row)
    for (int n = 0; n < kIn; ++n) CHECK(moved.encod.row(row)[n] == moved.recon.row(row)[n]);

  c.augment = {};
  c.data.sv_rate = 0.25;  // a hidden sample counts for validation, a seen one for training
  trials.seen[0] = 0;
  Preparation validation(c, c.model.extents);
  const Prepared& split = validation.prepare({&trials, rows}, pass, places);
  CHECK(split.encod.row(0)[0] == 0);
  CHECK(split.encod.row(0)[1] == Approx(trials.encod[1] / 0.75));
  CHECK(split.weight.row(0)[0] == 0);
  CHECK(split.weight.row(0)[1] == Approx(1 / 0.75));
  CHECK(split.weight.row(0)[kIn] == 1);
  CHECK(split.held_out.row(0)[0] == 4);
  CHECK(sum(split.held_out) == 4);

  c.data.sv_rate = 0;
  c.augment.selective_backprop = c.augment.ignore_nan = true;  // one missing sample of 126
  trials.recon[1] = std::numeric_limits<float>::quiet_NaN();
  Preparation missing(c, c.model.extents);
  const Prepared& found = missing.prepare({&trials, rows}, pass, places);
  CHECK(found.weight.row(0)[1] == 0);
  CHECK(found.recon.row(0)[1] == 0);
  CHECK(found.weight.row(0)[2] == Approx(126.0 / 125.0));
  const Pass valid{noise_of(3, 9), false, true};  // of the trial's 42
  CHECK(missing.prepare({&trials, rows}, valid, places).weight.row(0)[2] == Approx(42.0 / 41.0));
}

TEST_CASE("ctd_data: what no encoder sees is learnt from whatever is hidden") {
  Config c = small_lfads(false);
  c.model.dropout = 0, c.model.extents.forward = 2;
  c.augment = {};
  c.augment.cd_rate = 0.5, c.augment.cd_pass_rate = 0;
  Trials trials = made_up_trials(0, 2);
  const std::vector<std::int64_t> rows = {0, 1, 2};
  const std::vector<int> places = {0, 1, 2};
  Preparation hidden(c, c.model.extents);
  const Prepared& p = hidden.prepare({&trials, rows}, {noise_of(3, 8), true, true}, places);
  CHECK(p.encod.rows == (kT - 2) * kB);
  int blocked = 0;
  for (int row = 0; row < kB * kT; ++row)
    for (int n = 0; n < kAll; ++n) {
      const bool encoded = row < p.encod.rows && n < kIn, kept = encoded && p.encod.row(row)[n] > 0;
      blocked += p.gradient.row(row)[n] == 0;
      if (!encoded) CHECK(p.gradient.row(row)[n] == 1);
      if (kept) CHECK(p.gradient.row(row)[n] == 0);
      CHECK(p.weight.row(row)[n] == 1);
    }
  CHECK(blocked > 0);
  CHECK(blocked < p.encod.rows * kIn);

  // Missing samples are made up for by others of their neurons and their part of the trial.
  c.augment = {};
  c.augment.ignore_nan = c.augment.scale_by_quadrant = true;
  const auto sample = [](int t, int n) { return static_cast<std::size_t>(t * kAll + n); };
  trials.recon[sample(0, 0)] = trials.recon[sample(kT - 1, kIn)] = std::numeric_limits<float>::quiet_NaN();
  Preparation quadrants(c, c.model.extents);
  const Prepared& q = quadrants.prepare({&trials, rows}, {noise_of(3, 9), false, true}, places);
  CHECK(q.weight.row(0)[1] == Approx(20.0 / 19.0));                  // held-in, encoded: 5 steps of 4
  CHECK(q.weight.row(0)[kIn] == 1);                                  // held-out, encoded
  CHECK(q.weight.row((kT - 1) * kB)[0] == 1);                        // held-in, later
  CHECK(q.weight.row((kT - 1) * kB)[kIn + 1] == Approx(4.0 / 3.0));  // held-out, later: 2 steps of 2
}

}  // namespace tsd::ctd_data
