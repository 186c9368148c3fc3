// The Yin-Yang data set: points of a disk, and the part of the symbol that they lie in (Kriener, Göltz & Petrovici
// 2022, doi:10.1145/3517343.3517380; microcircuit.md 2.5).
#pragma once
#include <cstdint>
#include <vector>

namespace tsd::microcircuit {

enum class Part { yang, yin, dot };
inline constexpr int kParts = 3, kYinYangInputs = 4;

Part part_of(double x, double y);

// Points (x, y, 1-x, 1-y), and their parts: from NumPy's legacy generator of this seed a part, then points of the
// square until one of the disk lies in it.
struct YinYang {
  std::vector<double> input;  // [sample][4]
  std::vector<std::int64_t> part;
};
YinYang yin_yang(std::uint32_t seed, std::int64_t samples);

}  // namespace tsd::microcircuit
