#include "families/ctd_task/cell.hpp"

#include "tsd/kernels/recurrent.hpp"

namespace tsd::ctd_task {

namespace {

// ctd_task.md 3.6: g = (1 - gamma) u + gamma tanh(u + v), u = W_rec h, v the projection with its noise. With
// the standard leak (1 - gamma) h takes the place of the first term.
class DriscollCell final : public Cell {
 public:
  explicit DriscollCell(const ModelSpec& spec)
      : H_(spec.H),
        gamma_(static_cast<float>(spec.gamma)),
        keep_(static_cast<float>(1 - spec.gamma)),
        standard_leak_(spec.standard_leak) {}

  void bind(const Parameters& parameters) override {
    rec_ = parameters["recW.weight"], inp_ = parameters["inpW.weight"], bias_ = parameters["bias"];
  }
  int projection() const override { return H_; }
  std::vector<int> saved() const override { return {H_}; }
  std::vector<int> gradients() const override { return {H_, H_}; }
  void project(Matrix x, Matrix projected) const override {
    nn::multiply(x, Form::plain, inp_.value, Form::transposed, projected);
  }
  void forward(Matrix projected, Matrix h, const Matrices& saved, Matrix g) override {
    const Matrix u = hidden_.matrix(h.rows, H_);
    nn::multiply(h, Form::plain, rec_.value, Form::transposed, u);
    const Matrix& kept = standard_leak_ ? h : u;
    for (int i = 0; i < h.rows; ++i) {
      float *s = saved[0].row(i), *out = g.row(i);
      const float* leak = kept.row(i);
      kernels::tanh_cell_forward(H_, projected.row(i), u.row(i), bias_.value.data, s);
      for (int k = 0; k < H_; ++k) out[k] = keep_ * leak[k] + gamma_ * s[k];
    }
  }
  void backward(Matrix h, const Matrices& saved, Matrix, Matrix dg, const Matrices& d, Matrix dh) override {
    for (int i = 0; i < h.rows; ++i) {
      float *dv = d[0].row(i), *du = d[1].row(i), *around = dh.row(i);
      const float* dy = dg.row(i);
      kernels::tanh_cell_backward(H_, saved[0].row(i), dy, dv);
      for (int k = 0; k < H_; ++k) {
        dv[k] *= gamma_;
        du[k] = dv[k] + (standard_leak_ ? 0 : keep_ * dy[k]);
        around[k] = standard_leak_ ? keep_ * dy[k] : 0;
      }
    }
    nn::multiply_add(d[1], Form::plain, rec_.value, Form::plain, dh);
  }
  void input_gradient(Matrix d_projected, Matrix dx) const override {
    nn::multiply(d_projected, Form::plain, inp_.value, Form::plain, dx);
  }
  void accumulate(Matrix x, Matrix h, const Matrices&, const Matrices& d) override {
    nn::multiply_add(d[0], Form::transposed, x, Form::plain, inp_.gradient);
    nn::multiply_add(d[1], Form::transposed, h, Form::plain, rec_.gradient);
    add_column_sums(d[0], bias_.gradient, sums_);
  }

 private:
  int H_;
  float gamma_, keep_;
  bool standard_leak_;
  Weight rec_, inp_, bias_;
  Buffer hidden_, sums_;
};

}  // namespace

std::unique_ptr<Cell> make_cell(const ModelSpec& spec) {
  if (spec.is_gru()) return nn::gru_cell(spec.H, nn::cell_names("cell."));
  if (spec.type == ModelType::Vanilla_RNN) return nn::vanilla_cell(spec.H, nn::cell_names("cell."));
  if (spec.type == ModelType::DriscollRNN) return std::make_unique<DriscollCell>(spec);
  return nn::node_cell(spec.H, spec.I, spec.hidden, spec.num_layers, "generator.vf_net.");
}

}  // namespace tsd::ctd_task
