// Models of category learning to stand beside the streams: one participant each, in double precision
// (dual_stream.md 13.2). A new one is a source that makes its Rivals and a line in rivals.cpp.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tsd::dual_stream {

// What there is to learn.
struct Lesson {
  int D = 0, K = 0;
  std::vector<double> x;     // [item, D]
  std::vector<int> trained;  // items that are shown in training
};

class Rival {
 public:
  virtual ~Rival() = default;
  // p(class) [K] for x [D], nothing being learnt.
  virtual void answer(std::span<const double> x, std::span<double> p) = 0;
  // The class of x, which answer() was asked about last.
  virtual void learn(std::span<const double> x, int label) = 0;
};

struct RivalParameter {
  std::string key;
  double value, low, high;  // as published; range
  std::string meaning;
};

struct RivalFacts {
  std::string name, meaning;
  std::vector<RivalParameter> parameters;
  std::function<std::unique_ptr<Rival>(const Lesson& lesson, std::span<const double> parameters)> make;
};

const std::vector<RivalFacts>& rivals();
std::vector<std::vector<double>> published_parameters();  // of each

RivalFacts gcm();
RivalFacts alcove();
RivalFacts alcove_er();
RivalFacts sustain();
RivalFacts sustain_catlearn();
RivalFacts rational();

}  // namespace tsd::dual_stream
