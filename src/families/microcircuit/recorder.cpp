#include "families/microcircuit/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "families/microcircuit/analysis/increments.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "families/microcircuit/outputs.hpp"
#include "tsd/error.hpp"

namespace tsd::microcircuit {

namespace {

// Where a series of layer l lies; the shape is right also for those that are computed.
Slot slot_of(const Layout& layout, const Layout::Activity& now, Series series, std::size_t l) {
  switch (series) {
    case Series::MSE:
      return {0, 1, 1};
    case Series::error:
    case Series::target:
      return now.ub.back();
    case Series::input:
      return now.r0;
    case Series::WPP:
    case Series::dWPP:
      return layout.WPP[l];
    case Series::WIP:
    case Series::dWIP:
      return layout.WIP[l];
    case Series::BPP:
    case Series::dBPP:
      return layout.BPP[l];
    case Series::BPI:
    case Series::dBPI:
      return layout.BPI[l];
    case Series::uP:
      return layout.uP[l];
    case Series::uI:
      return layout.uI[l];
    case Series::uP_breve:
      return now.ub[l];
    case Series::uI_breve:
    case Series::lat_mismatch:
      return now.ubI[l];
    case Series::rP_breve:
      return now.r[l];
    case Series::rI_breve:
      return now.rI[l];
    case Series::vbas:
      return now.vbas[l];
    case Series::vapi:
    case Series::vapi_noise:
      return now.vapi[l];
    case Series::noise:
      return now.xi[l];
    case Series::rP_breve_HI:
      return layout.rHI[l];
    case Series::epsilon:
      return layout.epsilon[l];
    case Series::epsilon_LO:
      return layout.epsilon_LO[l];
  }
  return {};
}

bool of_noisy_model_only(Series series) {
  return series == Series::vapi_noise || series == Series::noise || series == Series::rP_breve_HI ||
         series == Series::epsilon || series == Series::epsilon_LO;
}

}  // namespace

std::string Recorder::Entry::name() const {
  return facts->extent == Extent::whole ? facts->name : facts->name + ("_" + std::to_string(l));
}

Recorder::Recorder(const Config& config, const Circuit& circuit, const Layout& layout)
    : circuit_(circuit),
      layout_(layout),
      angles_(std::size(kAngles)),
      settling_records_(config.settling_steps() / config.rec_per_steps),
      settling_steps_(config.settling_steps()),
      epoch_steps_(config.presentation_steps() * config.dataset_size),
      rec_per_steps_(config.rec_per_steps),
      keep_every_(config.keep_weights_every) {
  const std::int64_t all = (settling_steps_ + epoch_steps_ * config.epochs) / rec_per_steps_;
  records_per_epoch_ = std::max<std::int64_t>(1, (all - settling_records_) / config.epochs);
  if (keep_every_ > 0)
    each_weight(layout, [&](const std::string& name, const Slot& slot) {
      kept_.push_back({name, slot, {}});
    });
  for (const SeriesFacts& facts : kSeries) {
    if (!config.records(facts.series)) continue;
    if (of_noisy_model_only(facts.series) && !circuit.noisy()) continue;
    const int first = facts.extent == Extent::upper ? 2 : 1;
    const int last = facts.extent == Extent::whole    ? 1
                     : facts.extent == Extent::hidden ? circuit.N - 1
                                                      : circuit.N;
    for (int l = first; l <= last; ++l) {
      const Slot slot = slot_of(layout, layout.activity[0], facts.series, static_cast<std::size_t>(l));
      if (slot.size() > 0) entries_.push_back({&facts, l, slot, {}});
    }
  }
}

std::size_t Recorder::numbers_per_record() const {
  std::size_t numbers = angles_.size() * static_cast<std::size_t>(circuit_.N - 1);
  for (const Entry& entry : entries_) numbers += entry.shape.size();
  return numbers;
}

void Recorder::append(Entry& entry, const State& state, std::span<const double> target) const {
  const auto& now = state.now(layout_);
  const auto l = static_cast<std::size_t>(entry.l);
  const auto add = [&](std::span<const double> values) {
    entry.values.insert(entry.values.end(), values.begin(), values.end());
  };
  const Series series = entry.facts->series;
  const auto output = state[now.ub.back()];
  switch (series) {
    case Series::MSE: {
      if (target.empty()) return;
      double sum = 0;
      for (std::size_t k = 0; k < target.size(); ++k)
        sum += (output[k] - target[k]) * (output[k] - target[k]);
      return entry.values.push_back(sum);
    }
    case Series::error:
      for (std::size_t k = 0; k < target.size(); ++k) entry.values.push_back(output[k] - target[k]);
      return;
    case Series::target:
      return add(target);
    case Series::dWPP:
      return add(dWPP(circuit_, layout_, state, entry.l));
    case Series::dWIP:
      return add(dWIP(circuit_, layout_, state, entry.l));
    case Series::dBPP:
      return add(dBPP(circuit_, layout_, state, entry.l));
    case Series::dBPI:
      return add(dBPI(circuit_, layout_, state, entry.l));
    case Series::vapi_noise: {
      const auto& of_noise = circuit_.facts().apical_delay ? state.before(layout_) : now;
      const auto vapi = state[now.vapi[l]], xi = state[of_noise.xi[l]];
      for (std::size_t i = 0; i < vapi.size(); ++i) entry.values.push_back(vapi[i] + xi[i]);
      return;
    }
    case Series::lat_mismatch: {
      const auto ubI = state[now.ubI[l]], vbas = state[now.vbas[l + 1]];
      const double prediction = circuit_.prediction(entry.l + 1);
      for (std::size_t i = 0; i < ubI.size(); ++i) entry.values.push_back(ubI[i] - prediction * vbas[i]);
      return;
    }
    default:
      return add(state[slot_of(layout_, now, series, l)]);
  }
}

void Recorder::take(const State& state, std::span<const double> target) {
  for (Entry& entry : entries_) append(entry, state, target);
  for (std::size_t kind = 0; kind < angles_.size(); ++kind)
    for (int l = 1; l < circuit_.N; ++l)
      angles_[kind].push_back(kAngles[kind].of(circuit_, layout_, state, l));
  keep(state);
  ++records_;
}

void Recorder::pad_to(const Recorder& other) {
  for (std::size_t k = 0; k < entries_.size(); ++k)
    entries_[k].values.resize(other.entries_[k].values.size(), NAN);
  for (std::size_t k = 0; k < kept_.size(); ++k) kept_[k].values.resize(other.kept_[k].values.size(), NAN);
  for (std::size_t kind = 0; kind < angles_.size(); ++kind)
    angles_[kind].resize(other.angles_[kind].size(), NAN);
  records_ = other.records_;
}

// 0: settling.
std::int64_t Recorder::epoch_of(std::int64_t record) const {
  const std::int64_t step = (record + 1) * rec_per_steps_ - settling_steps_;
  return step <= 0 ? 0 : (step - 1) / epoch_steps_ + 1;
}

// Whether a record is the first of an epoch whose weights are kept.
bool Recorder::is_kept(std::int64_t record) const {
  const std::int64_t epoch = epoch_of(record);
  return !kept_.empty() && epoch > 0 && epoch_of(record - 1) != epoch && (epoch - 1) % keep_every_ == 0;
}

std::int64_t Recorder::record_of(std::size_t set) const {
  return settling_records_ + static_cast<std::int64_t>(set) * records_per_epoch_;
}

std::size_t Recorder::sets() const { return set_epochs().size(); }

std::vector<std::int64_t> Recorder::set_epochs() const {
  std::vector<std::int64_t> epochs;
  if (kept_.empty()) {
    for (std::size_t set = 0; record_of(set) < records_; ++set) epochs.push_back(epoch_of(record_of(set)));
    return epochs;
  }
  for (std::int64_t record = 0; record < records_; ++record)
    if (is_kept(record)) epochs.push_back(epoch_of(record));
  return epochs;
}

std::span<const double> Recorder::weights(std::size_t set, const std::string& name) const {
  for (const Kept& kept : kept_)
    if (kept.name == name) return std::span(kept.values).subspan(set * kept.slot.size(), kept.slot.size());
  const auto record = static_cast<std::size_t>(record_of(set));
  for (const Entry& entry : entries_)
    if (entry.name() == name && kept_.empty())
      return std::span(entry.values).subspan(record * entry.shape.size(), entry.shape.size());
  return {};
}

void Recorder::load_weights(std::size_t set, const Layout& layout, State& state) const {
  each_weight(layout, [&](const std::string& name, const Slot& slot) {
    if (!name.starts_with("WPP") && !name.starts_with("BPP")) return;
    const auto values = weights(set, name);
    if (values.empty())
      throw MissingInput(name + " was not recorded; expected a run with rec_" +
                         name.substr(0, name.find('_')) + ": true, or keep_weights_every");
    std::ranges::copy(values, state[slot].begin());
  });
}

void Recorder::keep(const State& state) {
  if (!is_kept(records_)) return;
  for (Kept& kept : kept_) {
    const auto values = state[kept.slot];
    kept.values.insert(kept.values.end(), values.begin(), values.end());
  }
}

Arrays Recorder::save(const std::string& prefix) const {
  Arrays saved = {make_scalar(prefix + "records", records_)};
  for (const Entry& entry : entries_) saved.push_back(make_array(prefix + entry.name(), entry.values));
  for (const Kept& kept : kept_) saved.push_back(make_array(prefix + "kept/" + kept.name, kept.values));
  for (std::size_t kind = 0; kind < angles_.size(); ++kind)
    saved.push_back(make_array(prefix + kAngles[kind].name, angles_[kind]));
  return saved;
}

void Recorder::restore(const Arrays& saved, const std::string& prefix) {
  const auto read = [&](const std::string& name, std::vector<double>& values) {
    const auto found = find(saved, prefix + name).as<double>();
    values.assign(found.begin(), found.end());
  };
  records_ = scalar<std::int64_t>(saved, prefix + "records");
  for (Entry& entry : entries_) read(entry.name(), entry.values);
  for (Kept& kept : kept_) read("kept/" + kept.name, kept.values);
  for (std::size_t kind = 0; kind < angles_.size(); ++kind) read(kAngles[kind].name, angles_[kind]);
}

void Recorder::write(Hdf5Writer& results, const std::string& group) const {
  for (const Entry& entry : entries_) {
    const auto width = static_cast<std::int64_t>(entry.shape.size());
    Shape shape = {static_cast<std::int64_t>(entry.values.size()) / width};
    if (shape[0] == 0) continue;  // a target's series without a target
    const auto axes = 1 + std::ranges::count(std::string_view(entry.facts->dims), ',');
    if (axes > 1) shape.push_back(static_cast<std::int64_t>(entry.shape.rows));
    if (axes > 2) shape.push_back(static_cast<std::int64_t>(entry.shape.columns));
    results.dataset<double>(group + "/record/" + entry.name(), entry.values, shape, meaning_of(*entry.facts));
  }
  for (const Kept& kept : kept_) {
    const auto count = static_cast<std::int64_t>(kept.values.size() / kept.slot.size());
    if (count == 0) continue;
    results.dataset<double>(
        group + "/kept/" + kept.name, kept.values,
        {count, static_cast<std::int64_t>(kept.slot.rows), static_cast<std::int64_t>(kept.slot.columns)},
        meaning_of("/students/<seed>/kept/<weights>_<l>"));
  }
  const std::int64_t hidden = circuit_.N - 1;
  for (std::size_t kind = 0; kind < angles_.size(); ++kind)
    results.dataset<double>(group + "/metrics/" + kAngles[kind].name, angles_[kind], {records_, hidden},
                            meaning_of(std::string("/students/<seed>/metrics/") + kAngles[kind].name));
}

}  // namespace tsd::microcircuit
