#include "families/ctd/data/data/recording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "families/ctd/data/data/doubts.hpp"
#include "families/ctd/data/data/readin.hpp"
#include "families/ctd/data/data/side.hpp"
#include "families/ctd/shared/values.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/math/regression.hpp"

namespace tsd::ctd_data {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

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

// What describes the same trials and steps, or those that are encoded.
void check_rows(const Side& side, const std::string& name, const Table& table, const Table& recon,
                std::int64_t encoded) {
  const Shape &got = table.shape, &like = recon.shape;
  if (table.there() && (got[0] != like[0] || (got[1] != like[1] && got[1] != encoded)))
    side.refuse(side.name(name),
                "trials and steps of recon_data, " + to_string({like[0], like[1]}) + " + columns",
                to_string(got) + if_swapped(got, like));
}

void check_spikes(const Side& side, const Table& encod, const Table& recon, const Config& c) {
  if (recon.shape[0] != encod.shape[0] || recon.shape[1] < encod.shape[1])
    side.refuse(side.name("recon_data"),
                "the " + std::to_string(encod.shape[0]) + " trials of encod_data, of at least its " +
                    std::to_string(encod.shape[1]) + " steps",
                to_string(recon.shape) + if_swapped(recon.shape, encod.shape) +
                    if_both_reversed(recon.shape, encod.shape));
  if (recon.columns() < encod.columns())
    side.refuse(side.name("recon_data"),
                "at least the " + std::to_string(encod.columns()) + " held-in neurons",
                std::to_string(recon.columns()) + " neurons");
  check_data(side, "encod_data", encod, c);
  check_data(side, "recon_data", recon, c);
  if (c.model.likelihood() != Likelihood::poisson) return;
  if (side.name("") == "/train_")
    for (const std::string& doubt : doubts_of(encod, recon)) log_warning(side.where(doubt));
  else if (const std::string doubt = about_order(encod, recon); !doubt.empty())
    log_warning(side.where(doubt));
}

// Steps that are predicted have no inputs where the file has none.
void pad(Table& table, std::int64_t T) {
  if (!table.there() || table.shape[1] == T) return;
  const std::int64_t n = table.shape[0], from = table.shape[1] * table.columns(), to = T * table.columns();
  std::vector<float> all(static_cast<std::size_t>(n * to));
  for (std::int64_t i = 0; i < n; ++i)
    std::copy_n(table.values.begin() + i * from, from, all.begin() + i * to);
  table.shape[1] = T, table.values = std::move(all);
}

Table read_inputs(const Side& side, const Config& c, const Table& recon, std::int64_t encoded) {
  Table inputs = side.inputs();
  check_rows(side, "inputs", inputs, recon, encoded);
  ctd::check_finite(inputs.values, inputs.shape, side.where("inputs"));
  if (c.data.provide_inputs && !inputs.there())
    side.refuse(side.name("inputs"), "a dataset, or data.provide_inputs=false", "none");
  pad(inputs, recon.shape[1]);
  return inputs;
}

struct Read {
  Trials trials;
  Extents extents;
  int true_latents = 0, true_inputs = 0;
};

Read read_side(const Hdf5Reader& file, const Config& c, const std::string& name) {
  const Side side(file, c.data.file, name);
  auto [encod, recon] = side.spikes();
  check_spikes(side, encod, recon, c);
  Table inputs = read_inputs(side, c, recon, encod.shape[1]), rates = side.rates(),
        latents = side.read("latents");
  check_rows(side, "activity", rates, recon, recon.shape[1]);
  check_rows(side, "latents", latents, recon, recon.shape[1]);
  ctd::check_rates(rates.values, rates.shape, side.where("activity"));
  ctd::check_finite(latents.values, latents.shape, side.where("latents"));
  if (rates.there() && rates.columns() != recon.columns())
    side.refuse(side.name("activity"), std::to_string(recon.columns()) + " neurons",
                std::to_string(rates.columns()));
  if (const std::string doubt = about_rates(rates, recon); !doubt.empty()) log_warning(side.where(doubt));
  Read read;
  read.extents = {static_cast<int>(recon.shape[1]), static_cast<int>(encod.columns()),
                  static_cast<int>(recon.columns()),
                  c.data.provide_inputs ? static_cast<int>(inputs.columns()) : 0,
                  static_cast<int>(recon.shape[1] - encod.shape[1])};
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

// Held-in spikes, and inputs, of trials whose outputs are wanted: to the model they have no other spikes.
Trials read_unscored(const Hdf5Reader& file, const Config& c, const std::string& name, const Extents& e) {
  const Side side(file, c.data.file, name);
  Table encod = side.held_in();
  if (encod.shape[1] != e.encoded() || encod.columns() != e.N_in)
    side.refuse(
        side.name(name == "test" ? "encod_data" : "spikes_heldin"),
        std::to_string(e.encoded()) + " steps of " + std::to_string(e.N_in) + " neurons, as in training",
        to_string(encod.shape));
  check_data(side, name == "test" ? "encod_data" : "spikes_heldin", encod, c);
  Trials t;
  t.n = encod.shape[0];
  const Table unknown{{t.n, e.T, e.N_all}, {}};
  Table inputs = read_inputs(side, c, unknown, e.encoded());
  if (c.data.provide_inputs && inputs.columns() != e.U)
    side.refuse(side.name("inputs"), std::to_string(e.U) + " inputs, as in training",
                std::to_string(inputs.columns()));
  t.encod = std::move(encod.values);
  t.recon.assign(static_cast<std::size_t>(count(unknown.shape)), 0.0f);
  if (c.data.provide_inputs) t.inputs = std::move(inputs.values);
  if (uses_lengths(c)) t.lengths.assign(static_cast<std::size_t>(t.n), e.T);
  return t;
}

template <class T>
std::vector<T> taken(const std::vector<T>& a, const std::vector<T>& b, std::int64_t n_a, std::int64_t n_b,
                     const std::vector<std::int64_t>& rows) {
  std::vector<T> out;
  if (a.empty() || b.empty() != (n_b == 0)) return out;
  const auto width = static_cast<std::int64_t>(a.size()) / n_a;
  if (n_b > 0 && static_cast<std::int64_t>(b.size()) / n_b != width) return out;
  for (const std::int64_t row : rows) {
    const auto from = row < n_a ? a.begin() + row * width : b.begin() + (row - n_a) * width;
    out.insert(out.end(), from, from + width);
  }
  return out;
}

Trials taken(const Recording& r, const std::vector<std::int64_t>& rows) {
  Trials t;
  t.n = static_cast<std::int64_t>(rows.size());
  t.places = rows;
  t.sessions = r.train.sessions;
  const auto take = [&](auto Trials::*part) {
    t.*part = taken(r.train.*part, r.valid.*part, r.train.n, r.valid.n, rows);
  };
  take(&Trials::encod), take(&Trials::recon), take(&Trials::inputs), take(&Trials::rates);
  take(&Trials::latents), take(&Trials::true_inputs), take(&Trials::lengths), take(&Trials::session);
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

std::string text(const Extents& e) {
  const std::string steps = std::to_string(e.T) + " steps" +
                            (e.forward > 0 ? " (" + std::to_string(e.encoded()) + " of them encoded)" : "");
  return steps + ", " + std::to_string(e.N_in) + " of " + std::to_string(e.N_all) + " neurons, " +
         std::to_string(e.U) + " inputs";
}

// The file's sides beside training. Trials of the benchmark without held-out spikes are to be predicted.
struct Sides {
  std::string valid, unscored;  // empty: none
};

Sides sides_of(const Hdf5Reader& file) {
  Sides sides;
  if (file.exists("/valid_encod_data") || file.exists("/valid_recon_data")) sides.valid = "valid";
  if (file.exists("/test_encod_data")) sides.unscored = "test";
  if (!sides.valid.empty() || !file.exists("/eval_spikes_heldin")) return sides;
  const bool known = file.exists("/eval_spikes_heldout") || !file.exists("/train_spikes_heldout");
  (known ? sides.valid : sides.unscored) = "eval";
  return sides;
}

// Validation trials as the file has them; where it has none, all are of training until they are split.
void read_valid(const Hdf5Reader& file, const Config& c, const std::string& side, Recording& r) {
  if (!side.empty()) {
    Read valid = read_side(file, c, side);
    const std::string reversed = if_both_reversed({valid.extents.N_all, valid.extents.T, valid.trials.n},
                                                  {r.extents.N_all, r.extents.T, r.train.n});
    if (text(r.extents) != text(valid.extents))
      throw DataError(c.data.file + ": validation trials: expected those of training, " + text(r.extents) +
                      ", got " + text(valid.extents) +
                      (reversed.empty() && r.extents.T != valid.extents.T && r.train.n == valid.trials.n
                           ? ", as in time x trial x neuron"
                           : reversed));
    r.valid = std::move(valid.trials);
    for (const auto& [part, name] : {std::pair(&Trials::rates, "rates"), {&Trials::latents, "latents"}})
      if ((r.train.*part).empty() != (r.valid.*part).empty())
        log_warning(
            c.data.file + ": true " + name + ": expected for training and validation trials, got those of " +
            ((r.train.*part).empty() ? "validation" : "training") + " alone; scores that need both are NaN");
  } else if (!c.data.reshuffle_tv_seed || !c.data.reshuffle_tv_ratio) {
    throw DataError(
        c.data.file +
        ": /valid_encod_data: expected a dataset (or eval_spikes_heldin and eval_spikes_heldout "
        "of the Neural Latents Benchmark), or data.reshuffle_tv_seed and data.reshuffle_tv_ratio, "
        "which take trials of training for validation, got none");
  }
}

// As the file has it.
Recording read_file(const Config& c) {
  // must_exist() sees no path that is a default.
  if (!std::filesystem::exists(c.data.file))
    throw MissingInput(
        "data.file: no such file: expected a recording, as tsd ctd-simulate or scripts/ctd_pipeline makes one, got " +
        c.data.file);
  const Hdf5Reader file(c.data.file);
  if (const std::string doubt = about_names(file.list("/"), c.nlb.behaviors); !doubt.empty())
    log_warning(c.data.file + ": " + doubt);
  Read train = read_side(file, c, "train");
  const Sides sides = sides_of(file);
  Recording r;
  r.extents = train.extents;
  r.true_latents = train.true_latents, r.true_inputs = train.true_inputs;
  r.padded = uses_lengths(c);
  r.train = std::move(train.trials);
  r.of_training = r.train.n;
  read_valid(file, c, sides.valid, r);
  if (!sides.unscored.empty()) r.test = read_unscored(file, c, sides.unscored, r.extents);
  r.sha256 = sha256_of_file(c.data.file);
  return r;
}

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

Sessions parts_of(const std::vector<Recording>& all, Extents& extents) {
  Sessions sessions;
  int in = 0, out = 0;
  for (const Recording& r : all) in += r.extents.N_in, out += r.extents.N_all - r.extents.N_in;
  extents.N_in = in, extents.N_all = in + out;
  int first_in = 0, first_out = in;
  for (const Recording& r : all) {
    const int n_in = r.extents.N_in, n_out = r.extents.N_all - n_in;
    sessions.parts.push_back({first_in, first_in + n_in, first_out, first_out + n_out});
    first_in += n_in, first_out += n_out;
    const math::Columns counts(r.train.encod, n_in);
    sessions.mean.insert(sessions.mean.end(), counts.mean.begin(), counts.mean.end());
  }
  return sessions;
}

// Rows of `width` numbers into rows of `wide`, `filler` elsewhere: the first `split` numbers to `first`, others to
// `second`.
void spread(const std::vector<float>& from, int width, int split, int wide, int first, int second,
            float filler, std::vector<float>& to) {
  for (std::size_t k = 0; k < from.size(); k += index(width)) {
    const auto row = to.size();
    to.resize(row + index(wide), filler);
    for (int n = 0; n < width; ++n)
      to[row + index(n < split ? first + n : second + n - split)] = from[k + index(n)];
  }
}

void append(const Trials& some, int session, const Extents& own, const Extents& all, const Sessions& sessions,
            Trials& to) {
  const Sessions::Part& part = sessions.parts[index(session)];
  to.n += some.n;
  spread(some.encod, own.N_in, own.N_in, all.N_in, part.in_begin, 0, 0, to.encod);
  spread(some.recon, own.N_all, own.N_in, all.N_all, part.in_begin, part.out_begin, kMissing, to.recon);
  to.inputs.insert(to.inputs.end(), some.inputs.begin(), some.inputs.end());
  to.lengths.insert(to.lengths.end(), some.lengths.begin(), some.lengths.end());
  to.session.insert(to.session.end(), index(some.n), session);
}

std::string text_of_trials(const Extents& e) {
  return std::to_string(e.T) + " steps, " + std::to_string(e.encoded()) + " of them encoded, " +
         std::to_string(e.U) + " inputs";
}

// In the place of what training trials tell.
void take_recorded_readins(const Config& c, const std::vector<std::string>& files, Sessions& sessions) {
  sessions.mean.clear();
  for (std::size_t k = 0; k < files.size(); ++k) {
    const Sessions::Part& part = sessions.parts[k];
    const RecordedReadin own = read_readin(c, files[k], part.in_end - part.in_begin);
    sessions.mean.insert(sessions.mean.end(), own.bias.begin(), own.bias.end());
    sessions.readin.insert(sessions.readin.end(), own.weight.begin(), own.weight.end());
    sessions.readout.insert(sessions.readout.end(), own.inverse.begin(), own.inverse.end());
  }
}

// One after the other: held-in neurons of all sessions, then held-out ones; trials likewise (2.5).
Recording joined(std::vector<Recording> all, const std::vector<std::string>& files, const Config& c) {
  for (std::size_t k = 1; k < all.size(); ++k)
    if (text_of_trials(all[k].extents) != text_of_trials(all[0].extents))
      throw DataError(files[k] + ": expected trials as those of " + files[0] + ", " +
                      text_of_trials(all[0].extents) + ", got " + text_of_trials(all[k].extents));
  for (std::size_t k = 1; k < all.size(); ++k)
    for (std::size_t other = 0; other < k; ++other)
      if (all[other].sha256 == all[k].sha256)
        throw DataError(files[k] +
                        ": data.sessions: expected a recording of other neurons, got the content of " +
                        files[other]);
  Recording r;
  r.extents = all[0].extents;
  r.padded = all[0].padded;
  r.sha256 = all[0].sha256;
  const auto sessions = std::make_shared<Sessions>(parts_of(all, r.extents));
  if (c.model.lfads.readin == Readin::recorded)
    take_recorded_readins(c, files, *sessions);
  else
    std::ranges::for_each(files, tell_unread_readin);
  for (Trials Recording::*side : {&Recording::train, &Recording::valid, &Recording::test}) {
    for (std::size_t k = 0; k < all.size(); ++k)
      append(all[k].*side, static_cast<int>(k), all[k].extents, r.extents, *sessions, r.*side);
    (r.*side).sessions = sessions;
  }
  r.of_training = r.train.n;
  return r;
}

Recording read_sessions(const Config& c) {
  std::vector<std::string> files = {c.data.file};
  files.insert(files.end(), c.data.sessions.begin(), c.data.sessions.end());
  std::vector<Recording> all;
  for (const std::string& file : files) {
    Config one = c;
    one.data.file = file;
    all.push_back(read_file(one));
  }
  return joined(std::move(all), files, c);
}

}  // namespace

Recording read_recording(const Config& c) {
  Recording r = c.data.sessions.empty() ? read_file(c) : read_sessions(c);
  if (c.data.reshuffle_tv_seed) reshuffle(r, c.data);
  if (c.data.sv_rate > 0) draw_sample_validation(r, c.data);
  r.train.latents = {}, r.train.rates = {},
  r.train.true_inputs = {};  // the truth of validation trials counts
  return r;
}

}  // namespace tsd::ctd_data
