// What one layer does at the answers to a sequence: activity, what drives it, and how long its memory stays.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "families/plastic/model/backend.hpp"

namespace tsd::plastic {

// Means over novel and over familiar scenes, at their last frames.
struct ByNovelty {
  std::vector<double> novel, familiar;  // [neuron]
};

struct Probe {
  ByNovelty activity;
  std::vector<double> selectivity;  // [neuron], difference of means over the SD within, familiar less novel
  // Of a plastic layer alone:
  ByNovelty fixed, remembered;      // W u + b, and what P adds to it
  double opposition[2] = {0, 0};    // correlation of both over neurons, mean over novel, over familiar scenes
  double rank = 0;                  // participation ratio of P P', mean over scenes
  std::vector<double> persistence;  // [lag], cosine of P after a scene and P `lag` scenes later, mean
  std::vector<double> time_constant;  // frames, -1 / ln(decay), of each decay
};

// `lags`: of persistence, from 0 on.
Probe probe(const ModelSpec& network, const Layout& layout, std::span<const float> parameters,
            const Sequence& sequence, const Trace& trace, std::size_t layer, int lags);

}  // namespace tsd::plastic
