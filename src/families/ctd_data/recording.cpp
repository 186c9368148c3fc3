#include "families/ctd_data/recording.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "families/ctd_shared/values.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::ctd_data {

namespace {

struct Table {  // [n, T, columns]
  Shape shape;
  std::vector<float> values;
  bool there() const { return !shape.empty(); }
  std::int64_t columns() const { return there() ? shape[2] : 0; }
};

std::vector<float> floats(const Array& array) {
  std::vector<float> values(static_cast<std::size_t>(count(array.shape)));
  const auto copy = [&](const auto& from) {
    std::transform(from.begin(), from.end(), values.begin(), [](auto x) { return static_cast<float>(x); });
  };
  switch (array.dtype) {
    case DType::u8:
      copy(array.as<std::uint8_t>());
      break;
    case DType::i32:
      copy(array.as<std::int32_t>());
      break;
    case DType::i64:
      copy(array.as<std::int64_t>());
      break;
    case DType::u64:
      copy(array.as<std::uint64_t>());
      break;
    case DType::f32:
      copy(array.as<float>());
      break;
    case DType::f64:
      copy(array.as<double>());
      break;
  }
  return values;
}

// One side of the split under the names of any of the known formats.
class Side {
 public:
  Side(const Hdf5Reader& file, std::string path, std::string side)
      : file_(file), path_(std::move(path)), side_(std::move(side)) {}

  Table read(const std::string& name) const {
    const std::string dataset = "/" + side_ + "_" + name;
    if (!file_.exists(dataset)) return {};
    const Array array = file_.dataset(dataset);
    if (array.shape.size() != 3 || count(array.shape) == 0)
      refuse(dataset, "[trial, time, column], none of them 0", to_string(array.shape));
    return {array.shape, floats(array)};
  }
  // Counts of held-in neurons, then of all.
  std::pair<Table, Table> spikes() const {
    Table encod = read("encod_data"), recon = read("recon_data");
    if (!encod.there() && !recon.there()) {  // Neural Latents Benchmark
      encod = read("spikes_heldin");
      recon = beside(encod, read("spikes_heldout"));
    }
    if (!encod.there() || !recon.there())
      refuse("/" + side_ + (encod.there() ? "_recon_data" : "_encod_data"),
             "a dataset (or those of the Neural Latents Benchmark)", "none");
    return {encod, recon};
  }
  Table inputs() const {
    Table found = read("inputs");
    return found.there() ? found : read("ext_input");
  }
  // Of lfads-torch in a unit of its own, which a number beside it tells.
  Table rates() const {
    Table found = read("activity");
    if (found.there()) return found;
    found = read("truth");
    if (!found.there() || !file_.exists("/conversion_factor")) return found;
    const Array factor = file_.dataset("/conversion_factor");
    const auto values = floats(factor);
    if (values.size() != 1 || !std::isfinite(values[0]) || values[0] <= 0)
      refuse("/conversion_factor", "one number above 0",
             values.size() == 1 ? ctd::shown(values[0]) : to_string(factor.shape));
    for (float& rate : found.values) rate /= values[0];
    return found;
  }
  // The second column of extra, of files with such.
  std::vector<int> lengths(std::int64_t n, std::int64_t T) const {
    const std::string dataset = name("extra");
    if (!file_.exists(dataset)) return {};
    const Array extra = file_.dataset(dataset);
    if (extra.shape.size() != 2 || extra.shape[0] != n || extra.shape[1] < 2) return {};
    const auto values = floats(extra);
    std::vector<int> lengths;
    for (std::int64_t i = 0; i < n; ++i)
      lengths.push_back(
          static_cast<int>(ctd::checked_length(values[static_cast<std::size_t>(i * extra.shape[1] + 1)], T,
                                               where("extra") + to_string(Shape{i, 1}))));
    return lengths;
  }
  [[noreturn]] void refuse(const std::string& dataset, const std::string& expected,
                           const std::string& got) const {
    throw DataError(path_ + ": " + dataset + ": expected " + expected + ", got " + got);
  }
  std::string name(const std::string& dataset) const { return "/" + side_ + "_" + dataset; }
  std::string where(const std::string& dataset) const { return path_ + ": " + name(dataset); }

 private:
  Table beside(const Table& a, const Table& b) const {
    if (!a.there() || !b.there()) return a;
    if (a.shape[0] != b.shape[0] || a.shape[1] != b.shape[1])
      refuse(name("spikes_heldout"), "trials and steps of spikes_heldin, " + to_string(a.shape),
             to_string(b.shape));
    Table both{{a.shape[0], a.shape[1], a.shape[2] + b.shape[2]}, {}};
    for (std::int64_t row = 0; row < a.shape[0] * a.shape[1]; ++row)
      for (const Table* part : {&a, &b})
        both.values.insert(both.values.end(), part->values.begin() + row * part->columns(),
                           part->values.begin() + (row + 1) * part->columns());
    return both;
  }

  const Hdf5Reader& file_;
  std::string path_, side_;
};

bool uses_lengths(const Config& c) {
  return c.train.loss == LossKind::multitask || c.augment.trial_length_mask ||
         c.augment.trial_length_mask_valid;
}

bool may_be_missing(const Config& c) { return c.augment.ignore_nan || c.augment.selective_backprop; }

void check_data(const Side& side, const std::string& name, const Table& table, const Config& c) {
  const bool counts = c.model.likelihood() == Likelihood::poisson || c.augment.spike_jitter_width > 0;
  if (counts)
    ctd::check_counts(table.values, table.shape, side.where(name), may_be_missing(c));
  else
    ctd::check_finite(table.values, table.shape, side.where(name), may_be_missing(c));
}

// What describes the same trials and steps.
void check_rows(const Side& side, const std::string& name, const Table& table, const Table& like) {
  if (table.there() && (table.shape[0] != like.shape[0] || table.shape[1] != like.shape[1]))
    side.refuse(side.name(name),
                "trials and steps of encod_data, " + to_string({like.shape[0], like.shape[1]}) + " + columns",
                to_string(table.shape));
}

struct Read {
  Trials trials;
  Extents extents;
  int true_latents = 0, true_inputs = 0;
};

Read read_side(const Hdf5Reader& file, const Config& c, const std::string& name) {
  const Side side(file, c.data.file, name);
  auto [encod, recon] = side.spikes();
  check_rows(side, "recon_data", recon, encod);
  if (recon.columns() < encod.columns())
    side.refuse(side.name("recon_data"),
                "at least the " + std::to_string(encod.columns()) + " held-in neurons",
                std::to_string(recon.columns()) + " neurons");
  check_data(side, "encod_data", encod, c);
  check_data(side, "recon_data", recon, c);
  Table inputs = side.inputs(), rates = side.rates(), latents = side.read("latents");
  for (const auto& [label, table] :
       {std::pair("inputs", &inputs), {"activity", &rates}, {"latents", &latents}}) {
    check_rows(side, label, *table, encod);
    if (table == &rates)
      ctd::check_rates(table->values, table->shape, side.where(label));
    else
      ctd::check_finite(table->values, table->shape, side.where(label));
  }
  if (rates.there() && rates.columns() != recon.columns())
    side.refuse(side.name("activity"), std::to_string(recon.columns()) + " neurons",
                std::to_string(rates.columns()));
  if (c.data.provide_inputs && !inputs.there())
    side.refuse(side.name("inputs"), "a dataset, or data.provide_inputs=false", "none");
  Read read;
  read.extents = {static_cast<int>(encod.shape[1]), static_cast<int>(encod.columns()),
                  static_cast<int>(recon.columns()),
                  c.data.provide_inputs ? static_cast<int>(inputs.columns()) : 0};
  read.true_latents = static_cast<int>(latents.columns()),
  read.true_inputs = static_cast<int>(inputs.columns());
  Trials& t = read.trials;
  t.n = encod.shape[0];
  t.encod = std::move(encod.values), t.recon = std::move(recon.values);
  if (c.data.provide_inputs) t.inputs = inputs.values;
  t.true_inputs = std::move(inputs.values);
  t.rates = std::move(rates.values), t.latents = std::move(latents.values);
  if (!uses_lengths(c)) return read;
  t.lengths = side.lengths(t.n, read.extents.T);
  if (t.lengths.empty()) side.refuse(side.name("extra"), "trial lengths in column 1", "none");
  return read;
}

template <class T>
std::vector<T> taken(const std::vector<T>& a, const std::vector<T>& b, std::int64_t n_a, std::int64_t n_b,
                     const std::vector<std::int64_t>& rows) {
  std::vector<T> out;
  if (a.empty() || b.empty()) return out;
  const auto width = static_cast<std::int64_t>(a.size()) / n_a;
  if (static_cast<std::int64_t>(b.size()) / n_b != width) return out;
  for (const std::int64_t row : rows) {
    const auto from = row < n_a ? a.begin() + row * width : b.begin() + (row - n_a) * width;
    out.insert(out.end(), from, from + width);
  }
  return out;
}

Trials taken(const Recording& r, const std::vector<std::int64_t>& rows) {
  Trials t;
  t.n = static_cast<std::int64_t>(rows.size());
  const auto take = [&](auto Trials::*part) {
    t.*part = taken(r.train.*part, r.valid.*part, r.train.n, r.valid.n, rows);
  };
  take(&Trials::encod), take(&Trials::recon), take(&Trials::inputs), take(&Trials::rates);
  take(&Trials::latents), take(&Trials::true_inputs), take(&Trials::lengths);
  return t;
}

// sklearn.model_selection.train_test_split(test_size, random_state)
void reshuffle(Recording& r, const DataSettings& d) {
  const std::int64_t n = r.train.n + r.valid.n;
  const std::int64_t n_valid =
      d.reshuffle_tv_ratio
          ? static_cast<std::int64_t>(std::ceil(*d.reshuffle_tv_ratio * static_cast<double>(n)))
          : r.valid.n;
  if (n_valid < 1 || n_valid >= n)
    throw DataError(d.file + ": data.reshuffle_tv_ratio: expected some trials on both sides, got " +
                    std::to_string(n_valid) + " of " + std::to_string(n) + " for validation");
  const auto order = NumpyLegacy(static_cast<std::uint32_t>(*d.reshuffle_tv_seed)).permutation(n);
  const auto middle = order.begin() + n_valid;
  Trials valid = taken(r, {order.begin(), middle}), train = taken(r, {middle, order.end()});
  r.train = std::move(train), r.valid = std::move(valid);
}

void draw_sample_validation(Recording& r, const DataSettings& d) {
  TorchGenerator generator(d.sv_seed);
  const auto seen = static_cast<float>(1 - d.sv_rate);
  for (Trials* trials : {&r.train, &r.valid}) {
    trials->seen.resize(trials->encod.size());
    generator.uniform(std::span(trials->seen));
    for (float& x : trials->seen) x = x < seen ? 1.0f : 0.0f;
  }
}

}  // namespace

Recording read_recording(const Config& c) {
  const Hdf5Reader file(c.data.file);
  Read train = read_side(file, c, "train");
  const bool nlb = !file.exists("/valid_encod_data") && file.exists("/eval_spikes_heldin");
  Read valid = read_side(file, c, nlb ? "eval" : "valid");
  const Extents &a = train.extents, &b = valid.extents;
  const auto text = [](const Extents& e) {
    return std::to_string(e.T) + " steps, " + std::to_string(e.N_in) + " of " + std::to_string(e.N_all) +
           " neurons, " + std::to_string(e.U) + " inputs";
  };
  if (text(a) != text(b))
    throw DataError(c.data.file + ": validation trials: expected those of training, " + text(a) + ", got " +
                    text(b));
  Recording r{a,
              train.true_latents,
              train.true_inputs,
              uses_lengths(c),
              std::move(train.trials),
              std::move(valid.trials),
              {}};
  if (c.data.reshuffle_tv_seed) reshuffle(r, c.data);
  if (c.data.sv_rate > 0) draw_sample_validation(r, c.data);
  r.train.latents = {}, r.train.rates = {},
  r.train.true_inputs = {};  // the truth of validation trials counts
  r.sha256 = sha256_of_file(c.data.file);
  return r;
}

}  // namespace tsd::ctd_data
