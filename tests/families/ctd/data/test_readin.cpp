// Read-ins that sessions bring along: what is read and refused, how read-in and readout begin, both backends.
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "families/ctd/data/data/readin.hpp"
#include "families/ctd/data/learner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_data {
namespace {

using Datasets = std::map<std::string, std::pair<Shape, std::vector<double>>>;

// Counts of three trials of training and one of validation, four steps; W [held-in neuron, 2] and b.
Datasets session(int held_in, int all, double phase) {
  Datasets data;
  for (const auto& [side, n] : {std::pair<std::string, int>{"/train_", 3}, {"/valid_", 1}}) {
    auto& encod = data[side + "encod_data"] = {{n, 4, held_in}, {}};
    auto& recon = data[side + "recon_data"] = {{n, 4, all}, {}};
    for (int k = 0; k < n * 4 * all; ++k) {
      const double count = std::floor(2 + 1.9 * std::sin(2.3 * k + phase));
      recon.second.push_back(count);
      if (k % all < held_in) encod.second.push_back(count);
    }
  }
  return data;
}

struct Days {
  test::TemporaryDirectory folder;
  Datasets first = session(3, 4, 0), second = session(2, 2, 1);
  Config config;

  Days() {
    first["/readin_weight"] = {{3, 2}, {1, .5, -.25, 1, 2, -.75}};
    first["/readout_bias"] = {{3}, {0.5, 2, 0}};
    second["/readin_weight"] = {{2, 2}, {1, .5, 2, 1}};
    second["/readout_bias"] = {{2}, {1, 0.25}};
    config.model.family = ModelFamily::lfads;
    config.model.dropout = 0.1;
    LfadsSpec& m = config.model.lfads;
    m.ic_enc_dim = 3, m.ic_dim = 2, m.ci_enc_dim = 2, m.con_dim = 3, m.co_dim = 1, m.gen_dim = 4;
    m.fac_dim = m.readin_dim = 2, m.readin = Readin::recorded;
    config.augment.cd_rate = 0.3;
    config.data.provide_inputs = false, config.data.batch_size = 4;
    config.metrics_every = 0;
  }
  std::string write(const std::string& name, const Datasets& data) const {
    const std::string path = folder / name;
    Hdf5Writer file(path);
    for (const auto& [dataset, part] : data) file.dataset<double>(dataset, part.second, part.first, {});
    file.close();
    return path;
  }
  Recording read() {
    config.data.file = write("first.h5", first);
    config.data.sessions = {write("second.h5", second)};
    Recording recording = read_recording(config);
    config.model.extents = recording.extents;
    return recording;
  }
  std::string refusal() {
    try {
      read();
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
};

struct Begun {
  Layout layout;
  std::vector<float> drawn, parameters;

  Begun(const Config& config, const Recording& recording)
      : layout(config.model), drawn(initial_parameters(config.model, layout, 5)), parameters(drawn) {
    begin_sessions(*recording.train.sessions, config.model.lfads, layout, parameters);
  }
  float at(const std::string& name, std::size_t k) const { return parameters[layout[name].offset + k]; }
};

}  // namespace

TEST_CASE(
    "ctd_data readin: readouts begin with the pseudo-inverses that NumPy gives, held-out ones as drawn") {
  Days days;
  const Recording recording = days.read();
  CHECK(recording.train.sessions->mean == std::vector<float>{0.5, 2, 0, 1, 0.25});
  const Begun begun(days.config, recording);
  // readin.weight [dimension, held-in neuron]
  const double W[] = {1, -.25, 2, 1, 2, .5, 1, -.75, .5, 1};
  for (std::size_t k = 0; k < 10; ++k) CHECK(begun.at("readin.weight", k) == W[k]);
  // numpy.linalg.pinv(W).T; the second session's W has rank 1
  const double inverse[] = {0.320164187,  0.496664956, 0.104669061, 0.623909697, 0.353001539,
                            -0.170343766, 0.16,        0.08,        0.32,        0.16};
  for (std::size_t k = 0; k < 10; ++k)
    CHECK(begun.at("readout.weight", k) == Approx(inverse[k]).epsilon(1e-6));
  const double bias[] = {std::log(0.5), std::log(2), 0, 0, std::log(0.25)};
  for (std::size_t n = 0; n < 5; ++n) CHECK(begun.at("readout.bias", n) == Approx(bias[n]).epsilon(1e-6));
  // The one neuron that is held out, and everything else.
  std::size_t changed = 0;
  for (std::size_t k = 0; k < begun.drawn.size(); ++k) changed += begun.drawn[k] != begun.parameters[k];
  CHECK(changed == 10 + 10 + 3);
}

TEST_CASE("ctd_data readin: what is read in and out again is what it was") {
  Days days;
  days.config.model.lfads.log_bias = false;
  const Begun begun(days.config, days.read());
  // x = b + W y, of the first session's neurons
  const double b[] = {0.5, 2, 0}, W[3][2] = {{1, .5}, {-.25, 1}, {2, -.75}}, y[] = {0.7, -1.3};
  double x[3], z[2] = {0, 0};
  for (std::size_t n = 0; n < 3; ++n) x[n] = b[n] + W[n][0] * y[0] + W[n][1] * y[1];
  for (std::size_t d = 0; d < 2; ++d)
    for (std::size_t n = 0; n < 3; ++n) z[d] += double{begun.at("readin.weight", d * 5 + n)} * (x[n] - b[n]);
  for (std::size_t n = 0; n < 3; ++n) {
    CAPTURE(n);
    const double back = double{begun.at("readout.bias", n)} + begun.at("readout.weight", 2 * n) * z[0] +
                        begun.at("readout.weight", 2 * n + 1) * z[1];
    CHECK(back == Approx(x[n]).margin(1e-6));
  }
}

TEST_CASE("ctd_data readin: native and plain models learn the same, and leave read-ins as they are") {
  Days days;
  const Recording recording = days.read();
  const Config& c = days.config;
  Learner native(c, 3, recording, native_backend(c, c.model, 1)),
      plain(c, 3, recording, torch_backend(c, c.model, "cpu"));
  for (Learner* learner : {&native, &plain}) {
    for (int epoch = 0; epoch < 3; ++epoch) {
      for (std::int64_t u = 0; u < learner->updates_per_epoch(); ++u) learner->update();
      learner->end_epoch();
    }
    const nn::Slot& slot = learner->layout()["readin.weight"];
    CHECK(learner->parameters()[slot.offset + 2] == 2);
  }
  for (std::size_t e = 0; e < 3; ++e) {
    CHECK(native.history()[e].train_loss == Approx(plain.history()[e].train_loss).epsilon(1e-5));
    CHECK(native.history()[e].valid_loss == Approx(plain.history()[e].valid_loss).epsilon(1e-5));
  }
  // Training moves readouts from where they begin.
  const std::size_t readout = native.layout()["readout.weight"].offset;
  CHECK(native.parameters()[readout] != Begun(c, recording).at("readout.weight", 0));
}

TEST_CASE("ctd_data readin: datasets that do not fit are refused with place, expected and got") {
  const auto refused = [](const std::function<void(Days&)>& change) {
    Days days;
    change(days);
    return days.refusal();
  };
  CHECK(refused([](Days&) {}) == "");
  CHECK_THAT(refused([](Days& s) { s.second.erase("/readin_weight"); }),
             Catch::Contains("second.h5: /readin_weight: expected a dataset with model.readin: recorded"));
  CHECK_THAT(refused([](Days& s) { s.first.erase("/readout_bias"); }),
             Catch::Contains("first.h5: /readout_bias: expected a dataset"));
  CHECK_THAT(refused([](Days& s) { s.config.model.lfads.readin_dim = 3; }),
             Catch::Contains("first.h5: /readin_weight: expected [3, 3], held-in neurons and "
                             "model.readin_dim, got [3, 2]"));
  CHECK_THAT(refused([](Days& s) { s.second["/readout_bias"].second[1] = -0.5; }),
             Catch::Contains("second.h5: /readout_bias[1]: expected counts per step, at least 0, got -0.5"));
  CHECK_THAT(refused([](Days& s) {
               s.first["/readin_weight"].second[3] = std::numeric_limits<double>::quiet_NaN();
             }),
             Catch::Contains("first.h5: /readin_weight[1, 1]"));
  CHECK(refused([](Days& s) {
          s.config.model.lfads.log_bias = false;
          s.second["/readout_bias"].second[1] = -0.5;
        }) == "");
}

}  // namespace tsd::ctd_data
