#include "families/dual_stream/model.hpp"

namespace tsd::dual_stream {

namespace {

// Where the next slot begins.
class Cursor {
 public:
  Slot take(std::string name, Shape shape) {
    Slot slot{std::move(name), at_, std::move(shape)};
    at_ += slot.size();
    return slot;
  }
  std::size_t at() const { return at_; }

 private:
  std::size_t at_ = 0;
};

Shape attention_shape(const Fast& f) {
  const std::int64_t N = f.shared_factor ? 1 : f.N, D = f.D;
  if (f.kind != FastKind::distribution) return {D};
  return f.covariance == Covariance::full ? Shape{N, D, D} : Shape{N, D};
}

}  // namespace

Layout::Layout(const Model& model) {
  if (model.has_fast()) {
    const Fast& f = model.fast;
    Cursor cursor;
    position = cursor.take("position", {f.N, f.D});
    attention = cursor.take("attention", attention_shape(f));
    association = cursor.take("association", {f.N, f.K});
    fast_parameters = cursor.at();
    active = cursor.take("active", f.grouped() ? Shape{1} : Shape{f.N});
    fast_size = cursor.at() + (f.momentum != 0 ? fast_parameters : 0);
  }
  Cursor cursor;
  for (std::size_t l = 0; l < model.slow.layers(); ++l) {
    const std::int64_t in = model.slow.sizes[l], out = model.slow.sizes[l + 1];
    W.push_back(cursor.take("W" + std::to_string(l), {out, in}));
    b.push_back(cursor.take("b" + std::to_string(l), {out}));
  }
  slow_parameters = cursor.at();
  slow_size = slow_parameters * (model.slow.momentum != 0 ? 2 : 1);
}

}  // namespace tsd::dual_stream
