// The native backend: the model of model.hpp on plain memory, its backward written out. Stage by stage:
//   features -> reduce (by image) -> [gate] -> pre (by image and task) -> recurrent layers -> classifier ->
//   loss
#include <algorithm>
#include <deque>

#include "families/nback/native/gate.hpp"
#include "families/nback/native/loss.hpp"
#include "families/nback/native/pre.hpp"
#include "families/nback/native/recurrent.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::nback {
namespace {

constexpr int kRowsPerThread = 16;

class NativeBackend : public Backend {
 public:
  NativeBackend(const ModelSpec& spec, std::span<const float> features, int threads, std::uint64_t seed);

  Outcome train(const Batch& batch, const LossSpec& loss, const UpdateSpec& update) override;
  Outcome evaluate(const Batch& batch, const LossSpec& loss, Trace* trace) override;
  void set_features(std::span<const float> features) override;

  Arrays weights() const override { return parameters_.save(ParameterArrays::Which::value); }
  void load_weights(const Arrays& weights) override;
  Arrays state() const override;
  void restore(const Arrays& state) override;

 private:
  Matrix forward(Matrix e, const DropoutMasks& masks);  // -> logits [L B, 3]
  void backward(Matrix d_logits, const DropoutMasks& masks);
  void fill(Trace& trace, Matrix logits) const;

  const ModelSpec spec_;
  const int threads_;
  ParameterArrays parameters_;
  LinearStage reduce_;
  std::optional<GateStage> gate_;
  PreStage pre_;
  std::deque<RecurrentStage> recurrent_;
  std::vector<LinearStage> classifier_;
  Philox dropout_;

  BatchIndex index_;
  Grouping identity_;  // of rows, for the layers above the first
  Matrix features_, shown_, all_e_, e_, gates_, hidden_;
  bool all_e_current_ = false;
  std::vector<Matrix> classifier_inputs_;
  Buffer features_buffer_, shown_buffer_, e_buffer_, all_e_buffer_, e_pairs_, attended_, d_gates_, d_e_,
      d_logits_buffer_;
  std::deque<Buffer> dropped_, classifier_outputs_, d_classifier_;
};

std::vector<LinearStage> classifier_stages(const ModelSpec& spec, const ParameterArrays& parameters) {
  const std::size_t hidden = spec.classifier_layers.size();
  if (hidden == 0) return {LinearStage(parameters, "classifier")};
  std::vector<LinearStage> stages;
  for (std::size_t i = 0; i <= hidden; ++i)
    stages.emplace_back(parameters,
                        std::string("classifier.") + std::to_string(2 * i));  // ReLUs are numbered too
  return stages;
}

NativeBackend::NativeBackend(const ModelSpec& spec, std::span<const float> features, int threads,
                             std::uint64_t seed)
    : spec_(spec),
      threads_(threads),
      parameters_(spec),
      reduce_(parameters_, "perceptual.reduce"),
      pre_(parameters_),
      classifier_(classifier_stages(spec, parameters_)),
      dropout_(seed, "dropout"),
      dropped_(spec.layers),
      classifier_outputs_(classifier_.size()),
      d_classifier_(classifier_.size()) {
  if (spec.attention != Attention::none) gate_.emplace(spec, parameters_);
  for (int layer = 0; layer < spec.layers; ++layer) recurrent_.emplace_back(spec, layer, parameters_);
  set_features(features);
  load_weights(initial_weights(spec, seed));
}

void NativeBackend::set_features(std::span<const float> features) {
  features_ = features_buffer_.matrix(static_cast<int>(features.size() / spec_.F), spec_.F);
  std::copy_n(features.data(), features_.size(), features_.data);
  all_e_current_ = false;
}

Outcome NativeBackend::train(const Batch& batch, const LossSpec& loss, const UpdateSpec& update) {
  use_threads(threads_);
  all_e_current_ = false;
  const DropoutMasks masks = draw_masks(spec_, batch.B, batch.L, dropout_);
  make_index(batch, spec_.levels, masks.gate.empty(), index_);
  shown_ = shown_buffer_.matrix(static_cast<int>(index_.images.size()), spec_.F);
  parallel(shown_.rows, kRowsPerThread, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) std::copy_n(features_.row(index_.images[i]), spec_.F, shown_.row(i));
  });
  const Matrix logits = forward(reduce_.forward(shown_, e_buffer_), masks);
  const Matrix d_logits = d_logits_buffer_.matrix(logits.rows, logits.columns);
  Outcome outcome = cross_entropy(logits, batch, loss, &d_logits);
  backward(d_logits, masks);
  outcome.gradient_norm = parameters_.update(update);
  return outcome;
}

// e of all images is computed once and serves until the weights change. Activity that is looked at is
// computed on one thread: products on several differ in the last bits, and decoders fitted to it in what they
// answer.
Outcome NativeBackend::evaluate(const Batch& batch, const LossSpec& loss, Trace* trace) {
  use_threads(trace ? 1 : threads_);
  if (!all_e_current_) all_e_ = reduce_.forward(features_, all_e_buffer_);
  all_e_current_ = true;
  make_index(batch, spec_.levels, true, index_);
  const Matrix e = e_buffer_.matrix(static_cast<int>(index_.images.size()), spec_.H);
  for (int i = 0; i < e.rows; ++i) std::copy_n(all_e_.row(index_.images[i]), spec_.H, e.row(i));
  const Matrix logits = forward(e, {});
  if (trace) fill(*trace, logits);
  return cross_entropy(logits, batch, loss, nullptr);
}

Matrix NativeBackend::forward(Matrix e, const DropoutMasks& masks) {
  e_ = e;
  Matrix x = e;
  if (gate_) {
    gates_ = gate_->forward(index_, e, masks);
    const Matrix by_pair = index_.pair_image.gather(e, e_pairs_);
    x = attended_.matrix(by_pair.rows, spec_.H);
    kernels::multiply(x.size(), gates_.data, by_pair.data, x.data);
  }
  x = pre_.forward(index_, x, gate_.has_value());

  const int R = index_.row_pair.members();
  if (spec_.layers > 1 && identity_.members() != R) {
    std::vector<int> rows(R);
    for (int i = 0; i < R; ++i) rows[i] = i;
    identity_ = Grouping(std::move(rows), R);
  }
  for (int layer = 0; layer < spec_.layers; ++layer) {
    if (layer > 0 && !masks.layers.empty()) {
      const Matrix dropped = dropped_[layer].matrix(R, spec_.H);
      kernels::multiply(dropped.size(), x.data, masks.layers[layer - 1].data(), dropped.data);
      x = dropped;
    }
    x = recurrent_[layer].forward(x, layer > 0 ? identity_ : index_.row_pair, index_.B);
  }
  hidden_ = x;
  classifier_inputs_.clear();
  for (std::size_t i = 0; i < classifier_.size(); ++i) {
    classifier_inputs_.push_back(x);
    const bool last = i + 1 == classifier_.size();
    x = last ? classifier_[i].forward(x, classifier_outputs_[i])
             : classifier_[i].forward_relu(x, classifier_outputs_[i]);
  }
  return x;
}

void NativeBackend::backward(Matrix d_logits, const DropoutMasks& masks) {
  Matrix dx = d_logits;
  for (std::size_t i = classifier_.size(); i-- > 0;) {
    classifier_[i].backward(classifier_inputs_[i], dx);
    dx = classifier_[i].input_gradient(dx, d_classifier_[i]);
    if (i > 0) relu_backward(classifier_inputs_[i], dx);
  }
  for (int layer = spec_.layers; layer-- > 0;) {
    dx = recurrent_[layer].backward(dx);
    if (layer > 0 && !masks.layers.empty())
      kernels::multiply(dx.size(), masks.layers[layer - 1].data(), dx.data);
  }
  Matrix d_e = pre_.backward(index_, dx);
  if (gate_) {
    const Matrix d_attended = d_e, by_pair = index_.pair_image.gather(e_, e_pairs_);
    const Matrix d_gates = d_gates_.matrix(d_attended.rows, spec_.H);
    kernels::multiply(d_gates.size(), d_attended.data, by_pair.data, d_gates.data);
    kernels::multiply(d_attended.size(), gates_.data, d_attended.data);
    d_e = index_.pair_image.sum(d_attended, d_e_);
    gate_->backward(index_, e_, d_gates, masks, d_e);
  }
  reduce_.backward(shown_, d_e);
}

void NativeBackend::fill(Trace& trace, Matrix logits) const {
  const auto by_sequence = [&](const auto& row_of, int columns) {  // [L, B] -> [B, L]
    std::vector<float> out(static_cast<std::size_t>(index_.B) * index_.L * columns);
    for (int b = 0; b < index_.B; ++b)
      for (int t = 0; t < index_.L; ++t)
        std::copy_n(row_of(t * index_.B + b), columns,
                    &out[(static_cast<std::size_t>(b) * index_.L + t) * columns]);
    return out;
  };
  trace.hidden = by_sequence([&](int row) { return hidden_.row(row); }, spec_.H);
  trace.cnn = by_sequence([&](int row) { return e_.row(index_.pair_image[index_.row_pair[row]]); }, spec_.H);
  trace.gates.clear();
  if (gate_) trace.gates = by_sequence([&](int row) { return gates_.row(index_.row_pair[row]); }, spec_.H);
  trace.logits = by_sequence([&](int row) { return logits.row(row); }, logits.columns);
}

void NativeBackend::load_weights(const Arrays& weights) {
  parameters_.load(ParameterArrays::Which::value, matching(spec_, weights));
  all_e_current_ = false;
}

Arrays NativeBackend::state() const {
  Arrays arrays = weights();
  for (auto& moment : parameters_.save(ParameterArrays::Which::first_moment, kFirstMoment))
    arrays.push_back(std::move(moment));
  for (auto& moment : parameters_.save(ParameterArrays::Which::second_moment, kSecondMoment))
    arrays.push_back(std::move(moment));
  arrays.push_back(make_scalar(std::string(kStep), parameters_.steps));
  arrays.push_back(dropout_.save(std::string(kDropout)));
  return arrays;
}

void NativeBackend::restore(const Arrays& state) {
  const auto first = matching(spec_, state, kFirstMoment), second = matching(spec_, state, kSecondMoment);
  const auto steps = scalar<std::int64_t>(state, kStep);
  load_weights(state);
  parameters_.load(ParameterArrays::Which::first_moment, first);
  parameters_.load(ParameterArrays::Which::second_moment, second);
  parameters_.steps = steps;
  dropout_.load(find(state, kDropout));
}

}  // namespace

std::unique_ptr<Backend> make_native_backend(const ModelSpec& spec, std::span<const float> features,
                                             int threads, std::uint64_t seed) {
  return std::make_unique<NativeBackend>(spec, features, threads, seed);
}

}  // namespace tsd::nback
