#include "families/ctd/compare/similarity/input_stage.hpp"

#include <algorithm>

#include "families/ctd/compare/scores.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd::compare {

InputDsaStage::InputDsaStage(const InputDsaSettings& settings, const Reference& reference,
                             const std::vector<Model>& models)
    : settings_(settings), reference_(reference), models_(models) {
  if (reference.val_inputs.width == 0)
    throw DataError(reference.source +
                    ": input_dsa: expected a recording with inputs, got none; leave it out of parts");
  check("reference", reference.val_latents.width, reference.val_inputs.width);
  for (const Model& m : models) check(m.name, m.units, m.inferred_inputs + m.external_inputs);
}

std::int64_t InputDsaStage::trials() const {
  const auto some = static_cast<std::int64_t>(settings_.percent_data * double(reference_.val_latents.trials));
  return std::max<std::int64_t>(some, 1);
}

// Rows of the regression must be as many as its columns.
void InputDsaStage::check(const std::string& name, int units, int inputs) const {
  const bool past = settings_.model == SystemModel::n4sid;  // and as many future steps
  const std::int64_t delays = settings_.n_delays, window = (past ? 2 : 1) * delays,
                     columns = past ? delays * (units + 2 * std::int64_t{inputs}) : delays * units + inputs;
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < trials(); ++i)
    rows += std::max<std::int64_t>(reference_.val_lengths[static_cast<std::size_t>(i)] - window, 0);
  if (rows < columns)
    throw ConfigError("input_dsa: " + name + ": " + std::to_string(delays) + " delays of " +
                      std::to_string(units) + " units and " + std::to_string(inputs) + " inputs have " +
                      std::to_string(columns) + " columns, more than the " + std::to_string(rows) +
                      " rows of " + std::to_string(trials()) +
                      " trials; raise input_dsa.percent_data or lower input_dsa.n_delays");
  const std::int64_t most = std::int64_t{units} * settings_.n_delays;
  if (settings_.rank && *settings_.rank > most)
    throw ConfigError("input_dsa: " + name + ": rank " + std::to_string(*settings_.rank) + " of " +
                      std::to_string(settings_.n_delays) + " delays of " + std::to_string(units) +
                      " units; expected at most " + std::to_string(most));
}

math::LinearSystem InputDsaStage::fit(const Courses& courses) const {
  const Series& latents = *courses.latents[1];
  std::vector<std::vector<float>> inputs;
  std::vector<math::Driven> all;
  for (std::int64_t i = 0; i < trials(); ++i) {
    const std::int64_t steps = reference_.val_lengths[static_cast<std::size_t>(i)];
    std::vector<float>& u = inputs.emplace_back();
    for (std::int64_t row = i * latents.steps; row < i * latents.steps + steps; ++row)
      for (const Series* s : courses.inputs[1]) u.insert(u.end(), s->row(row), s->row(row) + s->width);
    all.push_back({{latents.row(i * latents.steps), static_cast<std::size_t>(steps * latents.width)},
                   {},
                   latents.width,
                   static_cast<int>(u.size() / static_cast<std::size_t>(steps))});
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].inputs = inputs[i];
  const math::SystemSettings s{settings_.n_delays, settings_.rank, settings_.lambda};
  return settings_.model == SystemModel::dmdc ? math::dmdc(all, s) : math::n4sid(all, s);
}

void InputDsaStage::add(const std::string& name, const Courses& courses) {
  try {
    systems_.push_back(fit(courses));
  } catch (const NumericError& error) {
    throw NumericError("input_dsa: " + name + ": " + error.what() + "; see input_dsa.rank");
  }
  reached_.push_back(math::controllability(systems_.back()));
  if (reached_.back().size() == 0)
    log_warning("input_dsa: " + name + ": the system grows beyond all numbers; its distances are NaN");
}

void InputDsaStage::step(std::int64_t i) {
  if (i == 0) {
    add("reference", recorded_courses(reference_));
    return;
  }
  const Model& model = models_[static_cast<std::size_t>(i - 1)];
  const Courses courses = model_courses(reference_, model);
  const std::string bad = not_finite(*courses.latents[1]);
  if (!bad.empty())
    throw DataError(model.file + ": latents: " + bad +
                    ": expected a finite number; leave this model out, or input_dsa");
  add(model.name, courses);
  const auto& own = systems_.back();
  const auto& first = systems_.front();
  if (own.A.rows != first.A.rows || own.B.columns != first.B.columns)
    log_warning("input_dsa: " + model.name + ": a system of " + std::to_string(own.A.rows) + " states and " +
                std::to_string(own.B.columns) + " inputs has no distance to the reference's of " +
                std::to_string(first.A.rows) + " and " + std::to_string(first.B.columns) +
                "; input_dsa.rank makes states as many");
}

void InputDsaStage::restore(const Arrays&, std::int64_t done) {
  for (std::int64_t i = 0; i < done; ++i) step(i);
}

std::vector<std::vector<math::SystemDistance>> InputDsaStage::distances() const {
  std::vector<std::vector<math::SystemDistance>> all;
  for (std::size_t k = 0; k < systems_.size(); ++k) {
    const auto& a = systems_[k];
    auto& row = all.emplace_back();
    for (std::size_t l = 0; l < systems_.size(); ++l) {
      const auto& b = systems_[l];
      if (a.A.rows != b.A.rows || a.B.columns != b.B.columns)
        row.push_back({kUndefined, kUndefined, kUndefined, kUndefined});
      else if (k == l)
        row.emplace_back();
      else
        row.push_back(
            math::distance(a, reached_[k], b, reached_[l], settings_.score == SystemScore::angular));
    }
  }
  return all;
}

}  // namespace tsd::compare
