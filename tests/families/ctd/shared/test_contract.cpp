// What ctd_task and ctd_data write is what ctd_data and compare read: one file, all three.
#include <cmath>

#include "families/ctd/compare/fixed_points/starts.hpp"
#include "families/ctd/data/experiment.hpp"
#include "families/ctd/task/analysis/recording.hpp"
#include "families/ctd/task/experiment.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace tsd {
namespace {

using ctd_task::TaskName;

constexpr std::uint64_t kSeed = 3;

RunContext context() {
  RunContext context;
  context.seed = kSeed;
  return context;
}

ctd_task::Config network(TaskName task) {
  ctd_task::Config c;
  c.task = task;
  c.model.H = 4;
  c.train.epochs = 0;
  c.nbff.n_timesteps = 20, c.nbff.dynamic_noise = 0.3;
  c.multitask.task_list = c.multitask.sim_task_list = {"ReactPro", "DelayAnti"};
  c.data_task.n_samples = c.data_sim.n_samples = 10;
  c.simulator.n_neurons_heldin = 5, c.simulator.n_neurons_heldout = 2;
  if (task == TaskName::RandomTarget) c.simulator.trim_inds = {5, -1};
  return c;
}

std::string record(const ctd_task::Config& c, const std::filesystem::path& path) {
  ctd_task::CtdTaskExperiment experiment(c, context());
  Hdf5Writer file(path);
  write_recording(c, kSeed, experiment.learners()[0].parameters(), "cpu", 1, file);
  file.close();
  return path.string();
}

compare::Reference reference_of(const std::string& recording) {
  compare::ReferenceSettings settings;
  settings.recording = recording;
  return compare::read_reference(settings);
}

// A model of each kind, small.
std::vector<ctd_data::ModelSpec> models() {
  std::vector<ctd_data::ModelSpec> all;
  for (const auto cell : {ctd_data::CellType::gru, ctd_data::CellType::vanilla, ctd_data::CellType::node,
                          ctd_data::CellType::lds}) {
    ctd_data::ModelSpec m;
    m.sae.cell = cell, m.sae.latent_size = 6, m.sae.encoder_size = 5, m.sae.vf_hidden_size = 7;
    all.push_back(m);
  }
  for (const bool controlled : {false, true}) {
    ctd_data::ModelSpec m;
    m.family = ctd_data::ModelFamily::lfads;
    m.lfads.ic_enc_dim = 5, m.lfads.ic_dim = 4, m.lfads.gen_dim = 6, m.lfads.fac_dim = 3;
    m.lfads.cell_clip = 0.2;  // reached
    if (controlled) m.lfads.ci_enc_dim = 4, m.lfads.con_dim = 5, m.lfads.co_dim = 2;
    all.push_back(m);
  }
  return all;
}

std::string fit(const ctd_data::ModelSpec& model, const std::string& recording,
                const std::filesystem::path& path) {
  ctd_data::Config c;
  c.data.file = recording;
  c.model = model;
  c.train.epochs = 0;
  ctd_data::CtdDataExperiment experiment(c, context());
  Hdf5Writer results(path);
  results.attribute("/", "seed", static_cast<std::int64_t>(kSeed));  // as the engine does
  experiment.write_results(results);
  results.close();
  return path.string();
}

// The cell goes from each latent to the next, at the inputs that belong there.
void check_goes_on(const compare::Model& model, const compare::Reference& reference) {
  const compare::Courses courses = compare::model_courses(reference, model);
  const auto dynamics = nn::make_dynamics<float>(*model.cell);
  nn::Dynamics<float>::Tape tape;
  double worst = 0;
  for (std::int64_t t = 0; t + 1 < reference.train_latents.steps; ++t) {
    math::Dense<float> h(1, model.units), u(1, model.cell->inputs()), next;
    std::copy_n(courses.state(t), model.units, h.data());
    courses.copy_input(t + 1, u.data());
    dynamics->step(dynamics->project(u), h, next, tape);
    for (int i = 0; i < model.units; ++i)
      worst = std::max(worst, std::fabs(double(next(0, i)) - double(courses.state(t + 1)[i])));
  }
  CHECK(worst < 1e-6);
}

}  // namespace

TEST_CASE("ctd contract: a recording is the same to those who fit it and those who compare") {
  for (const TaskName task : {TaskName::NBFF, TaskName::MultiTask, TaskName::RandomTarget}) {
    CAPTURE(static_cast<int>(task));
    test::TemporaryDirectory folder;
    const ctd_task::Config c = network(task);
    const std::string path = record(c, folder / "recording.h5");
    ctd_data::Config settings;
    settings.data.file = path;
    if (task == TaskName::MultiTask) settings.train.loss = ctd_data::LossKind::multitask;
    const ctd_data::Recording fitted = ctd_data::read_recording(settings);
    const compare::Reference compared = reference_of(path);
    CHECK(fitted.extents.N_in == 5);
    CHECK(fitted.extents.N_all == 7);
    CHECK(fitted.extents.U == shape_of(c.simulated_task()).network_inputs());
    CHECK(compared.heldin == fitted.extents.N_in);
    CHECK(compared.val_spikes.values == fitted.valid.recon);
    CHECK(compared.val_rates.values == fitted.valid.rates);
    CHECK(compared.val_latents.values == fitted.valid.latents);
    CHECK(compared.val_inputs.values == fitted.valid.true_inputs);
    CHECK(compared.train_inputs.values == fitted.train.inputs);
    if (task == TaskName::MultiTask)
      CHECK(compared.val_lengths ==
            std::vector<std::int64_t>(fitted.valid.lengths.begin(), fitted.valid.lengths.end()));
    CHECK(compare::is_whole_and_open(Hdf5Reader(path)) == (task != TaskName::RandomTarget));
    for (const std::string& name : Hdf5Reader(path).list("/"))  // nothing but datasets
      CHECK_NOTHROW(Hdf5Reader(path).text_attribute("/" + name, "dims"));
  }
}

TEST_CASE("ctd contract: trimmed recordings are told by their attributes, now and formerly") {
  test::TemporaryDirectory folder;
  ctd_task::Config c = network(TaskName::NBFF);
  c.simulator.trim_inds = {3, -1};
  CHECK_FALSE(compare::is_whole_and_open(Hdf5Reader(record(c, folder / "now.h5"))));
  Hdf5Writer former(folder / "former.h5");
  former.attribute("/simulation", "trim_begin", std::int64_t{3});
  former.close();
  CHECK_FALSE(compare::is_whole_and_open(Hdf5Reader(folder / "former.h5")));
}

TEST_CASE("ctd contract: a fitted model's cell takes its latents from each to the next") {
  test::TemporaryDirectory folder;
  const std::string recording = record(network(TaskName::NBFF), folder / "recording.h5");
  const compare::Reference reference = reference_of(recording);
  std::vector<std::string> names;
  for (const ctd_data::ModelSpec& model : models()) {
    const std::string file = fit(model, recording, folder / "results.h5");
    const auto found = compare::find_models({{file}, {}, {}}, reference);
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].name);
    names.push_back(found[0].name);
    CHECK(found[0].units == 6);
    CHECK(found[0].inferred_inputs == (model.lfads.has_controller() ? 2 : 0));
    CHECK(found[0].external_inputs == 3);
    check_goes_on(found[0], reference);
  }
  CHECK(names ==
        std::vector<std::string>{"gru6_s3", "vanilla6_s3", "node6_s3", "lds6_s3", "lfads6_s3", "lfads6_s3"});
}

TEST_CASE("ctd contract: a trained network's cell and noise are those of its run") {
  test::TemporaryDirectory folder;
  ctd_task::Config c = network(TaskName::NBFF);
  ctd_task::CtdTaskExperiment experiment(c, context());
  Hdf5Writer results(folder / "results.h5");
  experiment.write_results(results);
  results.close();
  const compare::TaskNetwork read = compare::read_task_network((folder / "").string());
  REQUIRE(read.noise);
  CHECK(read.noise->initial == c.model.latent_ic_std);
  CHECK(read.noise->step == c.model.noise_level);
  CHECK(read.noise->input == 0.3);
  const Hdf5Reader file(folder / "results.h5");
  const auto series = [&](const std::string& name) {
    return compare::read_series(file, "results.h5", "/runs/3/eval/" + name);
  };
  const compare::Series course = compare::roll_out(read, series("true_inputs"), {}, 0, "x", 1),
                        expected = series("noiseless/latents");
  REQUIRE(course.values.size() == expected.values.size());
  double worst = 0;
  for (std::size_t k = 0; k < course.values.size(); ++k)
    worst = std::max(worst, std::fabs(double(course.values[k]) - double(expected.values[k])));
  CHECK(worst < 1e-6);
}

}  // namespace tsd
