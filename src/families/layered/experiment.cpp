#include "families/layered/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tsd/error.hpp"
#include "tsd/train/tied.hpp"

namespace tsd::layered {

namespace {

const Sets& enough(const Config& c, const Sets& sets) {
  const auto check = [&](const char* set, std::int64_t count) {
    if (count < c.batch_size)
      throw DataError((c.data.folder ? *c.data.folder + ": " : "") + set + " images: expected batch_size " +
                      std::to_string(c.batch_size) + " or more, got " + std::to_string(count));
  };
  check("training", sets.train.count() - c.data.validation);
  for (const Pass& pass : schedule(c))
    if (pass.set != Set::train)
      check(name_of(pass.set), pass.set == Set::test ? sets.test.count() : c.data.validation);
  const auto [low, high] = std::ranges::minmax(sets.train.labels);
  if (c.reads_labels() && low == high)
    throw DataError((c.data.folder ? *c.data.folder + ": " : "") +
                    "training images: expected labels of two classes or more, got " + std::to_string(low) +
                    " for all");
  return sets;
}

std::string first_bad(const Arrays& parameters) {
  for (const Array& array : parameters)
    if (!std::ranges::all_of(array.as<float>(), [](float x) { return std::isfinite(x); })) return array.name;
  return "none";
}

}  // namespace

LayeredExperiment::LayeredExperiment(const Config& config, const RunContext& context)
    : config_(config),
      sets_(read_images(config.data, config.input_extent(), config.classes(), context.seed)),
      split_(split(enough(config, sets_).train.count(), config.data.validation, context.seed)),
      test_(static_cast<std::size_t>(sets_.test.count())),
      passes_(schedule(config)),
      spec_(config.spec()),
      stream_(context.seed) {
  tell(without_effect(config_));
  std::iota(test_.begin(), test_.end(), 0);
  network_ = torch_network(spec_, initial_parameters(spec_, stream_), context.device,
                           config.rng == Rng::reference ? &stream_ : nullptr, context.seed);
  if (config.evaluation.readout)
    readout_.emplace(spec_.layers[static_cast<std::size_t>(*config.evaluation.readout - 1)].own.size());
  angles_ = network_->angles();
}

const std::vector<std::int64_t>& LayeredExperiment::members(Set set) const {
  if (set == Set::test) return test_;
  return set == Set::train ? split_.train : split_.validation;
}

std::int64_t LayeredExperiment::total_steps() const {
  std::int64_t sum = 0;
  for (const Pass& pass : passes_) sum += length(pass);
  return sum;
}

Headline LayeredExperiment::headline() const {
  if (config_.task == Task::classification) return {"accuracy"};
  return {"mse", false};
}

// Each pass over a loader draws a number, and a second one where it shuffles.
void LayeredExperiment::begin_pass() {
  squares_ = 0, right_ = 0;
  if (readout_) readout_->begin();
  order_ = members(pass().set);
  if (!config_.data.shuffle) return;
  stream_.random64();
  if (!pass().learns) return;
  order_seed_ = epoch_seed(stream_);
  order_ = shuffled(order_, order_seed_);
}

// That of step `at` of the pass.
void LayeredExperiment::show_batch(std::int64_t at) {
  const Images& all = images(pass().set);
  const float white = static_cast<float>(config_.data.white);
  const bool is_signed = config_.data.range == Range::signed_unit;
  input_.clear(), labels_.clear();
  const auto first = static_cast<std::size_t>(at / config_.n_updates * config_.batch_size);
  for (std::size_t i = first; i < first + static_cast<std::size_t>(config_.batch_size); ++i) {
    for (const std::uint8_t pixel : all.image(order_[i])) {
      const float part = static_cast<float>(pixel) / white;
      input_.push_back(is_signed ? (part - 0.5f) / 0.5f : part);
    }
    labels_.push_back(all.labels[static_cast<std::size_t>(order_[i])]);
  }
  if (config_.task == Task::autoencoder) {
    target_ = input_;
  } else {
    const auto outputs = static_cast<std::size_t>(spec_.output_size());
    target_.assign(labels_.size() * outputs, 0);
    for (std::size_t i = 0; i < labels_.size(); ++i) target_[i * outputs + labels_[i]] = 1;
  }
  network_->show(input_, target_);
}

StepReport LayeredExperiment::step() {
  if (at_ == 0) begin_pass();
  if (at_ % config_.n_updates == 0 || input_.empty()) show_batch(at_);
  network_->step(pass().learns ? Mode::learn : Mode::evaluate);
  if (++at_ % config_.n_updates == 0) finish_batch();
  return at_ == length(pass()) ? finish_pass() : StepReport{};
}

void LayeredExperiment::finish_batch() {
  const auto output = network_->rates(static_cast<int>(spec_.layers.size()));
  const auto outputs = static_cast<std::size_t>(spec_.output_size());
  double squares = 0;
  for (std::size_t i = 0; i < output.size(); ++i) squares += std::pow(double{output[i]} - target_[i], 2);
  if (!std::isfinite(squares))
    throw NumericError(
        "epoch " + std::to_string(pass().epoch) + ", " + name_of(pass().set) + " batch " +
        std::to_string(at_ / config_.n_updates) +
        ": the output is not finite; first bad parameter: " + first_bad(network_->parameters()));
  squares_ += squares;
  for (std::size_t b = 0; config_.task == Task::classification && b < labels_.size(); ++b) {
    const auto begin = output.begin() + static_cast<std::ptrdiff_t>(b * outputs);
    right_ += std::max_element(begin, begin + static_cast<std::ptrdiff_t>(outputs)) - begin == labels_[b];
  }
  if (readout_ && !pass().learns) readout_->add(network_->rates(*config_.evaluation.readout), labels_);
}

StepReport LayeredExperiment::finish_pass() {
  const auto count = static_cast<double>(batches(pass().set) * config_.batch_size);
  Score score = {pass().epoch, pass().set, pass().learns};
  score.mse = squares_ / count / static_cast<double>(spec_.output_size());
  score.accuracy = static_cast<double>(right_) / count;
  score.readout = NAN;
  if (readout_ && !pass().learns) {
    if (pass().set == Set::train) readout_->learn();
    score.readout = readout_->accuracy();
  }
  if (pass().learns) {
    const auto angles = network_->angles();
    angles_.insert(angles_.end(), angles.begin(), angles.end());
  }
  scores_.push_back(score);
  const StepReport told = report(score);
  ++pass_, at_ = 0;
  return told;
}

unsigned LayeredExperiment::flags() const {
  return (config_.task == Task::classification ? kClasses : 0) | (readout_ ? kReadout : 0);
}

StepReport LayeredExperiment::report(const Score& score) const {
  StepReport report;
  report.row.push_back({"pass", 0, score.learns ? "learning" : name_of(score.set)});
  train::add_row(kScores, score, flags(), report.row);
  std::size_t layers = 0;
  for (std::size_t l = 0; l < spec_.layers.size(); ++l) layers += spec_.has_B(l) ? 1 : 0;
  for (std::size_t k = 0, l = 0; l < spec_.layers.size(); ++l)
    if (spec_.has_B(l))
      report.row.push_back({"angle_" + std::to_string(l + 1), angles_[angles_.size() - layers + k++]});
  const bool evaluates = std::ranges::any_of(passes_, [](const Pass& p) { return !p.learns; });
  report.is_judged = evaluates ? !score.learns && score.set == judged_set(config_) : score.learns;
  if (report.is_judged) report.score = config_.task == Task::classification ? score.accuracy : -score.mse;
  return report;
}

Arrays LayeredExperiment::state() const {
  Arrays all = network_->state();
  all.push_back(stream_.save("stream"));
  const std::vector<std::uint64_t> place = {pass_, static_cast<std::uint64_t>(at_), order_seed_,
                                            static_cast<std::uint64_t>(right_)};
  all.push_back(make_array("place", place));
  const std::vector<std::int64_t> under_way = {static_cast<std::int64_t>(pass().set), pass().learns,
                                               pass().epoch};
  all.push_back(make_array("pass", under_way));
  all.push_back(make_scalar("squares", squares_));
  all.push_back(make_array("scores", train::numbers(kScores, scores_)));
  all.push_back(make_array("angles", angles_));
  if (readout_)
    for (Array& array : readout_->save()) all.push_back(std::move(array));
  return all;
}

void LayeredExperiment::restore(const Arrays& state) {
  network_->restore(state);
  stream_.load(find(state, "stream"));
  const auto place = find(state, "place").as<std::uint64_t>();
  pass_ = place[0], at_ = static_cast<std::int64_t>(place[1]), order_seed_ = place[2];
  right_ = static_cast<std::int64_t>(place[3]);
  const auto under_way = find(state, "pass").as<std::int64_t>();
  under_way_ = {static_cast<Set>(under_way[0]), under_way[1] != 0, static_cast<int>(under_way[2])};
  squares_ = scalar<double>(state, "squares");
  scores_ = train::records(kScores, find(state, "scores").as<double>());
  train::restore_all(state, "angles", angles_);
  if (readout_) readout_->restore(state);
  input_.clear();
  order_ = members(pass().set);
  if (config_.data.shuffle && pass().learns) order_ = shuffled(order_, order_seed_);
}

// With other epochs the passes so far have to be the first ones here, too: those at the end are not.
void LayeredExperiment::take_over(const std::vector<std::string>& changed) {
  if (std::ranges::count(changed, "epochs") == 0) return;
  std::vector<Pass> done;
  for (const Score& score : scores_) done.push_back({score.set, score.learns, score.epoch});
  if (at_ > 0) done.push_back(under_way_);
  if (done.size() > passes_.size() || !std::equal(done.begin(), done.end(), passes_.begin()))
    throw ConfigError(
        "epochs: the run to go on from has begun with its evaluation.end; expected a checkpoint before it, or "
        "evaluation.end: []");
}

}  // namespace tsd::layered
