// Memories of keys and values. The first two add what they read to W u + b and read before they write, as plastic
// layers do; the third is a block of a transformer.
#include "families/plastic/plain/cell.hpp"

namespace tsd::plastic {

using torch::Tensor;

namespace {

Tensor positive(const Tensor& u, const Tensor& projection) {
  return torch::elu(torch::matmul(u, projection.t())) + 1;
}

Tensor normed(const Tensor& x) { return torch::layer_norm(x, {x.size(-1)}); }

}  // namespace

// Katharopoulos et al. 2020: y(t) = A(t) q / (z(t) q), A(t+1) = A(t) + v k', z(t+1) = z(t) + k', here all frames at
// once; k and q are elu(.) + 1.
LayerActivity linear_attention(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor k = positive(u, p.own[0]), q = positive(u, p.own[1]), v = torch::matmul(u, p.own[2].t());
  const Tensor match = torch::matmul(q, k.transpose(1, 2)).tril(-1);  // with earlier frames
  const Tensor read = torch::matmul(match, v) / (match.sum(2, true) + 1e-6);
  return {phi_of(layer, driven(p, u) + read), {}};
}

// Schlag, Irie & Schmidhuber 2021: A(t+1) = A(t) + s(w u + c) (v - A(t) k) k', k and q summing to 1.
LayerActivity delta_rule(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const auto shares = [&](const Tensor& projection) {
    const Tensor x = positive(u, projection);
    return x / x.sum(2, true);
  };
  const Tensor k = shares(p.own[0]), q = shares(p.own[1]), v = torch::matmul(u, p.own[2].t());
  const Tensor a = driven(p, u), write = torch::sigmoid(torch::matmul(u, p.own[3].t()) + p.own[4]);
  Tensor A = torch::zeros({u.size(0), layer.n, layer.n}, u.options());
  return {over_frames(u.size(1),
                      [&](std::int64_t t) {
                        const Tensor key = k.select(1, t);
                        const Tensor h = phi_of(layer, a.select(1, t) + times(A, q.select(1, t)));
                        A = A + pairs_of(write.select(1, t) * (v.select(1, t) - times(A, key)), key);
                        return h;
                      }),
          {}};
}

// A block with one head, norms first and without parameters; the present frame takes part. Scores fall with age by
// softplus(recency) per frame, which takes the place of a code of position.
LayerActivity attention_block(const Layer& layer, const LayerParameters& p, const Tensor& u) {
  const Tensor x = driven(p, u), seen = normed(x);
  const auto project = [&](std::size_t k) { return torch::matmul(seen, p.own[k].t()); };
  const Tensor time = torch::arange(u.size(1), u.options()), age = time.unsqueeze(1) - time.unsqueeze(0);
  const Tensor score = torch::matmul(project(1), project(0).transpose(1, 2)) / std::sqrt(double(layer.n)) -
                       torch::softplus(p.own[8]) * age;
  const Tensor weight = torch::softmax(score.masked_fill(age < 0, -INFINITY), 2);
  const Tensor read = x + torch::matmul(torch::matmul(weight, project(2)), p.own[3].t());
  const Tensor up = torch::gelu(torch::matmul(normed(read), p.own[4].t()) + p.own[5].view({-1}));
  return {normed(read + torch::matmul(up, p.own[6].t()) + p.own[7].view({-1})), {}};
}

}  // namespace tsd::plastic
