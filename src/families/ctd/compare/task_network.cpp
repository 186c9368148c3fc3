#include "families/ctd/compare/task_network.hpp"

#include <algorithm>
#include <filesystem>

#include "families/ctd/shared/cells.hpp"
#include "tsd/engine/parallel.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::compare {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTrialsOfBlock = 64;

// Where networks of a run lie in its results: the first seed's.
std::string first_run(const Hdf5Reader& file, const std::string& source) {
  if (!file.exists("/runs")) throw DataError(source + ": /runs is missing: expected results of ctd_task");
  for (const std::string& name : file.list("/runs"))
    if (file.exists("/runs/" + name + "/params")) return "/runs/" + name + "/params/";
  throw DataError(source + ": no parameters under /runs");
}

nn::CellParameters task_cell(const ctd::Lookup& lookup, const std::string& source) {
  const auto below = [&](const std::string& prefix) {
    return [&lookup, prefix](const std::string& name) { return lookup(prefix + name); };
  };
  if (const auto hh = lookup("cell.weight_hh")) {
    const bool gru = hh->shape.size() == 2 && hh->shape[0] == 3 * hh->shape[1];
    return ctd::gated_cell(gru ? nn::CellType::gru : nn::CellType::vanilla, below("cell."), source);
  }
  if (lookup("generator.vf_net.0.weight")) return ctd::node_cell(below("generator.vf_net."), source);
  throw DataError(source + ": expected the parameters of a GRU_RNN, NoisyGRU, Vanilla_RNN or NODE network");
}

TaskNetwork network_of(const ctd::Lookup& lookup, const std::string& source) {
  TaskNetwork n;
  n.cell = task_cell(lookup, source);
  n.initial.assign(static_cast<std::size_t>(n.cell.units()), 0);
  if (const auto ics = lookup("latent_ics")) {
    if (ics->dtype != DType::f32 || ics->shape != Shape{n.cell.units()})
      throw DataError(source + ": latent_ics: expected " + std::to_string(n.cell.units()) +
                      " float32 numbers, got shape " + to_string(ics->shape));
    std::ranges::copy(ics->as<float>(), n.initial.begin());
  }
  return n;
}

Effector effector_of(const ctd::ArmLoop& loop, int units, const ctd::Lookup& lookup,
                     const std::string& source) {
  Effector e{loop, math::DenseD(ctd::kMuscles, units), {}};
  const auto read = [&](const char* name, const Shape& shape) {
    const auto found = lookup(name);
    if (!found || found->dtype != DType::f32 || found->shape != shape)
      throw DataError(source + ": " + name + ": expected float32 numbers of shape " + to_string(shape) +
                      (found ? ", got shape " + to_string(found->shape) : ", got none"));
    return std::vector<double>(found->as<float>().begin(), found->as<float>().end());
  };
  std::ranges::copy(read("readout.weight", {ctd::kMuscles, units}), e.readout.data());
  e.readout_bias = read("readout.bias", {ctd::kMuscles});
  return e;
}

class Block {
 public:
  Block(const TaskNetwork& network, const NetworkNoise& noise, const Series& inputs, std::int64_t first,
        std::int64_t count)
      : dynamics_(nn::make_dynamics<float>(network.cell)),
        noise_(noise),
        inputs_(inputs),
        first_(first),
        h_(static_cast<int>(count), network.cell.units()) {
    for (int i = 0; i < h_.rows; ++i) std::ranges::copy(network.initial, h_.row(i));
  }

  void run(std::uint64_t seed, const std::string& part, Series& latents) {
    for (int i = 0; i < h_.rows; ++i)
      streams_.emplace_back(seed, "resimulate/" + part + "/" + std::to_string(first_ + i));
    disturb(noise_.initial, h_);
    math::Dense<float> u(h_.rows, inputs_.width), next;
    nn::Dynamics<float>::Tape tape;
    for (std::int64_t t = 0; t < inputs_.steps; ++t) {
      for (int i = 0; i < h_.rows; ++i) std::copy_n(inputs_.row(place(i, t)), inputs_.width, u.row(i));
      disturb(noise_.input, u);
      dynamics_->step(dynamics_->project(u), h_, next, tape);
      disturb(noise_.step, next);
      std::swap(h_, next);
      for (int i = 0; i < h_.rows; ++i)
        std::copy_n(h_.row(i), h_.columns, latents.values.data() + place(i, t) * h_.columns);
    }
  }

 private:
  std::int64_t place(int i, std::int64_t t) const { return (first_ + i) * inputs_.steps + t; }
  void disturb(double sd, math::Dense<float>& x) {
    for (int i = 0; sd > 0 && i < x.rows; ++i)
      for (float& value : x.span(i))
        value += static_cast<float>(sd * streams_[static_cast<std::size_t>(i)].normal());
  }

  std::unique_ptr<nn::Dynamics<float>> dynamics_;
  const NetworkNoise& noise_;
  const Series& inputs_;
  std::int64_t first_;
  math::Dense<float> h_;
  std::vector<Philox> streams_;
};

}  // namespace

TaskNetwork read_task_network(const std::string& path) {
  if (fs::is_directory(path)) {
    const std::string source = (fs::path(path) / "results.h5").string();
    const Hdf5Reader file(source);
    const std::string group = first_run(file, source);
    const ctd::Lookup lookup = [&](const std::string& name) {
      return file.exists(group + name) ? std::optional(file.dataset(group + name)) : std::nullopt;
    };
    TaskNetwork network = network_of(lookup, source);
    network.noise = ctd::read_noise(file);
    if (const auto loop = ctd::read_arm(file, source))
      network.effector = effector_of(*loop, network.cell.units(), lookup, source);
    return network;
  }
  const Arrays arrays = read_safetensors(path, Checksum::if_present).arrays;
  return network_of(
      [&](const std::string& name) {
        const auto found = std::ranges::find(arrays, name, &Array::name);
        return found == arrays.end() ? std::nullopt : std::optional(*found);
      },
      path);
}

Series roll_out(const TaskNetwork& network, const Series& inputs, const NetworkNoise& noise,
                std::uint64_t seed, const std::string& part, int threads) {
  Series latents{inputs.trials, inputs.steps, network.cell.units(), {}};
  latents.values.resize(static_cast<std::size_t>(latents.rows() * latents.width));
  const auto blocks = static_cast<std::size_t>((inputs.trials + kTrialsOfBlock - 1) / kTrialsOfBlock);
  parallel_for(blocks, threads, [&](std::size_t b) {
    math::use_threads(1);
    const std::int64_t first = static_cast<std::int64_t>(b) * kTrialsOfBlock;
    Block(network, noise, inputs, first, std::min(kTrialsOfBlock, inputs.trials - first))
        .run(seed, part, latents);
  });
  math::use_threads(threads);
  return latents;
}

}  // namespace tsd::compare
