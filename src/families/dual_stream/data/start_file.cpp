#include "families/dual_stream/data/start_file.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::dual_stream {

namespace {

using Tensors = std::map<std::string, const Array*>;  // of one checkpoint, by the original's name

class Checkpoint {
 public:
  Checkpoint(std::string source, const Tensors& tensors, const ModelSpec& model, const Layout& layout)
      : source_(std::move(source)), tensors_(tensors), model_(model), layout_(layout) {}

  bool has(const std::string& stream) const {
    return std::ranges::any_of(tensors_, [&](const auto& t) { return t.first.starts_with(stream); });
  }

  void put_slow(std::vector<float>& state) {
    for (std::size_t l = 0; l < layout_.W.size(); ++l) {
      const std::string layer = "SlowModel.layers." + std::to_string(l) + ".";
      copy(layer + "weight", layout_.W[l].shape, state, layout_.fast_size + layout_.W[l].offset);
      copy(layer + "bias", layout_.b[l].shape, state, layout_.fast_size + layout_.b[l].offset);
    }
  }

  void put_fast(std::vector<float>& state) {
    if (model_.fast.kind == FastKind::distribution) return put_distribution(state);
    const bool clustering = model_.fast.kind == FastKind::clustering;
    const std::int64_t N = model_.fast.N, D = model_.D;
    copy("FastModel.Distance.weight", layout_.position.shape, state, layout_.position.offset);
    copy("FastModel.DimensionWiseAttnLayer.weight", {1, D}, state, layout_.attention.offset);
    copy("FastModel.ClsLayer.weight", layout_.association.shape, state, layout_.association.offset);
    copy(clustering ? "FastModel.MaskNonRecruit.weight" : "FastModel.MaskLayer.active_units",
         clustering ? Shape{1, N} : Shape{N}, state, layout_.active.offset);
    if (!clustering) used_.insert("FastModel.MaskLayer.winning_units");  // chosen anew in each trial
  }

  void check_all_used() const {
    for (const auto& [name, tensor] : tensors_)
      if (!used_.contains(name)) wrong(name, "a tensor of these streams", to_string(tensor->shape));
  }

 private:
  std::span<const float> values(const std::string& name, const Shape& shape) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw DataError(source_ + ": expected a tensor " + name + ", got none");
    const Array& array = *found->second;
    if (array.dtype != DType::f32 || array.shape != shape)
      wrong(name, "f32 " + to_string(shape),
            std::string(name_of(array.dtype)) + " " + to_string(array.shape));
    used_.insert(name);
    return array.as<float>();
  }

  void copy(const std::string& name, const Shape& shape, std::vector<float>& state, std::size_t at) {
    std::ranges::copy(values(name, shape), state.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // Units in use come first, and those that were recruited together are equal.
  void put_distribution(std::vector<float>& state) {
    const Fast& f = model_.fast;
    const std::int64_t units = f.units, D = model_.D, K = model_.K;
    const auto active = values("FastModel.MaskNonRecruit.active_units", {units});
    const auto used = static_cast<std::int64_t>(std::ranges::count(active, 1.0f));
    if (std::count(active.begin(), active.begin() + used, 1.0f) != used ||
        (used % f.recruits != 0 && used != units))
      wrong("FastModel.MaskNonRecruit.active_units",
            "the first units in use, recruited " + std::to_string(f.recruits) + " at a time",
            std::to_string(used) + " of them");
    put_groups("FastModel.MultiVariateAttn.units", {units, D}, state, layout_.position.offset);
    put_groups("FastModel.ClsLayer.weight", {units, K}, state, layout_.association.offset);
    const bool full = f.covariance == Covariance::full;
    put_groups("FastModel.MultiVariateAttn.attn", {units, D, D}, state, layout_.attention.offset, !full);
    const std::int64_t groups = (used + f.recruits - 1) / f.recruits;
    state[layout_.active.offset] = static_cast<float>(groups);
  }

  void put_groups(const std::string& name, const Shape& shape, std::vector<float>& state, std::size_t at,
                  bool diagonal = false) {
    const Fast& f = model_.fast;
    const auto all = values(name, shape);
    const std::size_t width = all.size() / static_cast<std::size_t>(f.units),
                      D = static_cast<std::size_t>(f.D);
    for (std::size_t unit = 0; unit < static_cast<std::size_t>(f.units); ++unit) {
      const auto first = unit / static_cast<std::size_t>(f.recruits) * static_cast<std::size_t>(f.recruits);
      const auto row = all.subspan(unit * width, width);
      if (!std::ranges::equal(row, all.subspan(first * width, width)))
        wrong(name, "units that were recruited together to be equal", "another unit " + std::to_string(unit));
      if (unit != first) continue;
      for (std::size_t i = 0; i < width; ++i)
        if (!diagonal || i / D == i % D) state[at++] = row[i];
    }
  }

  [[noreturn]] void wrong(const std::string& name, const std::string& expected,
                          const std::string& got) const {
    throw DataError(source_ + ": " + name + ": expected " + expected + ", got " + got);
  }

  std::string source_;
  const Tensors& tensors_;
  const ModelSpec& model_;
  const Layout& layout_;
  std::set<std::string> used_;
};

std::map<std::string, Tensors> by_checkpoint(const std::filesystem::path& path, const Arrays& arrays) {
  std::map<std::string, Tensors> all;
  for (const Array& array : arrays) {
    const std::size_t slash = array.name.rfind('/');
    if (slash == std::string::npos)
      throw DataError(
          path.string() + ": " + array.name +
          ": expected <checkpoint>/<name>, as scripts/reference/converters/dual_stream_convert.py writes it");
    all[array.name.substr(0, slash)].emplace(array.name.substr(slash + 1), &array);
  }
  if (all.empty()) throw DataError(path.string() + ": expected tensors, got none");
  return all;
}

}  // namespace

StartFile start_from(const std::filesystem::path& path, const ModelSpec& model, const Layout& layout,
                     const std::vector<Problem>& problems, std::vector<std::vector<float>>& states) {
  const TensorFile file = read_safetensors(path, Checksum::if_present);
  const auto checkpoints = by_checkpoint(path, file.arrays);
  const std::size_t runs = states.size() / problems.size();
  StartFile start{path};
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string run = "run" + std::to_string(i % runs), typed = problems[i / runs].name + "_" + run;
    auto found = checkpoints.size() == 1 ? checkpoints.begin() : checkpoints.find(typed);
    if (found == checkpoints.end()) found = checkpoints.find(run);
    if (found == checkpoints.end())
      throw DataError(path.string() + ": expected one checkpoint for all, or " + typed + " or " + run +
                      " among several, got none of these");
    Checkpoint checkpoint(path.string() + ": " + found->first, found->second, model, layout);
    start.has_fast = model.has_fast() && checkpoint.has("FastModel.");
    start.has_slow = model.has_slow() && checkpoint.has("SlowModel.");
    if (start.has_fast) checkpoint.put_fast(states[i]);
    if (start.has_slow) checkpoint.put_slow(states[i]);
    checkpoint.check_all_used();
  }
  return start;
}

}  // namespace tsd::dual_stream
