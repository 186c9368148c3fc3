#include "families/dual_stream/stimuli.hpp"

#include <array>

namespace tsd::dual_stream {

namespace {

// Class of the items 000, 001, .. 111 by type.
constexpr std::array<std::array<std::int32_t, 8>, 6> kShj = {{{0, 0, 0, 0, 1, 1, 1, 1},
                                                              {0, 0, 1, 1, 1, 1, 0, 0},
                                                              {1, 1, 1, 0, 0, 1, 0, 0},
                                                              {1, 1, 1, 0, 1, 0, 0, 0},
                                                              {1, 1, 1, 0, 0, 0, 0, 1},
                                                              {1, 0, 0, 1, 0, 1, 1, 0}}};

// Drawn by the original, means (0.35, 0.70) and (0.65, 0.50); class 1 from the 51st item on.
constexpr std::array<float, 200> kGaussian = {
    0.29f, 0.76f, 0.35f, 0.64f, 0.39f, 0.69f, 0.28f, 0.51f, 0.19f, 0.65f, 0.38f, 0.74f, 0.47f, 0.74f, 0.34f,
    0.75f, 0.31f, 0.78f, 0.29f, 0.60f, 0.39f, 0.67f, 0.47f, 0.68f, 0.13f, 0.69f, 0.40f, 0.61f, 0.39f, 0.70f,
    0.28f, 0.69f, 0.54f, 0.74f, 0.31f, 0.67f, 0.38f, 0.75f, 0.22f, 0.69f, 0.35f, 0.70f, 0.25f, 0.68f, 0.43f,
    0.72f, 0.29f, 0.68f, 0.35f, 0.74f, 0.30f, 0.67f, 0.40f, 0.78f, 0.24f, 0.61f, 0.43f, 0.88f, 0.33f, 0.75f,
    0.16f, 0.63f, 0.36f, 0.77f, 0.47f, 0.75f, 0.37f, 0.75f, 0.28f, 0.82f, 0.41f, 0.80f, 0.19f, 0.70f, 0.36f,
    0.78f, 0.30f, 0.74f, 0.31f, 0.70f, 0.40f, 0.64f, 0.25f, 0.65f, 0.43f, 0.86f, 0.20f, 0.67f, 0.18f, 0.56f,
    0.33f, 0.81f, 0.43f, 0.76f, 0.29f, 0.67f, 0.34f, 0.69f, 0.44f, 0.78f, 0.45f, 0.62f, 0.67f, 0.54f, 0.71f,
    0.41f, 0.71f, 0.58f, 0.70f, 0.35f, 0.62f, 0.54f, 0.75f, 0.35f, 0.73f, 0.41f, 0.57f, 0.48f, 0.62f, 0.50f,
    0.59f, 0.49f, 0.67f, 0.54f, 0.51f, 0.56f, 0.63f, 0.59f, 0.55f, 0.59f, 0.45f, 0.60f, 0.60f, 0.54f, 0.72f,
    0.53f, 0.69f, 0.51f, 0.80f, 0.41f, 0.86f, 0.56f, 0.66f, 0.52f, 0.72f, 0.40f, 0.87f, 0.42f, 0.62f, 0.46f,
    0.51f, 0.55f, 0.67f, 0.49f, 0.61f, 0.48f, 0.75f, 0.50f, 0.71f, 0.39f, 0.68f, 0.47f, 0.67f, 0.49f, 0.60f,
    0.56f, 0.66f, 0.46f, 0.59f, 0.46f, 0.67f, 0.54f, 0.55f, 0.52f, 0.73f, 0.37f, 0.71f, 0.50f, 0.67f, 0.45f,
    0.68f, 0.43f, 0.54f, 0.54f, 0.55f, 0.53f, 0.63f, 0.48f, 0.56f, 0.68f, 0.59f, 0.56f, 0.52f, 0.46f, 0.60f,
    0.58f, 0.63f, 0.52f, 0.56f, 0.54f,
};

}  // namespace

Stimuli shj(const std::vector<int>& types) {
  Stimuli s{3, 2, {}, {}};
  for (int item = 0; item < 8; ++item)
    for (const int bit : {4, 2, 1}) s.x.push_back((item & bit) != 0 ? 1.0f : 0.0f);
  for (const int type : types) {
    const auto& label = kShj[static_cast<std::size_t>(type - 1)];
    s.problems.push_back({"type" + std::to_string(type), {label.begin(), label.end()}});
  }
  return s;
}

Stimuli new_stimuli() {
  Stimuli s{2, 2, {kGaussian.begin(), kGaussian.end()}, {{"new_stimuli", {}}}};
  for (int item = 0; item < 100; ++item) s.problems[0].label.push_back(item < 50 ? 0 : 1);
  return s;
}

}  // namespace tsd::dual_stream
