// The sequential auto-encoder with a linear readout (ctd_data.md 3.1).
#include <algorithm>

#include "families/ctd_data/native_block.hpp"
#include "tsd/kernels/elementwise.hpp"

namespace tsd::ctd_data {

namespace {

std::unique_ptr<nn::Cell> decoder_cell(const ModelSpec& spec) {
  const SaeSpec& s = spec.sae;
  const nn::CellNames names = nn::cell_names("decoder.cell.");
  switch (s.cell) {
    case CellType::gru:
      return nn::gru_cell(s.latent_size, names);
    case CellType::vanilla:
      return nn::vanilla_cell(s.latent_size, names);
    case CellType::lds:
      return nn::linear_cell(s.latent_size, names);
    case CellType::node:
      break;
  }
  return nn::node_cell(s.latent_size, spec.extents.U, s.vf_hidden_size, s.vf_num_layers + 1,
                       "decoder.cell.vf_net.");
}

class NativeSae final : public NativeBlock {
 public:
  NativeSae(const Config& config, const ModelSpec& spec, const Layout& layout)
      : spec_(spec),
        layout_(layout),
        preparation_(config, spec_.extents),
        readout_(config, spec_),
        forward_(nn::gru_cell(spec.sae.encoder_size, nn::cell_names("encoder.", "_l0")),
                 spec.sae.encoder_size),
        backward_(nn::gru_cell(spec.sae.encoder_size, nn::cell_names("encoder.", "_l0_reverse")),
                  spec.sae.encoder_size, Recurrence::Direction::backward),
        decoder_(decoder_cell(spec_), spec.sae.latent_size) {}

  Loss run(const BlockCall& call, std::span<const int> places) override {
    places_ = places;
    const bool keeps = call.gradient != nullptr;
    const Prepared& ready = preparation_.prepare(call.batch, call.pass, places);
    const int R = ready.R, T = spec_.extents.T;
    const Parameters parameters(layout_, call.parameters.data(), call.gradient);
    forward_.bind(parameters), backward_.bind(parameters), decoder_.bind(parameters),
        readout_.bind(parameters);
    to_state_ = parameters["ic_linear.weight"], to_state_bias_ = parameters["ic_linear.bias"];
    const Matrix seen = ready.encod.slice(0, spec_.window() * R);
    encode(call, seen, R, keeps);
    decoder_.begin(T, R, keeps);
    start(call);
    decoder_.run(ready.inputs);
    Loss loss;
    const Matrix d_states = keeps ? d_states_.matrix(T * R, spec_.sae.latent_size) : Matrix();
    readout_.run(call, places, ready, decoder_.states(), d_states, loss);
    if (call.outputs)
      keep_steps(call.outputs->latents, places, T, decoder_.states(), 0, spec_.sae.latent_size);
    if (keeps) back(ready, seen);
    return loss;
  }

 private:
  bool drops(const BlockCall& call) const { return call.pass.drops() && spec_.dropout > 0; }

  void encode(const BlockCall& call, Matrix seen, int R, bool keeps) {
    const int E = spec_.sae.encoder_size;
    code_ = code_buffer_.matrix(R, 2 * E);
    for (Recurrence* direction : {&forward_, &backward_}) {
      direction->begin(spec_.window(), R, keeps);
      std::fill_n(direction->initial().data, direction->initial().size(), 0.0f);
      direction->run(seen);
      for (int i = 0; i < R; ++i)
        std::copy_n(direction->last().row(i), E, code_.row(i) + (direction == &forward_ ? 0 : E));
    }
    code_masks_ = code_masks_buffer_.matrix(R, 2 * E);
    if (!drops(call)) return;
    fill_masks(call.pass, NoiseKind::encoding, 0, spec_.dropout, places_, code_masks_, room_);
    kernels::multiply(code_.size(), code_masks_.data, code_.data);
  }

  void start(const BlockCall& call) {
    const Matrix h = decoder_.initial();
    apply_linear(to_state_, to_state_bias_, code_, h);
    masked_ = drops(call);
    state_masked_ = masked_ && spec_.sae.cell != CellType::node;
    if (!state_masked_) return;
    state_masks_ = state_masks_buffer_.matrix(h.rows, h.columns);
    fill_masks(call.pass, NoiseKind::initial, 0, spec_.dropout, places_, state_masks_, room_);
    kernels::multiply(h.size(), state_masks_.data, h.data);
  }

  void back(const Prepared& ready, Matrix seen) {
    const int E = spec_.sae.encoder_size, R = ready.R;
    const Matrix d_states = d_states_.matrix(spec_.extents.T * R, spec_.sae.latent_size);
    const Matrix dh = decoder_.run_back(ready.inputs, [&](int begin, int end, Matrix dg) {
      std::copy_n(d_states.row(begin * R), index_of(end - begin, R, dg.columns), dg.data);
    });
    if (state_masked_) kernels::multiply(dh.size(), state_masks_.data, dh.data);
    const Matrix d_code = d_code_.matrix(R, 2 * E);
    apply_linear_back(to_state_, to_state_bias_, code_, dh, d_code, sums_);
    if (masked_) kernels::multiply(d_code.size(), code_masks_.data, d_code.data);
    for (Recurrence* direction : {&forward_, &backward_}) {
      const int offset = direction == &forward_ ? 0 : E,
                last = direction == &forward_ ? spec_.window() - 1 : 0;
      direction->run_back(seen, [&](int begin, int end, Matrix dg) {
        std::fill_n(dg.data, dg.size(), 0.0f);
        if (last < begin || last >= end) return;
        for (int i = 0; i < R; ++i) std::copy_n(d_code.row(i) + offset, E, dg.row((last - begin) * R + i));
      });
    }
  }
  static std::size_t index_of(int steps, int R, int columns) {
    return static_cast<std::size_t>(steps) * static_cast<std::size_t>(R) * static_cast<std::size_t>(columns);
  }

  ModelSpec spec_;
  const Layout& layout_;
  Preparation preparation_;
  PoissonReadout readout_;
  Recurrence forward_, backward_, decoder_;
  std::span<const int> places_;
  bool masked_ = false, state_masked_ = false;
  Weight to_state_, to_state_bias_;
  Matrix code_, code_masks_, state_masks_;
  Buffer code_buffer_, code_masks_buffer_, state_masks_buffer_, d_states_, d_code_, sums_, room_;
};

}  // namespace

std::unique_ptr<NativeBlock> make_sae_block(const Config& config, const ModelSpec& spec,
                                            const Layout& layout) {
  return std::make_unique<NativeSae>(config, spec, layout);
}

}  // namespace tsd::ctd_data
